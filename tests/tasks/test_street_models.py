"""The shipped detector and segmentor do their work: they see clean scenes well, rain hurts them."""

import pandas as pd
import pytest

from harness.rain_sets.streets import StreetsRainSet
from tasks.detection import DetectionTask
from tasks.segmentation import SegmentationTask


@pytest.fixture(scope="module")
def scenes():
    """Eight of the benchmark's own scenes."""
    rain_set = StreetsRainSet("streets", "light", scenes=8)
    return rain_set, [rain_set.load(sample_id) for sample_id in rain_set.ids()]


@pytest.mark.parametrize(
    ("task_class", "metric", "least"),
    [(DetectionTask, "ap50", 0.6), (SegmentationTask, "miou", 0.65)],
)
def test_they_see_clean_scenes_well_and_rainy_ones_worse(task_class, metric, least, scenes, batch):
    rain_set, samples = scenes
    task = task_class()
    values = {}
    for view in ("clean", "rainy"):
        rows = [
            task.score(task.predict(batch(getattr(sample, view)))[0], sample, rain_set)
            for sample in samples
        ]
        table = pd.DataFrame(rows).assign(protocol=task.protocol(), quantiser="round")
        values[view] = {value.metric: value.value for value in task_class.summarise(table)}
    assert values["clean"][metric] > least
    assert values["rainy"][metric] < values["clean"][metric]
