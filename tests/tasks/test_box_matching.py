"""Matching of objects against pycocotools' own."""

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from tasks.box_matching import box_ious, match_boxes
from tasks.coco_ap import Detections


def random_detections(rng, count):
    corners = rng.uniform(0, 150, (count, 2))
    boxes = np.hstack([corners, corners + rng.uniform(20, 120, (count, 2))]).astype(np.float32)
    scores = rng.permutation(count).astype(np.float32) / 100  # without ties, which both may order
    return Detections(boxes, scores, rng.integers(0, 2, count))


def coco_of(found):
    coco = COCO()
    annotations = [
        {
            "id": index + 1,
            "image_id": 0,
            "category_id": int(label),
            "bbox": [x1, y1, x2 - x1, y2 - y1],
            "area": (x2 - x1) * (y2 - y1),
            "iscrowd": 0,
            "score": float(score),
        }
        for index, ((x1, y1, x2, y2), label, score) in enumerate(
            zip(found.boxes.astype(np.float64).tolist(), found.labels, found.scores, strict=True)
        )
    ]
    categories = [{"id": 0}, {"id": 1}]
    coco.dataset = {"images": [{"id": 0}], "categories": categories, "annotations": annotations}
    coco.createIndex()
    return coco


@pytest.mark.parametrize("seed", range(8))
def test_it_matches_as_pycocotools_does(seed, capsys):
    rng = np.random.default_rng(seed)
    reference = random_detections(rng, 12)
    near = reference.boxes[:7] + rng.normal(0, 9, (7, 4)).astype(np.float32)
    more = random_detections(rng, 6)
    found = Detections(
        np.concatenate([near, more.boxes]),
        rng.permutation(13).astype(np.float32) / 100,
        np.concatenate([reference.labels[:7], more.labels]),
    )
    evaluation = COCOeval(coco_of(reference), coco_of(found), "bbox")
    evaluation.params.iouThrs = [0.5]
    evaluation.evaluate()
    everything = [
        one for one in evaluation.evalImgs if one and one["aRng"] == evaluation.params.areaRng[0]
    ]
    free = {
        one["gtIds"][index] - 1
        for one in everything
        for index, match in enumerate(one["gtMatches"][0])
        if match == 0
    }
    invented = {
        one["dtIds"][index] - 1
        for one in everything
        for index, match in enumerate(one["dtMatches"][0])
        if match == 0
    }
    ours = match_boxes(found, reference, 0.5)
    assert set(ours.lost.tolist()) == free
    assert set(ours.invented.tolist()) == invented
    assert set(ours.kept.tolist()) == set(range(13)) - invented
    assert free
    assert invented


def test_nothing_matches_nothing():
    nothing = Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, int))
    one = random_detections(np.random.default_rng(0), 1)
    assert [len(part) for part in match_boxes(nothing, one, 0.5)] == [0, 1, 0]
    assert [len(part) for part in match_boxes(one, nothing, 0.5)] == [0, 0, 1]


def test_empty_boxes_overlap_nothing():
    assert box_ious(np.zeros((1, 4), np.float32), np.zeros((1, 4), np.float32)).tolist() == [[0.0]]
