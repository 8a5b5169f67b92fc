"""Which boxes of an image were found, missed and invented, as the report's page draws them."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from harness.samples import Boxes
from harness.task import Mark
from tasks.box_matching import box_ious, match_boxes
from tasks.coco_ap import Detections

Kind = Literal["true", "found", "missed", "invented"]

OVERLAP = 0.5
"""Intersection over union from which a detection is drawn as of the object."""


def box_marks(
    found: Detections, truth: Boxes, classes: Sequence[str], least_score: float
) -> list[Mark]:
    """Match detections to the truth, each object once.

    What lies on an object that need not be found, and on no other, is neither right nor wrong and
    is left out.

    Args:
        found: In the restored image.
        truth: Of the image.
        classes: The names that the labels of both are indices of.
        least_score: Detections below it are left out.
    """
    sure = found.scores >= least_score
    seen = Detections(found.boxes[sure], found.scores[sure], found.labels[sure])
    asked = ~truth.ignore
    true = Detections(truth.xyxy[asked], np.ones(asked.sum(), np.float32), truth.labels[asked])
    matched = match_boxes(seen, true, OVERLAP)
    excused = box_ious(seen.boxes, truth.xyxy[truth.ignore]) >= OVERLAP
    invented = [index for index in matched.invented if not excused[index].any()]

    def marked(of: Detections, index: int, kind: Kind) -> Mark:
        left, top, right, bottom = map(float, of.boxes[index])
        label, score = classes[of.labels[index]], float(of.scores[index])
        return Mark(left, top, right, bottom, label, kind, score)

    return [
        *(marked(true, index, "true") for index in range(len(true.labels))),
        *(marked(seen, index, "found") for index in matched.kept),
        *(marked(true, index, "missed") for index in matched.lost),
        *(marked(seen, index, "invented") for index in invented),
    ]
