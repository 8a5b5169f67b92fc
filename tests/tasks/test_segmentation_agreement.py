import numpy as np
import pandas as pd
import pytest
import torch
from mmseg.evaluation import IoUMetric

from harness.rain_sets.streets import StreetsRainSet
from harness.samples import Sample
from harness.task import Batch
from tasks.pseudo_truth import Compared
from tasks.segmentation import SegmentationTask
from tasks.segmentation_agreement import SegmentationAgreement, SegmentationChange


@pytest.fixture(scope="module")
def samples():
    rain_set = StreetsRainSet("streets", "heavy", scenes=2, width=256, height=128)
    return [rain_set.load(one) for one in rain_set.ids()]


@pytest.mark.parametrize("kind", [SegmentationAgreement, SegmentationChange])
def test_it_equals_mmsegmentations_metric_on_pseudo_labels(kind, samples, cpu, street_set):
    task, segmentor = kind(), SegmentationTask()
    pictures = [sample.rainy // 2 + sample.clean // 2 for sample in samples]
    rows, areas = [], []
    for picture, sample in zip(pictures, samples, strict=True):
        (prediction,) = task.predict(Batch([picture], [sample], cpu))
        rows.append(task.score(prediction, sample, street_set))
        reference = getattr(sample, task.reference)
        predicted, pseudo = (
            torch.from_numpy(segmentor.label([one])[0].astype(np.int64))
            for one in (picture, reference)
        )
        areas.append(IoUMetric.intersect_and_union(predicted, pseudo, 11, 255))
    theirs = IoUMetric.total_area_to_metrics(*(sum(part) for part in zip(*areas, strict=True)))
    table = pd.DataFrame(rows).assign(protocol=task.protocol(), quantiser="round")
    told = {value.metric: value for value in kind.summarise(table)}
    assert told["miou"].value == pytest.approx(np.nanmean(theirs["IoU"]), abs=1e-6)
    assert told["pixel_acc"].value == pytest.approx(float(theirs["aAcc"]), abs=1e-6)
    assert 0.2 < told["miou"].value < 1
    assert f"truth:pseudo-{task.reference}|" in told["miou"].signature
    once = kind.resampled(table, np.ones((1, 2)))
    assert once["miou"][0] == pytest.approx(told["miou"].value)


def test_the_same_picture_agrees_with_itself_and_is_labelled_once(samples, cpu, monkeypatch):
    task, asked = SegmentationChange(), []
    own = task.model_task.model.predict
    monkeypatch.setattr(
        task.model_task.model, "predict", lambda images: asked.extend(images) or own(images)
    )
    sample = Sample("s", samples[0].rainy ^ 1)
    (prediction,) = task.predict(Batch([sample.rainy.copy()], [sample], cpu))
    assert np.array_equal(*prediction)
    assert len(asked) == 1


def test_the_drawing_shows_what_is_seen_otherwise(street_set):
    task = SegmentationAgreement()
    before = np.array([[0, 1, 2, 3]], np.uint16)
    after = np.array([[0, 1, 3, 3]], np.uint16)
    drawn = task.draw(Compared(after, before), Sample("a", np.zeros((1, 4, 3), np.uint8)), None)
    colours = list(task.legend(street_set).values())
    assert (drawn[0, :, 3] > 0).tolist() == [False, False, True, False]
    assert tuple(drawn[0, 2, :3]) == colours[3]


def test_the_roles():
    agreement, change = SegmentationAgreement(), SegmentationChange()
    assert (agreement.can_lose, change.can_lose) == (True, False)
    assert {one.higher_is_better for one in change.metrics.values()} == {None}
    assert {one.higher_is_better for one in agreement.metrics.values()} == {True}
    assert all("pseudo" in one.label for one in agreement.metrics.values())
