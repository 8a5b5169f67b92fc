import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdet.evaluation import CocoMetric
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from harness.samples import Boxes
from tasks.coco_ap import (
    Detections,
    average_precision,
    average_precision_of_each,
    resampled_average_precision,
)
from tasks.detection import DetectionTask

CLASSES = ("car", "person", "sign")
SUMMARY = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large")


def random_boxes(rng, count):
    corners = rng.uniform(0, 200, (count, 2))
    return np.hstack([corners, corners + rng.uniform(5, 130, (count, 2))]).astype(np.float32)


def random_images(seed, count=12):
    """Truths, and detections some of which lie near them."""
    rng = np.random.default_rng(seed)
    detections, truths = [], []
    for _ in range(count):
        objects = int(rng.integers(0, 7))
        boxes = random_boxes(rng, objects)
        sides = boxes[:, 2:] - boxes[:, :2]
        labels = rng.integers(0, len(CLASSES), objects)
        ignore = rng.random(objects) < 0.2
        truths.append(Boxes(boxes, labels, ignore, sides.prod(axis=1).astype(np.float64)))
        near = (boxes + rng.normal(0, 4, boxes.shape)).astype(np.float32)
        found = np.concatenate([near, random_boxes(rng, 3)])
        wrong = rng.integers(0, len(CLASSES), 3)
        scores = rng.random(len(found)).round(1).astype(np.float32)  # with ties
        detections.append(Detections(found, scores, np.concatenate([labels, wrong])))
    return detections, truths


def coco_json(truths):
    annotations = []
    for image_id, truth in enumerate(truths):
        for box, label, ignore, area in zip(
            truth.xyxy.tolist(), truth.labels, truth.ignore, truth.areas, strict=True
        ):
            x1, y1, x2, y2 = box
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": int(label),
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "area": float(area),
                    "iscrowd": int(ignore),
                }
            )
    return {
        "images": [
            {"id": i, "width": 400, "height": 400, "file_name": f"{i}.png"}
            for i in range(len(truths))
        ],
        "categories": [{"id": i, "name": name} for i, name in enumerate(CLASSES)],
        "annotations": annotations,
    }


@pytest.mark.parametrize("seed", range(4))
def test_it_equals_pycocotools_own_summary(seed, tmp_path):
    detections, truths = random_images(seed)
    (tmp_path / "truth.json").write_text(json.dumps(coco_json(truths)))
    truth = COCO(str(tmp_path / "truth.json"))
    results = [
        {
            "image_id": image_id,
            "category_id": int(label),
            "bbox": [box[0], box[1], box[2] - box[0], box[3] - box[1]],
            "score": float(score),
        }
        for image_id, found in enumerate(detections)
        for box, score, label in zip(found.boxes.tolist(), found.scores, found.labels, strict=True)
    ]
    evaluation = COCOeval(truth, truth.loadRes(results), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    ours = average_precision(detections, truths, CLASSES)
    expected = [value if value > -1 else np.nan for value in evaluation.stats[:6]]
    np.testing.assert_allclose([ours[name] for name in SUMMARY], expected, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_it_equals_mmdetections_coco_metric(seed, tmp_path):
    import torch

    detections, truths = random_images(seed)
    (tmp_path / "truth.json").write_text(json.dumps(coco_json(truths)))
    metric = CocoMetric(str(tmp_path / "truth.json"), metric="bbox", classwise=True)
    metric.dataset_meta = {"classes": CLASSES}
    for image_id, found in enumerate(detections):
        instances = {
            "bboxes": torch.from_numpy(found.boxes),
            "scores": torch.from_numpy(found.scores),
            "labels": torch.from_numpy(found.labels),
        }
        metric.process(
            {}, [{"img_id": image_id, "ori_shape": (400, 400), "pred_instances": instances}]
        )
    theirs = metric.evaluate(len(truths))
    ours = average_precision(detections, truths, CLASSES)
    names = {"ap": "mAP", "ap50": "mAP_50", "ap75": "mAP_75", "ap_small": "mAP_s"}
    for name, their_name in names.items():
        assert ours[name] == pytest.approx(theirs[f"coco/bbox_{their_name}"], abs=5.1e-4)
    for name in CLASSES:
        assert ours[f"ap/{name}"] == pytest.approx(theirs[f"coco/{name}_precision"], abs=5.1e-4)


def without_ties(detections):
    """Give every detection a score of its own: which of two equal ones comes first is open."""
    count = sum(len(found.scores) for found in detections)
    scores = iter(np.random.default_rng(0).permutation(count).astype(np.float32) / count)
    return [
        Detections(found.boxes, np.array([next(scores) for _ in found.scores]), found.labels)
        for found in detections
    ]


@pytest.mark.parametrize("seed", range(4))
def test_weighted_images_are_as_good_as_repeated_ones(seed):
    detections, truths = random_images(seed)
    detections = without_ties(detections)
    weights = np.random.default_rng(seed).multinomial(12, np.full(12, 1 / 12), 4).astype(float)
    resampled = resampled_average_precision(detections, truths, CLASSES, weights)
    for place, counts in enumerate(weights):
        drawn = np.repeat(np.arange(12), counts.astype(int))
        expected = average_precision(
            [detections[index] for index in drawn], [truths[index] for index in drawn], CLASSES
        )
        assert told(resampled, place) == pytest.approx(
            {name: expected[name] for name in told(resampled, place)}, abs=1e-9, nan_ok=True
        )
    assert sum("ap" in told(resampled, place) for place in range(4)) >= 2


def told(resampled, place):
    """Figures of one resample, without means that it lacks a class for."""
    found = {name: values[place] for name, values in resampled.items()}
    return {name: value for name, value in found.items() if "/" in name or not np.isnan(value)}


@pytest.mark.parametrize("seed", range(4))
def test_every_image_once_is_the_figure_itself_with_ties_crowds_and_cut_lists(seed):
    detections, truths = random_images(seed)
    for most in (100, 2):
        once = resampled_average_precision(detections, truths, CLASSES, np.ones((1, 12)), most)
        expected = average_precision(detections, truths, CLASSES, most)
        found = {name: values[0] for name, values in once.items()}
        assert found == pytest.approx(expected, abs=1e-9, nan_ok=True)


def test_an_image_alone_has_the_figures_that_it_would_have_by_itself():
    detections, truths = random_images(7, 5)
    alone = resampled_average_precision(detections, truths, CLASSES, np.eye(5))
    for place in range(5):
        expected = average_precision([detections[place]], [truths[place]], CLASSES)
        found = told(alone, place)
        assert found == pytest.approx(
            {name: expected[name] for name in found}, abs=1e-9, nan_ok=True
        )


@pytest.mark.parametrize("more_classes", [0, 10])
def test_a_mean_over_few_classes_wants_all_of_them(more_classes):
    labels = [0] * 10 + [*range(1, 2 + more_classes)]
    box, area = np.array([[10, 10, 50, 60]], np.float32), np.full(1, 2000.0)
    truths = [Boxes(box, np.array([label]), np.zeros(1, bool), area) for label in labels]
    classes = [f"class {index}" for index in range(2 + more_classes)]
    sure = [Detections(one.xyxy, np.ones(1, np.float32), one.labels) for one in truths]
    weights = np.ones((2, len(truths)))
    weights[1, labels.index(1)] = 0
    found = resampled_average_precision(sure, truths, classes, weights)
    assert np.isnan(found["ap/class 1"]).tolist() == [False, True]
    for metric in ("ap", "ap50", "ap75"):
        assert np.isnan(found[metric]).tolist() == [False, not more_classes]


def test_what_is_not_annotated_has_no_ap():
    nothing = Boxes(
        np.zeros((0, 4), np.float32), *(np.zeros(0, kind) for kind in (int, bool, float))
    )
    found, _ = random_images(0, 1)
    assert all(np.isnan(value) for value in average_precision(found, [nothing], CLASSES).values())


def test_an_image_without_detections_counts():
    _, truths = random_images(1)
    none = Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int64))
    ours = average_precision([none] * len(truths), truths, CLASSES)
    assert ours["ap"] == 0
    resampled = resampled_average_precision(
        [none] * len(truths), truths, CLASSES, np.ones((2, len(truths)))
    )
    assert (resampled["ap"] == 0).all()


def rows_of(detections, truths):
    """The rows that DetectionTask.score returns, without a model."""
    return pd.DataFrame(
        [
            {
                "image": f"{index:03}",
                "boxes": found.boxes.ravel().tolist(),
                "scores": found.scores.tolist(),
                "labels": [CLASSES[label] for label in found.labels],
                "truth_boxes": truth.xyxy.ravel().tolist(),
                "truth_labels": [CLASSES[label] for label in truth.labels],
                "truth_ignore": truth.ignore.tolist(),
                "truth_areas": truth.areas.tolist(),
                "classes": list(CLASSES),
                "max_detections": 100,
                "protocol": "model:m@00000000|score:0.001",
                "quantiser": "round",
            }
            for index, (found, truth) in enumerate(zip(detections, truths, strict=True))
        ]
    )


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000), ranks=st.integers(1, 4))
def test_dividing_the_images_among_processes_does_not_change_ap(seed, ranks):
    rows = rows_of(*random_images(seed, 8))
    shares = [rows.iloc[rank::ranks] for rank in range(ranks)]
    joined = pd.concat(shares[::-1]).sort_values("image")
    np.testing.assert_equal(
        [value.value for value in DetectionTask.summarise(joined)],
        [value.value for value in DetectionTask.summarise(rows)],
    )


def test_rows_survive_parquet(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    detections, truths = random_images(3)
    rows = rows_of(detections, truths)
    columns = [pa.field(name, kind) for name, kind in DetectionTask.columns.items()]
    strings = [pa.field(name, pa.string()) for name in ("image", "protocol", "quantiser")]
    table = pa.Table.from_pandas(rows, pa.schema(columns + strings), preserve_index=False)
    pq.write_table(table, tmp_path / "rows.parquet")
    read = pd.read_parquet(tmp_path / "rows.parquet")
    values = {value.metric: value.value for value in DetectionTask.summarise(read)}
    expected = average_precision(detections, truths, CLASSES)
    assert values == pytest.approx(expected, abs=0, nan_ok=True)


def test_ap_of_each_image_is_pycocotools_of_that_image_alone():
    detections, truths = random_images(11, count=70)  # more than are matched together
    alone = average_precision_of_each(detections, truths, CLASSES)
    for index in (0, 1, 63, 64, 69):
        theirs = average_precision(
            detections[index : index + 1], truths[index : index + 1], CLASSES
        )
        assert alone[index] == pytest.approx(theirs["ap"], abs=1e-9, nan_ok=True)
    empty = [not len(truth.labels[~truth.ignore]) for truth in truths]
    assert any(empty) and (np.isnan(alone) == empty).all()


def test_an_image_occurs_a_whole_number_of_times():
    detections, truths = random_images(0)
    with pytest.raises(ValueError, match="whole numbers"):
        resampled_average_precision(detections, truths, CLASSES, np.full((1, len(truths)), 0.5))
