"""Pictures that weights may have seen, in which others are found again."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from harness.check.keypoints import View, view_of
from harness.check.same_scene import LEAST_AGREEING, Match, match
from harness.samples import ImageArray

VOTING_LIKENESS = 0.85
"""Of two descriptors, from which the known picture gets a vote."""

LEAST_VOTES = 4
MOST_CANDIDATES = 3
"""Known pictures that are laid upon one that is looked at, as it is and mirrored."""

BLOCK = 1 << 17
"""Descriptors that are compared at a time, which bounds the memory."""


class _Block(NamedTuple):
    """Descriptors of known pictures, and for each the position of its picture."""

    descriptors: npt.NDArray[np.float32]
    owners: npt.NDArray[np.int64]


class Found(NamedTuple):
    """A known picture in another one.

    Attributes:
        name: Of the known picture.
        how: What became of it, in words.
        match: How it lies upon the other.
    """

    name: str
    how: str
    match: Match


class KnownPictures:
    """Looks for known pictures in others: whole, cut, mirrored, turned, scaled, in rain."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._views: list[View] = []
        self._blocks: list[_Block] = []

    def add(self, name: str, pixels: ImageArray) -> None:
        """Know one more picture, (H, W, 3) RGB."""
        self.names.append(name)
        self._views.append(view_of(pixels))
        self._blocks = []

    def too_plain(self) -> list[str]:
        """Return the names of those with too few keypoints to be found again."""
        return [
            name
            for name, view in zip(self.names, self._views, strict=True)
            if len(view.keypoints.points) < LEAST_AGREEING
        ]

    def find(self, pixels: ImageArray) -> Found | None:
        """Return the known picture that most of a picture agrees with, None where there is none."""
        found: list[Found] = []
        for mirrored in (False, True):
            looked_at = view_of(pixels, mirrored)
            for number in self._candidates(looked_at):
                one = match(self._views[number], looked_at)
                if one is not None:
                    found.append(Found(self.names[number], one.in_words(mirrored), one))
        return max(found, key=lambda one: one.match.agreeing, default=None)

    def _candidates(self, looked_at: View) -> list[int]:
        """Return the known pictures that most keypoints vote for, each for the most alike one."""
        asked = looked_at.keypoints.descriptors
        if not len(asked):
            return []
        best, owner = np.zeros(len(asked), np.float32), np.zeros(len(asked), np.int64)
        for descriptors, owners in self._in_blocks():
            likeness = asked @ descriptors.T
            nearest = likeness.argmax(axis=1)
            value = likeness[np.arange(len(asked)), nearest]
            better = value > best
            best[better], owner[better] = value[better], owners[nearest[better]]
        votes = np.bincount(owner[best > VOTING_LIKENESS], minlength=len(self.names))
        first = np.argsort(-votes, kind="stable")[:MOST_CANDIDATES]
        return [int(number) for number in first if votes[number] >= LEAST_VOTES]

    def _in_blocks(self) -> list[_Block]:
        """Return the descriptors of all known pictures, and for each whose it is."""
        if not self._blocks and self._views:
            all_of_them = [view.keypoints.descriptors for view in self._views]
            owners = np.repeat(np.arange(len(all_of_them)), [len(one) for one in all_of_them])
            descriptors = np.concatenate(all_of_them)
            self._blocks = [
                _Block(descriptors[start : start + BLOCK], owners[start : start + BLOCK])
                for start in range(0, len(descriptors), BLOCK)
            ]
        return self._blocks
