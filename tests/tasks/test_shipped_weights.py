"""The weights in the repository: what they say of themselves, and that they do their work."""

import json

import pandas as pd
import pytest
import torch

from harness.digests import digest_file
from harness.rain_sets.streets import StreetsRainSet
from tasks.detection import DetectionTask
from tasks.mm_models import WEIGHTS
from tasks.segmentation import SegmentationTask

MODELS = ("rtmdet_streets", "unet_streets")


@pytest.fixture(scope="module")
def scenes():
    """Eight of the benchmark's own scenes."""
    rain_set = StreetsRainSet("streets", "light", scenes=8)
    return rain_set, [rain_set.load(sample_id) for sample_id in rain_set.ids()]


@pytest.mark.parametrize("model", MODELS)
def test_their_record_names_them_and_no_test_scene(model):
    facts = json.loads((WEIGHTS / f"{model}.json").read_text())
    assert facts["sha256"] == digest_file(WEIGHTS / f"{model}.pth")
    for first, count in (facts["settings"]["scenes"][split] for split in ("train", "val")):
        assert first + count <= 1_000_000


@pytest.mark.parametrize("model", MODELS)
def test_they_are_small_and_need_no_unpickling(model):
    path = WEIGHTS / f"{model}.pth"
    tensors = torch.load(path, weights_only=True)
    assert {t.dtype for t in tensors.values() if t.is_floating_point()} == {torch.float16}
    assert path.stat().st_size < 6_000_000


@pytest.mark.parametrize(
    ("task_class", "metric", "least"),
    [(DetectionTask, "ap50", 0.6), (SegmentationTask, "miou", 0.65)],
)
def test_they_see_clean_scenes_well_and_rainy_ones_worse(task_class, metric, least, scenes):
    rain_set, samples = scenes
    task = task_class()
    values = {}
    for view in ("clean", "rainy"):
        rows = [
            task.score(task.predict([getattr(sample, view)])[0], sample, rain_set)
            for sample in samples
        ]
        table = pd.DataFrame(rows).assign(protocol=task.protocol(), quantiser="round")
        values[view] = {value.metric: value.value for value in task_class.summarise(table)}
    assert values["clean"][metric] > least
    assert values["rainy"][metric] < values["clean"][metric]
