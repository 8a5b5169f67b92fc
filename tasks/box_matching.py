"""Which boxes of two detections are the same objects."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tasks.coco_ap import Detections

FloatArray = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]


class Matched(NamedTuple):
    """Two detections put side by side.

    Attributes:
        kept: Indices into what was found, of objects that the reference has too.
        lost: Indices into the reference, of objects that were not found again.
        invented: Indices into what was found, of objects that the reference does not have.
    """

    kept: Indices
    lost: Indices
    invented: Indices


def match_boxes(found: Detections, reference: Detections, overlap: float) -> Matched:
    """Match objects as COCO's evaluation does.

    The surest goes first, and takes of the reference's boxes of its class that are still free the
    one that it overlaps most, if that is enough.

    Args:
        found: What was found.
        reference: What is taken for true.
        overlap: The least intersection over union of two boxes of one object.
    """
    ious = box_ious(found.boxes, reference.boxes)
    ious[found.labels[:, None] != reference.labels[None, :]] = 0
    free = np.ones(len(reference.labels), np.bool_)
    is_kept = np.zeros(len(found.labels), np.bool_)
    for index in np.argsort(-found.scores, kind="stable"):
        candidates = np.where(free, ious[index], 0)
        best = int(np.argmax(candidates)) if len(candidates) else -1
        if best >= 0 and candidates[best] >= overlap:
            free[best], is_kept[index] = False, True
    return Matched(np.flatnonzero(is_kept), np.flatnonzero(free), np.flatnonzero(~is_kept))


def box_ious(first: npt.NDArray[np.float32], second: npt.NDArray[np.float32]) -> FloatArray:
    """Return the intersection over union of each two boxes.

    Args:
        first: (N, 4), ``x1, y1, x2, y2``.
        second: (M, 4).

    Returns:
        (N, M); 0 where both boxes are empty.

    >>> box_ious(np.array([[0, 0, 2, 2]]), np.array([[0, 0, 2, 2], [1, 0, 3, 2]])).round(3).tolist()
    [[1.0, 0.333]]
    """
    one, other = first.astype(np.float64)[:, None], second.astype(np.float64)[None]
    corner = np.minimum(one[..., 2:], other[..., 2:])
    sides = np.clip(corner - np.maximum(one[..., :2], other[..., :2]), 0, None)
    shared = sides.prod(axis=-1)
    areas = [(boxes[..., 2:] - boxes[..., :2]).prod(axis=-1) for boxes in (one, other)]
    union = areas[0] + areas[1] - shared
    ious: FloatArray = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return ious
