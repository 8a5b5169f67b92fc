"""Bootstrap intervals against scipy's, and by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import bootstrap, sem, ttest_1samp

from harness.statistics.resampling import (
    LEAST_IMAGES,
    draws,
    interval_of,
    mean_interval,
    standard_error,
)
from tasks.restoration import RestorationTask
from tasks.segmentation import SegmentationTask


def test_interval_of_a_mean_is_near_scipys():
    values = np.random.default_rng(3).normal(1.0, 2.0, 80)
    theirs = bootstrap(
        (values,), np.mean, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    ours = mean_interval(values)
    assert ours.low == pytest.approx(theirs.low, abs=0.08)
    assert ours.high == pytest.approx(theirs.high, abs=0.08)


def test_the_interval_of_a_mean_of_few_images_is_as_wide_as_students():
    values = np.random.default_rng(5).normal(1.0, 2.0, 12)
    theirs = ttest_1samp(values, 0).confidence_interval(0.95)
    ours = mean_interval(values)
    assert ours.high - ours.low == pytest.approx(theirs.high - theirs.low, rel=0.12)


def test_too_few_images_have_no_interval():
    values = np.arange(LEAST_IMAGES, dtype=float)
    assert math.isfinite(mean_interval(values).low)
    assert math.isnan(mean_interval(values[1:]).low)
    assert math.isnan(standard_error(np.ones(5), LEAST_IMAGES - 1))


def test_the_standard_error_of_a_mean_is_the_known_one():
    values = np.random.default_rng(6).normal(0, 3, 30)
    resampled = draws(30) @ values / 30
    assert standard_error(resampled, 30) == pytest.approx(sem(values), rel=0.06)


def test_an_undefined_resample_leaves_no_interval():
    assert math.isnan(interval_of(np.array([1.0, math.nan]), 20).low)


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
