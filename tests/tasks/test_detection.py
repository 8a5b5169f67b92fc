import json
import warnings

import numpy as np
import pandas as pd
import pytest

from harness.errors import ConfigError, TaskError
from harness.images import read_rgb
from harness.samples import Boxes, Sample
from tasks.class_map import judged_in_signature
from tasks.coco_ap import Detections
from tasks.detection import DetectionTask
from tasks.mm_configs import find_config


@pytest.fixture(scope="module")
def task(detector_weights):
    return DetectionTask(weights=detector_weights)


def sample_of(image, labels=(), name="a"):
    count = len(labels)
    boxes = np.tile(np.array([10, 10, 60, 50], np.float32), (count, 1))
    areas = np.full(count, 2000.0)
    truth = Boxes(boxes, np.array(labels, np.int64), np.zeros(count, bool), areas)
    return Sample(name, rainy=image, boxes=truth)


@pytest.mark.parametrize("model", ["rtmdet_streets", "yolox_nano_8xb8-300e_coco"])
def test_it_finds_what_mmdetections_own_inference_finds(model, random_weights, photograph, batch):
    from mmdet.apis import inference_detector, init_detector
    from mmengine.registry import DefaultScope

    weights = random_weights(model, "mmdet")
    with warnings.catch_warnings(), DefaultScope.overwrite_default_scope("mmdet"):
        warnings.simplefilter("ignore")
        reference = init_detector(str(find_config(model, "mmdet")), str(weights), device="cpu")
        theirs = inference_detector(reference, photograph[..., ::-1].copy()).pred_instances[:100]
    (ours,) = DetectionTask(model=model, weights=weights).predict(batch(photograph))
    assert len(ours.boxes) == len(theirs.bboxes) > 0
    np.testing.assert_allclose(ours.boxes, theirs.bboxes, atol=1e-2)
    np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-5)
    np.testing.assert_array_equal(ours.labels, theirs.labels)


def test_a_batch_gives_what_its_images_give_alone(task, photograph, batch):
    other = photograph[::-1].copy()
    together = task.predict(batch(photograph, other))
    alone = [task.predict(batch(photograph))[0], task.predict(batch(other))[0]]
    for batched, single in zip(together, alone, strict=True):
        np.testing.assert_allclose(batched.boxes, single.boxes, atol=1e-2)
        np.testing.assert_allclose(batched.scores, single.scores, atol=1e-5)


def test_detections_that_equal_the_truth_score_one(task, street_set, photograph):
    sample = sample_of(photograph, labels=[2])
    prediction = Detections(sample.boxes.xyxy, np.array([0.9], np.float32), np.array([2], np.int64))
    row = task.score(prediction, sample, street_set)
    assert set(row) == set(task.columns)
    assert row["labels"] == row["truth_labels"] == ["person"]
    rows = pd.DataFrame([{**row, "protocol": task.protocol(), "quantiser": "round"}])
    values = {value.metric: value for value in DetectionTask.summarise(rows)}
    assert values["ap"].value == values["ap/person"].value == pytest.approx(1)
    assert np.isnan(values["ap/bus"].value)
    judged = judged_in_signature(row["classes"])
    assert values["ap50"].signature == (
        f"ap|iou:0.50|area:all|{task.protocol()}|{judged}|quant:round"
    )


def test_only_shared_classes_are_evaluated(detector_weights, photograph):
    class DrivingSet:
        name = "driving"
        box_classes = ("truck", "pedestrian", "car")

    task = DetectionTask(weights=detector_weights, class_map={"person": "pedestrian"})
    found = Detections(
        np.zeros((3, 4), np.float32), np.ones(3, np.float32), np.array([0, 1, 2], np.int64)
    )
    row = task.score(found, sample_of(photograph, labels=[0, 1]), DrivingSet())
    assert row["classes"] == ["pedestrian", "car"]
    assert row["labels"] == ["car", "pedestrian"]
    assert row["truth_labels"] == ["pedestrian"]


def test_the_score_threshold_is_the_lowest_that_counts(task, detector_weights, photograph, batch):
    (everything,) = task.predict(batch(photograph))
    threshold = float(np.median(everything.scores))
    strict = DetectionTask(weights=detector_weights, score_threshold=threshold, max_detections=5)
    (found,) = strict.predict(batch(photograph))
    expected = everything.scores[everything.scores >= threshold][:5]
    np.testing.assert_allclose(found.scores, expected, atol=1e-6)
    assert f"score:{threshold:g}|" in strict.protocol()
    assert "maxdets:5" in strict.protocol()
    assert strict.fingerprint() != task.fingerprint()


def test_sets_that_it_cannot_judge_are_refused(task, street_set):
    class NoBoxes:
        name = "Rain100L"
        box_classes = None

    class Animals:
        name = "zoo"
        box_classes = ("zebra", "lion")

    assert task.refusal(street_set) is None
    assert task.refusal(NoBoxes()) == "Rain100L has no boxes"
    nothing = Animals()
    nothing.box_classes = ()
    assert "has no object of any class" in task.refusal(nothing)
    refusal = task.refusal(Animals())
    assert "zebra, lion" in refusal
    assert "car, bus, person, bicycle, sign" in refusal


def test_a_sample_without_boxes_is_named(task, street_set, photograph, batch):
    (prediction,) = task.predict(batch(photograph))
    with pytest.raises(TaskError, match="b: has no boxes"):
        task.score(prediction, Sample("b", rainy=photograph), street_set)


def test_yolox_on_coco_gives_the_known_ap(bench_data, authors_weights, batch):
    """The figures of mmdetection's own test pipeline and CocoMetric."""
    weights = authors_weights / "yolox_nano_coco.pth"
    folder = bench_data / "coco_val128"
    annotations = json.loads((folder / "instances_val128.json").read_text())
    categories = sorted(annotations["categories"], key=lambda category: category["id"])

    class Coco:
        name = "coco_val128"
        box_classes = tuple(category["name"] for category in categories)

    index = {category["id"]: i for i, category in enumerate(categories)}
    task = DetectionTask(model="yolox_nano_8xb8-300e_coco", weights=weights)
    rows = []
    for image in annotations["images"]:
        picture = read_rgb(next(folder.rglob(image["file_name"]))).pixels
        found = [a for a in annotations["annotations"] if a["image_id"] == image["id"]]
        xywh = np.array([a["bbox"] for a in found], np.float64).reshape(-1, 4)
        truth = Boxes(
            np.hstack([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]]).astype(np.float32),
            np.array([index[a["category_id"]] for a in found], np.int64),
            np.array([a.get("iscrowd", 0) for a in found], np.bool_),
            np.array([a["area"] for a in found], np.float64),
        )
        (prediction,) = task.predict(batch(picture))
        sample = Sample(str(image["id"]), picture, boxes=truth)
        rows.append(task.score(prediction, sample, Coco()))
    table = pd.DataFrame(rows).assign(protocol=task.protocol(), quantiser="round")
    values = {value.metric: value.value for value in DetectionTask.summarise(table)}
    measured = [values["ap"], values["ap50"], values["ap75"]]
    assert measured == pytest.approx([0.335, 0.487, 0.366], abs=0.002)


def test_chosen_classes_alone_are_judged(detector_weights, task, street_set, photograph):
    chosen = DetectionTask(weights=detector_weights, classes=["person"])
    sample = sample_of(photograph, labels=[0, 2])
    found = Detections(sample.boxes.xyxy, np.array([0.9, 0.8], np.float32), np.array([0, 2]))
    row = chosen.score(found, sample, street_set)
    assert row["classes"] == row["labels"] == row["truth_labels"] == ["person"]
    left_out = [name for name in street_set.box_classes if name != "person"]
    told = f"not evaluated, as `classes` does not name them: {', '.join(left_out)}"
    assert told in chosen.remarks(street_set)
    assert "|classes:person|" in chosen.protocol()
    assert chosen.fingerprint() != task.fingerprint()


def test_a_chosen_class_that_the_model_has_not_is_named(detector_weights):
    with pytest.raises(ConfigError, match="no class 'persn'; did you mean 'person'"):
        DetectionTask(weights=detector_weights, classes=["persn"])
