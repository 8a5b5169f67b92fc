"""What models answer crosses from the device after one wait a batch, and unchanged."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from counting_device import Counting, Crossings, DeviceTensor

from tasks.detection import DetectionTask
from tasks.fetched_answers import fetched
from tasks.segmentation import SegmentationTask


class Model:
    """Answers with what it was given, from the stand-in of a device if that counts."""

    def __init__(self, answers, crossings=None):
        self.answers, self.crossings = answers, crossings

    def predict(self, pictures):
        place = (lambda one: one) if self.crossings is None else DeviceTensor
        return [
            SimpleNamespace(
                pred_instances=SimpleNamespace(**{key: place(part) for key, part in one.items()}),
                pred_sem_seg=SimpleNamespace(data=place(one["labels"][None])),
            )
            for one in self.answers
        ]


def boxes(count, seed):
    rng = torch.Generator().manual_seed(seed)
    return {
        "bboxes": torch.rand((count, 4), generator=rng) * 1000,
        "scores": torch.rand(count, generator=rng),
        "labels": torch.randint(0, 80, (count,), generator=rng),
    }


@pytest.mark.parametrize("counts", [[5], [3, 0, 7], [0], []])
def test_boxes_of_a_batch(counts):
    answers = [boxes(count, seed) for seed, count in enumerate(counts)]
    counted = Crossings()
    task = SimpleNamespace(model=Model(answers, counted), max_detections=4, score_threshold=0.2)
    with Counting(counted):
        found = DetectionTask.detect(task, counts)
    assert counted.waits == min(len(counts), 1)
    assert counted.downloaded == 4 * 6 * sum(counts)
    for ours, theirs in zip(found, answers, strict=True):
        best = theirs["scores"].argsort(descending=True, stable=True)[:4]
        best = best[theirs["scores"][best] >= 0.2]
        assert np.array_equal(ours.boxes, theirs["bboxes"][best].numpy())
        assert np.array_equal(ours.scores, theirs["scores"][best].numpy())
        assert np.array_equal(ours.labels, theirs["labels"][best].numpy())
        assert (ours.boxes.dtype, ours.labels.dtype) == (np.float32, np.int64)


@pytest.mark.parametrize("kind", [torch.int64, torch.uint8, torch.float32])
def test_label_maps_of_a_batch(kind):
    maps = [torch.tensor([[0, 1, 200], [3, 255, 5]]) + place for place in range(3)]
    if kind == torch.int64:
        maps[0][0, 0] = 65535
    answers = [{"labels": one.to(kind)} for one in maps]
    counted = Crossings()
    with Counting(counted):
        found = SegmentationTask.label(SimpleNamespace(model=Model(answers, counted)), maps)
    assert (counted.waits, counted.downloaded) == (1, 2 * 18)
    for ours, theirs in zip(found, answers, strict=True):
        assert ours.dtype == np.uint16
        assert np.array_equal(ours, theirs["labels"].numpy().astype(np.uint16))


def test_shapes_and_types_stay():
    given = [torch.zeros((2, 3)), torch.ones((0, 3)), torch.ones(())]
    for ours, theirs in zip(fetched(given), given, strict=True):
        assert np.array_equal(ours, theirs.numpy())
        assert (ours.shape, ours.dtype) == (tuple(theirs.shape), np.float32)
