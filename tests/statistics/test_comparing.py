"""Derainers against the bounds: gains and shares, and their intervals."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_1samp, ttest_rel, wilcoxon

from harness.metric import Metric
from harness.statistics.comparing import CellFigures, compare, compare_pair
from harness.statistics.resampling import draws, mean_interval

IMAGES = [f"{index:02}" for index in range(15)]
PLACE = ("set", "net", "task")


def cell(values, images=IMAGES, per_image=True):
    """Return what is known of a cell whose metric is the mean of these values."""
    rows = pd.DataFrame({"image": images})
    if per_image:
        rows["error"] = values
    resampled = {"error": draws(len(values)) @ values / len(values)}
    return CellFigures(rows, {"error": float(np.mean(values))}, resampled)


@pytest.fixture
def values():
    rng = np.random.default_rng(4)
    rainy = rng.uniform(4, 6, len(IMAGES))
    return {"rainy": rainy, "net": rainy - rng.uniform(0, 2, len(IMAGES)), "clean": rainy - 3}


def compared(values, metric, can_lose=True, per_image=True):
    cells = {name: cell(of, per_image=per_image) for name, of in values.items()}
    return compare(PLACE, "error", metric, cells["net"], cells["rainy"], cells["clean"], can_lose)


def test_less_error_is_a_gain_and_gives_back_what_rain_added(values):
    one = compared(values, Metric("error", higher_is_better=False))
    assert one.gain == pytest.approx((values["rainy"] - values["net"]).mean())
    assert one.gaining == 1
    assert one.share == pytest.approx(one.gain / 3)
    assert one.share_low < one.share < one.share_high
    assert (one.gain_low, one.gain_high) == mean_interval(values["rainy"] - values["net"])


def test_p_values_of_means_are_those_of_a_paired_t_test_and_of_wilcoxons(values):
    one = compared(values, Metric("error", higher_is_better=False))
    gains = values["rainy"] - values["net"]
    assert one.p == pytest.approx(ttest_rel(values["rainy"], values["net"]).pvalue)
    assert one.wilcoxon == pytest.approx(wilcoxon(gains).pvalue)
    assert one.harmed == (gains < 0).mean()


def test_the_p_value_of_a_figure_of_the_whole_set_is_near_that_of_the_images(values):
    values["net"] = values["rainy"] - np.random.default_rng(1).normal(0.4, 1, len(IMAGES))
    metric = Metric("error", higher_is_better=False)
    whole = compared(values, metric, per_image=False)
    assert whole.p == pytest.approx(compared(values, metric).p, abs=0.02)


def test_images_harmed_are_known_of_whole_set_figures_too(values):
    cells = {name: cell(of, per_image=False) for name, of in values.items()}
    own = values["rainy"] - 1
    own[:3] += 2
    for name, of in (("net", own), ("rainy", values["rainy"])):
        cells[name] = CellFigures(
            cells[name].rows, cells[name].values, cells[name].resampled, {"error": of}
        )
    metric = Metric("error", higher_is_better=False)
    told = compare(PLACE, "error", metric, cells["net"], cells["rainy"], None, True)
    assert told.harmed == pytest.approx(3 / 15) and told.gaining == pytest.approx(12 / 15)
    assert told.wilcoxon == pytest.approx(wilcoxon(values["rainy"] - own).pvalue)


def test_a_share_of_a_loss_within_noise_is_not_told(values):
    noise = np.random.default_rng(8).normal(0, 1, len(IMAGES))
    values["clean"] = values["rainy"] - (0.2 + noise - noise.mean())
    metric = Metric("error", higher_is_better=False, digits=2)
    lost = values["rainy"] - values["clean"]
    assert lost.mean() > metric.least_loss and ttest_1samp(lost, 0).pvalue > 0.05
    assert math.isnan(compared(values, metric).share)


def test_too_few_images_have_a_gain_and_nothing_else(values):
    few = {name: of[:5] for name, of in values.items()}
    cells = {name: cell(of, IMAGES[:5]) for name, of in few.items()}
    metric = Metric("error", higher_is_better=False)
    one = compare(PLACE, "error", metric, cells["net"], cells["rainy"], cells["clean"], True)
    assert one.gain > 0
    assert all(math.isnan(of) for of in (one.gain_low, one.p, one.share, one.wilcoxon))


def test_a_pair_turned_round_is_the_same_question(values):
    metric = Metric("error", higher_is_better=False)
    cells = {name: cell(of) for name, of in values.items()}
    sides = ("net", cells["net"]), ("rainy", cells["rainy"])
    there = compare_pair(("set", "task"), "error", metric, *sides)
    back = compare_pair(("set", "task"), "error", metric, *sides[::-1])
    assert there.difference == -back.difference > 0
    assert (there.p, there.wilcoxon) == pytest.approx((back.p, back.wilcoxon))
    assert there.low == pytest.approx(-back.high)


def test_where_more_is_better_the_same_figures_are_harm(values):
    one = compared(values, Metric("score", higher_is_better=True))
    assert one.gain < 0 and one.gaining == 0
    assert math.isnan(one.share)  # rain costs nothing of it


def test_where_nobody_says_which_is_better_there_is_a_difference_and_no_more(values):
    one = compared(values, Metric("fact"))
    assert one.gain == pytest.approx((values["net"] - values["rainy"]).mean())
    assert math.isnan(one.gaining) and math.isnan(one.share)


def test_a_task_that_cannot_lose_has_no_share(values):
    one = compared(values, Metric("error", higher_is_better=False), can_lose=False)
    assert one.gain > 0 and math.isnan(one.share)


def test_a_figure_of_the_whole_set_is_compared_by_its_resamples(values):
    whole = compared(values, Metric("error", higher_is_better=False), per_image=False)
    by_image = compared(values, Metric("error", higher_is_better=False))
    assert whole.gain == pytest.approx(by_image.gain)
    assert (whole.gain_low, whole.gain_high) == pytest.approx(
        (by_image.gain_low, by_image.gain_high)
    )
    assert math.isnan(whole.gaining)


def test_other_images_have_no_interval(values):
    fewer = cell(values["net"][:-1], IMAGES[:-1])
    rainy, clean = cell(values["rainy"]), cell(values["clean"])
    metric = Metric("error", higher_is_better=False)
    one = compare(PLACE, "error", metric, fewer, rainy, clean, True)
    assert one.n == len(IMAGES) - 1
    assert math.isfinite(one.share) and math.isnan(one.share_low)


def test_a_column_of_lists_is_no_metric_of_an_image(values):
    cells = {name: cell(of) for name, of in values.items()}
    for one in cells.values():
        one.rows["error"] = [[level, "a word"] for level in one.rows["error"]]
    told = compare(
        PLACE, "error", Metric("error"), cells["net"], cells["rainy"], cells["clean"], True
    )
    assert told.gain == pytest.approx((values["net"] - values["rainy"]).mean())
    assert math.isnan(told.gaining)


def test_infinite_images_are_in_no_mean_gain_and_gain_or_lose_all_the_same(values):
    metric = Metric("score", higher_is_better=True)
    values["net"] = values["rainy"] + 1
    values["net"][:2] = math.inf  # restored exactly
    values["rainy"][2] = math.inf  # spoilt
    values["net"][3] = values["rainy"][3] = math.inf  # left exact: no gain
    one = compared(values, metric)
    assert (one.n, one.gain) == (
        len(IMAGES) - 3,
        pytest.approx((len(IMAGES) - 4) / (len(IMAGES) - 3)),
    )
    assert one.gaining == pytest.approx((len(IMAGES) - 2) / len(IMAGES))
