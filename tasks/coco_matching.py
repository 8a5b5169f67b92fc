"""COCO's matching of detections and objects, many images and all thresholds at a time.

pycocotools matches in loops over images, object sizes, thresholds, detections and objects. Here one
loop is left, over the detections of an image, the surest first: which objects are still free
depends on those before. Intersections, order and accumulation stay pycocotools' own.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

ELEMENTS_AT_A_TIME = 2**16
"""Of one array, over images, sizes, thresholds and objects: what stays in a core's cache."""


class _Image(NamedTuple):
    """One class in one image.

    Attributes:
        image_id: The image's.
        scores: Of the detections that count, falling.
        outside: (A, D) whether a detection is beyond the bounds of a size.
        ignored: (A, G) whether an object need not be found, for each size.
        crowd: (G,) whether an object may be matched more than once.
        ious: (D, G).
    """

    image_id: int
    scores: list[float]
    outside: BoolArray
    ignored: BoolArray
    crowd: BoolArray
    ious: FloatArray


class QuickEvaluation(COCOeval):  # type: ignore[misc]
    """pycocotools' evaluation with the matches of a class found together.

    What `accumulate` reads of an image is there: scores, matches and what is ignored, objects in
    the order of the annotations; the ids of what was matched are not.
    """

    def __init__(self, truths: COCO, detections: COCO) -> None:
        super().__init__(truths, detections, "bbox")
        self._known: tuple[int, dict[int, list[dict[str, Any]]]] = (-1, {})

    def evaluateImg(  # noqa: N802
        self, image: int, category: int, bounds: Sequence[float], most: int
    ) -> dict[str, Any] | None:
        """Return the matches of one class in one image, for one object size."""
        if self._known[0] != category:  # classes come one after the other
            self._known = category, self._of_class(category, most)
        of_sizes = self._known[1].get(image)
        return of_sizes[self.params.areaRng.index(bounds)] if of_sizes is not None else None

    def _of_class(self, category: int, most: int) -> dict[int, list[dict[str, Any]]]:
        """Return by image what `evaluateImg` does, for each size."""
        there = (self._image(image, category, most) for image in self.params.imgIds)
        images = [one for one in there if one is not None]
        thresholds = np.minimum(self.params.iouThrs, 1 - 1e-10)
        found = {}
        for some in _together(images, len(self.params.areaRng) * len(thresholds)):
            for one, matched, ignored in zip(some, *_match(some, thresholds), strict=True):
                found[one.image_id] = [
                    {
                        "dtScores": one.scores,
                        "dtMatches": matched[size],
                        "dtIgnore": ignored[size],
                        "gtIgnore": one.ignored[size].astype(int),
                    }
                    for size in range(len(one.ignored))
                ]
        return found

    def _image(self, image: int, category: int, most: int) -> _Image | None:
        objects, detections = self._gts[image, category], self._dts[image, category]
        if not objects and not detections:
            return None
        scores = np.array([one["score"] for one in detections])
        surest = np.argsort(-scores, kind="mergesort")[:most]
        low, high = np.transpose(self.params.areaRng)[:, :, None]
        areas = np.array([detections[place]["area"] for place in surest])
        truths = np.array([one["area"] for one in objects])
        needless = np.array([bool(one["ignore"]) for one in objects], bool)
        return _Image(
            image,
            scores[surest].tolist(),
            (areas < low) | (areas > high),
            needless | (truths < low) | (truths > high),
            np.array([bool(one["iscrowd"]) for one in objects], bool),
            np.reshape(self.ious[image, category], (len(surest), len(objects))),
        )


def _together(images: Sequence[_Image], layers: int) -> Iterator[list[_Image]]:
    """Yield images that fill arrays well: of about as many objects, many detections first."""
    many_first = sorted(images, key=lambda one: (-one.ious.shape[1], -one.ious.shape[0]))
    start = 0
    while start < len(many_first):
        objects = max(1, many_first[start].ious.shape[1])
        count = max(1, ELEMENTS_AT_A_TIME // (layers * objects))
        yield sorted(many_first[start : start + count], key=lambda one: -len(one.scores))
        start += count


def _match(
    images: Sequence[_Image], thresholds: FloatArray
) -> tuple[list[BoolArray], list[BoolArray]]:
    """Match the detections of images, which have fewer and fewer of them.

    Returns:
        For each image whether its detections match an object, and whether they are ignored,
        (A, T, D) each.
    """
    most = max(one.ious.shape[1] for one in images)
    sizes, counts = len(images[0].ignored), [len(one.scores) for one in images]
    shape = (len(images), sizes, len(thresholds))
    ious = np.full((len(images), counts[0], most), -1.0)  # an object that is not there
    needed = np.zeros((len(images), sizes, 1, most), bool)
    crowd = np.zeros((len(images), 1, 1, most), bool)
    for place, one in enumerate(images):
        objects = len(one.crowd)
        ious[place, : counts[place], :objects] = one.ious
        needed[place, :, 0, :objects] = ~one.ignored
        crowd[place, 0, 0, :objects] = one.crowd
    free = np.ones((*shape, most), bool)
    matched, ignored = np.zeros((2, *shape, counts[0]), bool)
    for turn in range(counts[0] if most else 0):
        here = sum(count > turn for count in counts)
        overlap = ious[:here, turn, None, None]
        can = free[:here] & (overlap >= thresholds[:, None])
        wanted = can & needed[:here]
        can = np.where(wanted.any(axis=-1, keepdims=True), wanted, can)
        # Of objects that it overlaps as much, pycocotools takes the last.
        best = most - 1 - np.where(can, overlap, -1.0)[..., ::-1].argmax(axis=-1)
        hit = can.any(axis=-1)
        matched[:here, ..., turn] = hit
        of_needed = np.take_along_axis(
            np.broadcast_to(needed[:here], can.shape), best[..., None], -1
        )
        ignored[:here, ..., turn] = hit & ~of_needed[..., 0]
        where = np.nonzero(hit)
        free[(*where, best[where])] = False
        free[:here] |= crowd[:here]
    return (
        [of_image[..., :count] for of_image, count in zip(matched, counts, strict=True)],
        [
            of_image[..., :count] | (~hit[..., :count] & one.outside[:, None])
            for of_image, hit, one, count in zip(ignored, matched, images, counts, strict=True)
        ],
    )
