"""Average precision with images weighted: matched once, accumulated as often as one likes."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int32]

RECALLS = np.linspace(0.0, 1.0, 101)
"""Recalls at which COCO reads precision off."""

ELEMENTS_AT_A_TIME = 2**19
"""Of one array: what stays in a core's cache."""


class Matches(NamedTuple):
    """How a class's detections match its objects of one size, the surest of all images first.

    Attributes:
        images: (D,) index of each detection's image.
        matched: (T, D) whether it matches an object, at each IoU threshold.
        ignored: (T, D) whether it counts neither as right nor as wrong.
        objects: (N,) objects to be found in each image.
    """

    images: npt.NDArray[np.int64]
    matched: BoolArray
    ignored: BoolArray
    objects: FloatArray


def weighted_precision(of_sizes: Sequence[Matches], weights: FloatArray) -> FloatArray:
    """Return the average precision of one class in each of several weightings of the images.

    An image of weight 2 is as good as one that occurs twice. Between two right detections precision
    falls and recall stands still, so that only right ones are looked at.

    Args:
        of_sizes: The class's matches for each object size; the detections are the same ones.
        weights: (R, N), whole numbers from 0.

    Returns:
        (R, sizes, T), each in [0, 1], NaN where there is nothing to be found.

    Raises:
        ValueError: If a weight is no whole number.
    """
    counts = weights.astype(np.int32)  # exact, and added up in half the time
    if not np.array_equal(counts, weights):
        raise ValueError("weights must be whole numbers: how often each image occurs")
    count = max(1, len(of_sizes[0].images))
    parts = np.array_split(counts, max(1, len(weights) * count // ELEMENTS_AT_A_TIME))
    return np.concatenate([_of_some_weights(of_sizes, part) for part in parts])


def _of_some_weights(of_sizes: Sequence[Matches], weights: Counts) -> FloatArray:
    drawn = weights[:, of_sizes[0].images]  # (R, D)
    return np.stack([_of_size(matches, weights, drawn) for matches in of_sizes], axis=1)


def _of_size(matches: Matches, weights: Counts, drawn: Counts) -> FloatArray:
    wrong = ~matches.matched & ~matches.ignored
    # What is unmatched is ignored at all thresholds or at none.
    ever_wrong: BoolArray = np.asarray(wrong.any(axis=0))  # (D,)
    all_wrong = np.cumsum(drawn * ever_wrong, axis=1, dtype=np.int32)
    objects = weights @ matches.objects
    found = np.empty((len(weights), len(matches.matched)))
    for threshold in range(len(found[0])):
        at = np.flatnonzero(matches.matched[threshold])
        right = ~matches.ignored[threshold, at]
        of_matched = drawn[:, at]
        # Matched ones are no wrong ones here, though they may be at a higher threshold.
        not_wrong = np.cumsum(of_matched * ever_wrong[at], axis=1, dtype=np.int32)[:, right]
        hits = np.cumsum(of_matched[:, right], axis=1, dtype=np.int32)
        misses = all_wrong[:, at[right]] - not_wrong
        found[:, threshold] = _area(hits, misses, objects)
    found[objects == 0] = np.nan
    return found


def _area(hits: Counts, misses: Counts, objects: FloatArray) -> FloatArray:
    """Return (R,) areas under precision and recall, from (R, P) counts at each right detection."""
    precision = hits / (hits + misses + np.spacing(1))
    best_from_here = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    with np.errstate(invalid="ignore"):
        recall = hits / objects[:, None]
    reached = np.searchsorted(RECALLS, recall, side="right")
    area: FloatArray = (best_from_here * np.diff(reached, axis=1, prepend=0)).sum(axis=1)
    return area / len(RECALLS)


def of_images(matches: Matches, start: int, stop: int) -> Matches:
    """Return the matches of a range of the images alone, which count from 0."""
    here = (matches.images >= start) & (matches.images < stop)
    return Matches(
        matches.images[here] - start,
        matches.matched[:, here],
        matches.ignored[:, here],
        matches.objects[start:stop],
    )


def matches_by_class(evaluation: Any) -> Iterator[list[Matches]]:
    """Yield, for each class, the matches that pycocotools found for each object size.

    Args:
        evaluation: A ``COCOeval`` of one ``maxDets`` after ``evaluate``.
    """
    images = len(evaluation.params.imgIds)
    sizes = len(evaluation.params.areaRng)
    for start in range(0, len(evaluation.evalImgs), sizes * images):
        of_class = evaluation.evalImgs[start : start + sizes * images]
        by_size = [of_class[size * images : (size + 1) * images] for size in range(sizes)]
        yield [_matches(of_size, len(evaluation.params.iouThrs)) for of_size in by_size]


def _matches(of_images: Sequence[dict[str, Any] | None], thresholds: int) -> Matches:
    known = [(index, one) for index, one in enumerate(of_images) if one is not None]
    objects = np.zeros(len(of_images))
    for index, one in known:
        objects[index] = np.count_nonzero(np.asarray(one["gtIgnore"]) == 0)
    scores = np.concatenate([np.zeros(0), *(one["dtScores"] for _, one in known)])
    surest_first = np.argsort(-scores, kind="mergesort")
    found = [np.full(len(one["dtScores"]), index) for index, one in known]
    nothing = np.zeros((thresholds, 0))
    matched, ignored = (
        np.concatenate([nothing, *(one[key] for _, one in known)], axis=1)[:, surest_first] > 0
        for key in ("dtMatches", "dtIgnore")
    )
    images = np.concatenate([np.zeros(0, np.int64), *found])[surest_first]
    return Matches(images, matched, ignored, objects)
