"""Agreement of a detector with itself: against mmdetection's inference and pycocotools, by hand."""

import warnings

import numpy as np
import pandas as pd
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from harness.errors import ConfigError, TaskError
from harness.rain_sets.streets import StreetsRainSet
from harness.samples import Sample
from harness.task import Batch
from tasks.coco_ap import Detections
from tasks.detection import DetectionTask
from tasks.detection_agreement import COLOURS, DetectionAgreement, DetectionChange
from tasks.mm_configs import find_config
from tasks.pseudo_truth import Compared

CLASSES = ("car", "bus", "person", "bicycle", "sign")


@pytest.fixture(scope="module")
def streets():
    rain_set = StreetsRainSet("streets", "heavy", scenes=3, width=320, height=192)
    return rain_set, [rain_set.load(one) for one in rain_set.ids()]


@pytest.fixture(scope="module")
def agreement():
    return DetectionAgreement()


@pytest.fixture(scope="module")
def change():
    return DetectionChange()


def table_of(task, pictures, samples, rain_set, device):
    rows = []
    for picture, sample in zip(pictures, samples, strict=True):
        (prediction,) = task.predict(Batch([picture], [sample], device))
        rows.append(task.score(prediction, sample, rain_set))
    assert all(set(row) == set(task.columns) for row in rows)
    return pd.DataFrame(rows).assign(protocol=task.protocol(), quantiser="round")


def figures(task, table):
    return {value.metric: value.value for value in type(task).summarise(table)}


def found(*boxes):
    """Return detections of (left, score, class), each 40 pixels wide."""
    corners = [[left, 10, left + 40, 50] for left, _, _ in boxes]
    return Detections(
        np.array(corners, np.float32).reshape(-1, 4),
        np.array([score for _, score, _ in boxes], np.float32),
        np.array([CLASSES.index(name) for _, _, name in boxes], np.int64),
    )


def test_what_is_lost_and_invented_is_counted_by_class(agreement):
    reference = found((0, 0.9, "car"), (100, 0.8, "car"), (200, 0.4, "person"))
    restored = found((3, 0.8, "car"), (200, 0.5, "bus"), (100, 0.2, "car"))
    row = agreement.score(Compared(restored, reference), None, None)
    assert sorted(row["lost_labels"]) == ["car", "person"]  # a car below the score is not seen
    assert row["invented_labels"] == ["bus"]
    table = pd.DataFrame([row]).assign(protocol=agreement.protocol(), quantiser="round")
    told = figures(agreement, table)
    assert told["lost"] == pytest.approx(2 / 3)
    assert told["invented"] == pytest.approx(1 / 2)
    assert told["objects"] == 3
    assert told["lost/car"] == 1 / 2
    assert told["lost/person"] == told["invented/bus"] == 1
    assert np.isnan(told["lost/bus"])
    assert not {"lost/sign", "ap/sign", "ap_small", "ap75"} & told.keys()


def objects_of(detections):
    """Return what mmdetection found in pictures 0, 1, ... as COCO's results."""
    return [
        {
            "image_id": image,
            "category_id": int(label),
            "bbox": [x1, y1, x2 - x1, y2 - y1],
            "score": float(score),
        }
        for image, one in enumerate(detections)
        for (x1, y1, x2, y2), score, label in zip(
            one.bboxes.astype(float).tolist(), one.scores, one.labels, strict=True
        )
    ]


def as_truth(detections):
    """Return those of a score of 0.3 or more as what there is to be found."""
    sure = [one for one in objects_of(detections) if one["score"] >= 0.3]
    truth = COCO()
    truth.dataset = {
        "images": [{"id": image} for image in range(len(detections))],
        "categories": [{"id": label} for label in range(5)],
        "annotations": [
            {**one, "id": number, "area": one["bbox"][2] * one["bbox"][3], "iscrowd": 0}
            for number, one in enumerate(sure, 1)
        ],
    }
    truth.createIndex()
    return truth


@pytest.mark.parametrize("reference", ["clean", "rainy"])
def test_ap_equals_pycocotools_on_mmdetections_own_detections(
    reference, agreement, change, streets, cpu, capsys
):
    from mmdet.apis import inference_detector, init_detector
    from mmengine.registry import DefaultScope

    task = agreement if reference == "clean" else change
    rain_set, samples = streets
    restored = [sample.rainy // 2 + sample.clean // 2 for sample in samples]
    with warnings.catch_warnings(), DefaultScope.overwrite_default_scope("mmdet"):
        warnings.simplefilter("ignore")
        # The shipped weights are folded, which mmdetection does not load: the network is ours, the
        # inference theirs.
        model = task.model_task.model.network
        model.cfg = init_detector(str(find_config("rtmdet_streets", "mmdet")), device="cpu").cfg
        seen = [
            inference_detector(model, picture[..., ::-1].copy()).pred_instances.numpy()
            for pictures in ([getattr(one, reference) for one in samples], restored)
            for picture in pictures
        ]
    truth = as_truth(seen[:3])
    evaluation = COCOeval(truth, truth.loadRes(objects_of(seen[3:])), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    told = figures(task, table_of(task, restored, samples, rain_set, cpu))
    assert told["objects"] == len(truth.anns) > 5
    assert told["ap"] == pytest.approx(evaluation.stats[0], abs=1e-3)
    assert told["ap50"] == pytest.approx(evaluation.stats[1], abs=1e-3)
    assert told["ap"] < 1


def test_the_same_picture_agrees_with_itself(agreement, change, streets, cpu):
    rain_set, samples = streets
    for task, pictures in (
        (agreement, [one.clean for one in samples]),
        (change, [one.rainy for one in samples]),
    ):
        told = figures(task, table_of(task, pictures, samples, rain_set, cpu))
        assert (told["ap"], told["ap50"], told["lost"], told["invented"]) == (1, 1, 0, 0)


def test_resampling_is_the_figure_where_each_image_counts_once(agreement, streets, cpu):
    rain_set, samples = streets
    table = table_of(agreement, [one.rainy for one in samples], samples, rain_set, cpu)
    told = figures(agreement, table)
    weights = np.array([[1.0, 1, 1], [2, 1, 0], [0, 0, 3]])
    drawn = DetectionAgreement.resampled(table, weights)
    for metric in ("lost", "invented", "objects", "lost/car"):
        assert drawn[metric][0] == pytest.approx(told[metric], nan_ok=True)
    twice = figures(agreement, table.iloc[[0, 0, 1]])
    assert drawn["lost"][1] == pytest.approx(twice["lost"])


def test_no_picture_is_shown_to_the_model_twice(streets, cpu, monkeypatch):
    """Three derainers, one of which does nothing and one returns the clean image; three tasks."""
    _, samples = streets
    tasks = [DetectionAgreement(), DetectionChange(), DetectionTask()]
    asked = []
    for model in (tasks[0].model_task.model, tasks[1].model_task.model, tasks[2].model):
        own = model.predict
        monkeypatch.setattr(
            model, "predict", lambda images, own=own: asked.extend(images) or own(images)
        )
    # Another picture than any test before has shown to this model.
    sample = Sample("s", samples[0].rainy ^ 1, samples[0].clean ^ 1)
    halved = sample.rainy // 2
    for restored in (sample.rainy.copy(), halved, sample.clean.copy()):
        for task in tasks:
            task.predict(Batch([restored], [sample], cpu))
    assert len(asked) == 3


def test_only_asked_classes_count(streets, cpu):
    rain_set, samples = streets
    task = DetectionChange(classes=["car", "person"])
    table = table_of(task, [one.clean for one in samples], samples, rain_set, cpu)
    assert list(table["classes"].iloc[0]) == ["car", "person"]
    names = {name for labels in table["labels"] for name in labels}
    assert names <= {"car", "person"}
    assert "|classes:car,person|" in task.protocol()


def test_the_roles(agreement, change):
    assert agreement.can_lose
    assert not change.can_lose
    assert {one.higher_is_better for one in change.metrics.values()} == {None}
    assert agreement.metrics["ap"].direction == 1
    assert not agreement.columns.keys() & agreement.metrics.keys()  # such would be known of images
    assert agreement.metrics["lost"].direction == agreement.metrics["invented"].direction == -1
    for task, reference in ((agreement, "clean"), (change, "rainy")):
        assert task.looks_at == "perception"
        assert f"truth:pseudo-{reference}@score>=0.3|" in task.protocol()
        for one in task.metrics.values():
            assert f"(pseudo: {reference})" in one.label
            assert "pseudo-truth" in one.definition


def test_sets_and_samples_without_a_clean_picture(agreement, change, photograph, batch):
    class Real:
        name = "real"
        has_clean = False

    assert agreement.refusal(Real()) == "real has no clean images"
    assert change.refusal(Real()) is None
    with pytest.raises(TaskError, match="0: has no clean image to compare with"):
        agreement.predict(batch(photograph))


def test_mistakes_are_named():
    with pytest.raises(ConfigError, match="no class 'cars'; did you mean 'car'"):
        DetectionChange(classes=["cars"])
    with pytest.raises(ConfigError, match=r"pseudo_score: 0.1: take one from .* 0.4, to 1"):
        DetectionChange(score_threshold=0.4, pseudo_score=0.1)


def test_drawings_show_each_kind_in_its_colour(agreement, street_set):
    reference = found((0, 0.9, "car"), (100, 0.8, "car"))
    restored = found((0, 0.9, "car"), (200, 0.9, "bus"))
    sample = Sample("a", np.zeros((120, 300, 3), np.uint8))
    drawn = agreement.draw(Compared(restored, reference), sample, street_set)
    assert agreement.legend(street_set) == COLOURS
    scale = drawn.shape[1] / 300
    for left, what in ((0, "kept"), (100, "lost"), (200, "invented")):
        part = drawn[:, round(left * scale) : round((left + 45) * scale)].reshape(-1, 4)
        seen = {tuple(pixel[:3]) for pixel in part.tolist() if pixel[3]}
        assert COLOURS[what] in seen
        assert not seen & (set(COLOURS.values()) - {COLOURS[what]})
    assert agreement.draw_truth(sample, street_set) is None
