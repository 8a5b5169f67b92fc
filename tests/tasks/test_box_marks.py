"""Found, missed and invented boxes, by hand."""

import numpy as np
import pandas as pd
import pytest

from harness.samples import Boxes
from tasks.box_marks import box_marks
from tasks.coco_ap import Detections
from tasks.detection import DetectionTask
from tasks.detection_agreement import DetectionAgreement
from tasks.segmentation import SegmentationTask

CAR, BUS, CROWD = (0, 0, 10, 10), (20, 0, 30, 10), (40, 0, 60, 20)
CLASSES = ["car", "bus"]


def array(*boxes):
    return np.asarray(boxes, np.float32).reshape(-1, 4)


TRUTH = Boxes(
    array(CAR, BUS, CROWD), np.array([0, 1, 0]), np.array([False, False, True]), np.ones(3)
)
FOUND = Detections(
    array((0, 0, 10, 9), (20, 0, 30, 10), CROWD, (80, 0, 90, 10), (80, 0, 90, 10)),
    np.array([0.9, 0.8, 0.7, 0.6, 0.1], np.float32),
    np.array([0, 0, 0, 1, 1]),  # the second lies on a bus and says car
)


def test_each_box_is_of_one_kind():
    marks = box_marks(FOUND, TRUTH, CLASSES, 0.3)
    told = [(mark.kind, mark.label, mark.left, round(mark.score, 1)) for mark in marks]
    assert told == [
        ("true", "car", 0, 1),
        ("true", "bus", 20, 1),
        ("found", "car", 0, 0.9),
        ("missed", "bus", 20, 1),
        ("invented", "car", 20, 0.8),
        ("invented", "bus", 80, 0.6),
    ]


@pytest.mark.parametrize(
    ("task", "protocol", "invented"),
    [
        (DetectionTask, "v:1", 2),
        (DetectionAgreement, "truth:pseudo-clean@score>=0.75|v:1", 1),
        (DetectionAgreement, "truth:pseudo-clean@score>=0.05|v:1", 3),
    ],
)
def test_marks_are_of_a_row_from_the_score_that_counts(task, protocol, invented):
    row = {
        "boxes": FOUND.boxes.ravel().tolist(),
        "scores": FOUND.scores.tolist(),
        "labels": [CLASSES[label] for label in FOUND.labels],
        "truth_boxes": TRUTH.xyxy.ravel().tolist(),
        "truth_labels": [CLASSES[label] for label in TRUTH.labels],
        "truth_ignore": TRUTH.ignore.tolist(),
        "truth_areas": TRUTH.areas.tolist(),
        "classes": CLASSES,
        "protocol": protocol,
    }
    assert sum(mark.kind == "invented" for mark in task.marks(row)) == invented


def test_miou_of_each_image_is_that_of_a_set_of_one():
    generator = np.random.default_rng(3)
    rows = pd.DataFrame(
        {
            "confusion": [generator.integers(0, 50, 6).tolist() for _ in range(4)],
            "classes": [["road", "sky"]] * 4,
            "protocol": "v:1",
            "quantiser": "round",
        }
    )
    alone = [SegmentationTask.summarise(rows.iloc[[index]])[0] for index in range(4)]
    assert {one.metric for one in alone} == {"miou"}
    expected = [one.value for one in alone]
    assert SegmentationTask.by_image(rows)["miou"].tolist() == pytest.approx(expected)
