"""Whether two pictures are one: cut, turned, scaled, compressed or rained on, but the same."""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from harness.check.keypoints import GreyArray, View

LEAST_LIKENESS = 0.8
"""Of the descriptors of two keypoints that are taken for the same."""

LEAST_AGREEING = 10
"""Keypoints that must lie as one shift, turn and scale of the picture puts them. Pictures that have
nothing in common reach 7 (docs/check.md)."""

LEAST_CORRELATION = 0.7
"""Of the levels where the pictures lie upon each other, both blurred so that rain hardly counts."""

LEAST_SHARE = 0.2
"""Of the picture that is looked at, or of the known one, that must lie upon the other."""

BLUR = 2.5
"""Standard deviation in pixels."""

WHOLE = 0.9
"""The share from which a picture counts as all there."""


class Match(NamedTuple):
    """How a known picture lies upon the one that is looked at.

    Attributes:
        agreeing: Keypoints that say so.
        correlation: Of the levels, 1 at the most.
        share: Of the picture that is looked at, which the known one covers.
        share_of_known: Of the known picture, which is to be seen.
        turn: Degrees from 0 to 360, by which the known one was turned.
    """

    agreeing: int
    correlation: float
    share: float
    share_of_known: float
    turn: float

    def in_words(self, mirrored: bool) -> str:
        """Say what became of the known picture.

        >>> Match(40, 0.99, 1.0, 0.41, 91.0).in_words(mirrored=True)
        'mirrored, turned by 90 degrees, 41% of it'
        >>> Match(40, 0.99, 1.0, 1.0, 0.2).in_words(mirrored=False)
        'whole'
        """
        quarter = round(self.turn / 90) * 90
        near = abs(self.turn - quarter) < 3
        turn = quarter % 360 if near else round(self.turn)
        words = ["mirrored"] * mirrored + [f"turned by {turn} degrees"] * (turn != 0)
        if self.share_of_known < WHOLE:
            words.append(f"{self.share_of_known:.0%} of it")
        return ", ".join(words) or "whole"


def match(known: View, looked_at: View) -> Match | None:
    """Return how a known picture lies upon another one, None where they are two pictures."""
    pairs = _pairs(known, looked_at)
    if len(pairs) < LEAST_AGREEING:
        return None
    ours = known.keypoints.points[pairs[:, 0]]
    theirs = looked_at.keypoints.points[pairs[:, 1]]
    moved, agreeing = cv2.estimateAffinePartial2D(
        ours, theirs, method=cv2.RANSAC, ransacReprojThreshold=3.0, maxIters=1000, confidence=0.99
    )
    if moved is None or int(agreeing.sum()) < LEAST_AGREEING:
        return None
    found = _upon_each_other(known.grey, looked_at.grey, moved, int(agreeing.sum()))
    is_enough = max(found.share, found.share_of_known) >= LEAST_SHARE
    return found if is_enough and found.correlation >= LEAST_CORRELATION else None


def _pairs(known: View, looked_at: View) -> npt.NDArray[np.int64]:
    """Return (N, 2) indices of keypoints that are each other's most alike."""
    likeness = looked_at.keypoints.descriptors @ known.keypoints.descriptors.T
    if not likeness.size:
        return np.zeros((0, 2), np.int64)
    ours = likeness.argmax(axis=1)
    theirs = np.arange(len(ours))
    both = (likeness.argmax(axis=0)[ours] == theirs) & (likeness[theirs, ours] > LEAST_LIKENESS)
    return np.stack((ours[both], theirs[both]), axis=1)


def _upon_each_other(
    known: GreyArray, looked_at: GreyArray, moved: npt.NDArray[np.float64], agreeing: int
) -> Match:
    height, width = looked_at.shape
    laid = cv2.warpAffine(known, moved, (width, height), flags=cv2.INTER_AREA)
    covered = cv2.warpAffine(np.full_like(known, 255), moved, (width, height)) > 250
    scale = float(np.hypot(moved[0, 0], moved[1, 0]))
    return Match(
        agreeing,
        _correlation(_blurred(laid)[covered], _blurred(looked_at)[covered]),
        float(covered.mean()),
        float(covered.sum() / max(scale * scale * known.size, 1.0)),
        float(np.degrees(np.arctan2(moved[1, 0], moved[0, 0])) % 360),
    )


def _blurred(grey: GreyArray) -> npt.NDArray[np.float32]:
    blurred: npt.NDArray[np.float32] = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), BLUR)
    return blurred


def _correlation(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> float:
    if len(one) < 2 or one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])
