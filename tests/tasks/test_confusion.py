import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmseg.evaluation import IoUMetric

from tasks.class_map import judged_in_signature
from tasks.confusion import confusion_matrix, index_table, mean_iou
from tasks.segmentation import SegmentationTask

CLASSES = ("sky", "road", "car", "pole")


def random_maps(seed, absent=None, count=3):
    rng = np.random.default_rng(seed)
    truths = rng.choice([0, 1, 2, 3, 255], (count, 17, 23), p=[0.3, 0.3, 0.2, 0.1, 0.1])
    wrong = rng.random(truths.shape) < 0.4
    predictions = np.where(wrong | (truths == 255), rng.integers(0, 4, truths.shape), truths)
    if absent is not None:
        truths[truths == absent] = 255
        predictions[predictions == absent] = 0
    return predictions.astype(np.uint8), truths.astype(np.uint8)


@pytest.mark.parametrize("absent", [None, 3])
def test_it_equals_mmsegmentations_iou_metric(absent):
    predictions, truths = random_maps(0, absent)
    areas = [
        IoUMetric.intersect_and_union(
            torch.from_numpy(predicted), torch.from_numpy(truth), len(CLASSES), 255
        )
        for predicted, truth in zip(predictions, truths, strict=True)
    ]
    theirs = IoUMetric.total_area_to_metrics(*(sum(part) for part in zip(*areas, strict=True)))
    matrix = sum(
        confusion_matrix(predicted, truth, len(CLASSES))
        for predicted, truth in zip(predictions, truths, strict=True)
    )
    ours = mean_iou(matrix, CLASSES)
    for index, name in enumerate(CLASSES):
        assert ours[f"iou/{name}"] == pytest.approx(theirs["IoU"][index], abs=1e-6, nan_ok=True)
        assert ours[f"acc/{name}"] == pytest.approx(theirs["Acc"][index], abs=1e-6, nan_ok=True)
    assert ours["miou"] == pytest.approx(np.nanmean(theirs["IoU"]), abs=1e-6)
    assert ours["macc"] == pytest.approx(np.nanmean(theirs["Acc"]), abs=1e-6)
    assert ours["pixel_acc"] == pytest.approx(float(theirs["aAcc"]), abs=1e-6)


def test_summarise_equals_the_iou_metrics_own_report():
    predictions, truths = random_maps(1)
    metric = IoUMetric(iou_metrics=["mIoU"])
    metric.dataset_meta = {"classes": CLASSES}
    rows = []
    for predicted, truth in zip(predictions, truths, strict=True):
        sample = {
            "pred_sem_seg": {"data": torch.from_numpy(predicted)},
            "gt_sem_seg": {"data": torch.from_numpy(truth)},
        }
        metric.process({}, [sample])
        matrix = confusion_matrix(predicted, truth, len(CLASSES))
        rows.append({"confusion": matrix.ravel().tolist(), "classes": list(CLASSES)})
    theirs = metric.evaluate(len(truths))
    values = SegmentationTask.summarise(pd.DataFrame(rows).assign(protocol="p", quantiser="round"))
    ours = {value.metric: value.value for value in values}
    assert ours["miou"] * 100 == pytest.approx(theirs["mIoU"], abs=5.1e-3)
    assert ours["macc"] * 100 == pytest.approx(theirs["mAcc"], abs=5.1e-3)
    assert ours["pixel_acc"] * 100 == pytest.approx(theirs["aAcc"], abs=5.1e-3)
    judged = judged_in_signature(CLASSES)
    assert values[0].signature == f"miou|agg:dataset|ignore:255|p|{judged}|quant:round"


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), row=st.integers(1, 16))
def test_matrices_of_parts_add_up_to_that_of_the_whole(seed, row):
    (predicted,), (truth,) = random_maps(seed, count=1)
    whole = confusion_matrix(predicted, truth, 4)
    upper = confusion_matrix(predicted[:row], truth[:row], 4)
    lower = confusion_matrix(predicted[row:], truth[row:], 4)
    np.testing.assert_array_equal(upper + lower, whole)
    assert whole.sum() == np.count_nonzero(truth != 255)


def test_a_predicted_class_that_the_set_lacks_is_wrong_and_in_nobodys_union():
    predicted = np.array([[0, 0, 255, 1]], np.uint8)
    truth = np.array([[0, 0, 0, 1]], np.uint8)
    metrics = mean_iou(confusion_matrix(predicted, truth, 2), ("a", "b"))
    assert metrics["iou/a"] == pytest.approx(2 / 3)
    assert metrics["iou/b"] == 1


def test_nothing_but_ignored_pixels_gives_no_figure():
    ignored = np.full((4, 4), 255, np.uint8)
    metrics = mean_iou(confusion_matrix(np.zeros_like(ignored), ignored, 2), ("a", "b"))
    assert all(np.isnan(value) for value in metrics.values())


def test_classes_are_matched_by_name():
    table = index_table(("rider", "sky", "person"), ("sky", "bicyclist"), {"rider": "bicyclist"})
    assert table[:3].tolist() == [1, 0, 255]
    assert table[255] == 255
