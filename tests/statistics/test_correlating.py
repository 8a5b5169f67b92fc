"""Whether a better picture goes with a better prediction, against scipy's Spearman."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from harness.metric import Metric
from harness.statistics.comparing import CellFigures
from harness.statistics.correlating import Judged, over_derainers, over_images, spearman
from harness.statistics.resampling import draws

IMAGES = [f"{index:02}" for index in range(30)]
DERAINERS = ("a", "b", "c", "d")


def test_it_is_scipys_with_ties():
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 5, (2, 6, 12)).astype(float)
    expected = [spearmanr(*pair).statistic for pair in zip(first, second, strict=True)]
    assert spearman(first, second) == pytest.approx(expected)
    assert np.isnan(spearman(np.ones((1, 4)), first[:1, :4])).all()


@pytest.fixture
def judged():
    """Return PSNR, and an error that falls with it but for noise."""
    rng = np.random.default_rng(1)
    level = {name: 26.0 + index for index, name in enumerate(DERAINERS)} | {"rainy": 25.0}
    quality, errors = {}, {}
    for name, mean in level.items():
        psnr = mean + rng.normal(0, 1, len(IMAGES))
        error = 60 - psnr + rng.normal(0, 1, len(IMAGES))
        for cells, values, metric in ((quality, psnr, "psnr"), (errors, error, "error")):
            cells[name] = CellFigures(
                pd.DataFrame({"image": IMAGES, metric: values}),
                {metric: float(values.mean())},
                {metric: draws(len(IMAGES)) @ values / len(IMAGES)},
            )
    return (
        Judged("psnr", Metric("PSNR", higher_is_better=True), quality),
        Judged("error", Metric("error", higher_is_better=False), errors),
    )


def test_derainers_are_ordered_alike_when_less_error_goes_with_more_psnr(judged):
    found = over_derainers(*judged, DERAINERS)
    assert (found.derainers, found.n, found.correlation) == (4, 30, 1)
    assert np.isnan(found.interval).all()  # of an order that no resample changes
    assert over_derainers(*judged, DERAINERS[:2]) is None


def test_gains_of_images_are_correlated_derainer_by_derainer(judged):
    found = over_images(*judged, DERAINERS, "rainy")
    rows = [
        {name: of.cells[name].rows[of.name].to_numpy() for name in (*DERAINERS, "rainy")}
        for of in judged
    ]
    expected = np.mean(
        [
            spearmanr(rows[0][name] - rows[0]["rainy"], rows[1]["rainy"] - rows[1][name]).statistic
            for name in DERAINERS
        ]
    )
    assert found.correlation == pytest.approx(expected)
    assert found.interval.low < expected < found.interval.high
    assert over_images(*judged, DERAINERS, "nobody") is None


def test_one_that_does_the_very_same_as_another_counts_once(judged):
    twice = [Judged(of.name, of.metric, of.cells | {"again": of.cells["a"]}) for of in judged]
    assert over_derainers(*twice, (*DERAINERS, "again")) == over_derainers(*judged, DERAINERS)
    assert over_derainers(*twice, ("a", "b", "again")) is None
