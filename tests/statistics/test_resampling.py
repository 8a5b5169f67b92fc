"""Bootstrap intervals against scipy's, and by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import bootstrap

from harness.statistics.resampling import draws, interval_of, mean_interval
from tasks.restoration import RestorationTask
from tasks.segmentation import SegmentationTask


def test_interval_of_a_mean_is_near_scipys():
    values = np.random.default_rng(3).normal(1.0, 2.0, 80)
    theirs = bootstrap(
        (values,), np.mean, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    ours = mean_interval(values)
    assert ours.low == pytest.approx(theirs.low, abs=0.06)
    assert ours.high == pytest.approx(theirs.high, abs=0.06)


def test_one_image_has_no_interval():
    assert math.isnan(mean_interval(np.ones(1)).low)


def test_an_undefined_resample_leaves_no_interval():
    assert math.isnan(interval_of(np.array([1.0, math.nan])).low)


def test_every_draw_has_as_many_images_as_there_are():
    assert (draws(7).sum(axis=1) == 7).all()


@pytest.fixture
def matrices():
    """The confusion matrices of nine images, of which no one has the fourth class."""
    rng = np.random.default_rng(0)
    made = rng.integers(0, 50, (9, 4, 5))
    made[:, 3] = made[:, :, 3] = 0
    return made


def rows_of(matrices):
    return pd.DataFrame(
        {
            "confusion": [one.ravel().tolist() for one in matrices],
            "classes": [["a", "b", "c", "d"]] * len(matrices),
            "protocol": "p",
            "quantiser": "round",
        }
    )


def test_a_resample_of_miou_is_the_miou_of_the_drawn_images(matrices):
    weights = draws(len(matrices))[:5]
    resampled = SegmentationTask.resampled(rows_of(matrices), weights)
    for index, counts in enumerate(weights):
        drawn = np.repeat(matrices, counts.astype(int), axis=0)
        expected = {one.metric: one.value for one in SegmentationTask.summarise(rows_of(drawn))}
        for name, value in expected.items():
            assert resampled[name][index] == pytest.approx(value, nan_ok=True)


def test_a_resample_of_a_mean_leaves_infinite_images_apart():
    rows = pd.DataFrame({name: [30.0, 32.0, math.inf] for name in RestorationTask.columns})
    weights = np.array([[1.0, 1.0, 1.0], [2.0, 1.0, 0.0], [0.0, 0.0, 3.0]])
    resampled = RestorationTask.resampled(rows, weights)["psnr_y"]
    assert resampled[:2] == pytest.approx([31.0, 92 / 3])
    assert math.isnan(resampled[2])
