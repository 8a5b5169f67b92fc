import warnings

import numpy as np
import pandas as pd
import pytest

from harness.errors import TaskError
from harness.samples import Sample
from tasks.mm_configs import find_config
from tasks.segmentation import SegmentationTask


@pytest.fixture(scope="module")
def task(segmentor_weights):
    return SegmentationTask(weights=segmentor_weights)


class Cityscapes:
    """Some of its classes, in another order and under other names."""

    name = "cityscapes"
    label_classes = ("road", "sidewalk", "train", "person")


@pytest.mark.parametrize("model", ["unet_streets", "erfnet_fcn_4xb4-160k_cityscapes-512x1024"])
def test_it_labels_as_mmsegmentations_own_inference(model, random_weights, photograph, batch):
    from mmengine.registry import DefaultScope
    from mmseg.apis import inference_model, init_model

    weights = random_weights(model, "mmseg")
    small = photograph[:96, :128]
    with warnings.catch_warnings(), DefaultScope.overwrite_default_scope("mmseg"):
        warnings.simplefilter("ignore")
        from mmengine.config import Config

        config = Config.fromfile(find_config(model, "mmseg"))
        for pipeline in (config.test_pipeline, config.test_dataloader.dataset.pipeline):
            for step in pipeline:
                if step["type"] == "Resize":
                    step["scale"] = (256, 128)
        config.dump(weights.with_suffix(".py"))
        reference = init_model(config, str(weights), device="cpu")
        theirs = inference_model(reference, small[..., ::-1].copy()).pred_sem_seg.data[0]
    ours = SegmentationTask(model=str(weights.with_suffix(".py")), weights=weights)
    (labels,) = ours.predict(batch(small))
    assert labels.shape == small.shape[:2]
    assert np.mean(labels == theirs.numpy()) > 0.999


def test_a_prediction_that_equals_the_truth_scores_one(task, street_set, photograph):
    truth = np.random.default_rng(0).integers(0, 11, photograph.shape[:2], dtype=np.uint8)
    truth[:5] = 255
    sample = Sample("a", rainy=photograph, label_map=truth)
    row = task.score(np.where(truth == 255, 0, truth).astype(np.uint16), sample, street_set)
    assert set(row) == set(task.columns)
    rows = pd.DataFrame([{**row, "protocol": task.protocol(), "quantiser": "round"}])
    values = {value.metric: value.value for value in SegmentationTask.summarise(rows)}
    assert values["miou"] == values["pixel_acc"] == values["iou/pole"] == 1


def test_classes_are_matched_by_name_and_the_unknown_left_out(segmentor_weights, photograph):
    task = SegmentationTask(
        weights=segmentor_weights, class_map={"pavement": "sidewalk", "pedestrian": "person"}
    )
    names = task.model.classes
    truth = np.array([[0, 1, 2, 3]], np.uint8)  # road, sidewalk, train, person
    predicted = [names.index(name) for name in ("road", "sky", "road", "pedestrian")]
    sample = Sample("a", rainy=photograph[:1, :4], label_map=truth)
    row = task.score(np.array([predicted], np.uint16), sample, Cityscapes())
    assert row["classes"] == ["road", "sidewalk", "person"]
    assert np.reshape(row["confusion"], (3, 4)).tolist() == [
        [1, 0, 0, 0],
        [0, 0, 0, 1],
        [0, 0, 1, 0],
    ]


def test_drawings_show_the_sets_own_classes(segmentor_weights):
    task = SegmentationTask(weights=segmentor_weights, class_map={"pavement": "sidewalk"})
    names = task.model.classes
    prediction = np.array([[names.index("road"), names.index("pavement"), 0]], np.uint16)
    drawn = task.draw(prediction, Sample("a", np.zeros((1, 3, 3), np.uint8)), Cityscapes())
    colours = list(task.legend(Cityscapes()).values())
    assert [tuple(pixel) for pixel in drawn[0, :2, :3]] == colours[:2]
    assert drawn[0, 2, 3] == 0


def test_sets_that_it_cannot_judge_are_refused(task, street_set):
    class NoLabels:
        name = "Rain100L"
        label_classes = None

    class Rooms:
        name = "rooms"
        label_classes = ("bed", "wall")

    assert task.refusal(street_set) is None
    assert task.refusal(NoLabels()) == "Rain100L has no label maps"
    assert "bed, wall" in task.refusal(Rooms())
    assert "bicyclist" in task.refusal(Rooms())


def test_a_label_map_of_another_size_is_named(task, street_set, photograph):
    sample = Sample("b", rainy=photograph, label_map=np.zeros((4, 4), np.uint8))
    with pytest.raises(TaskError, match="b: its label map is"):
        task.score(np.zeros(photograph.shape[:2], np.uint16), sample, street_set)


def test_a_mean_over_few_classes_wants_all_of_them():
    matrices = np.zeros((2, 2, 3), np.int64)
    matrices[0, 0, 0], matrices[1, 1, 1] = 50, 7  # each class in an image of its own
    rows = pd.DataFrame(
        {"confusion": [one.ravel().tolist() for one in matrices], "classes": [["road", "car"]] * 2}
    )
    found = SegmentationTask.resampled(rows, np.array([[1.0, 1.0], [2.0, 0.0]]))
    for metric in ("miou", "macc", "iou/car"):
        assert np.isnan(found[metric]).tolist() == [False, True]
    assert found["pixel_acc"].tolist() == [1, 1]
