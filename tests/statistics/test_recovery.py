import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import kendalltau, ttest_1samp

from harness.metric import Metric
from harness.statistics.agreement import agreement
from harness.statistics.recovery import fieller_interval, loses_to_rain, recovered_share
from harness.statistics.resampling import draws

LEAST = Metric("AP").least_loss
fractions = st.floats(0, 1)


@given(rainy=fractions, clean=fractions, share=st.floats(-2, 2))
def test_mixing_the_references_recovers_the_mixture(rainy, clean, share):
    recovered = recovered_share(rainy, rainy + share * (clean - rainy), clean, LEAST)
    if abs(clean - rainy) >= LEAST:
        assert recovered == pytest.approx(share, abs=1e-9)
    else:
        assert math.isnan(recovered)


@given(rainy=fractions, derained=fractions, clean=fractions)
def test_the_ends_are_0_and_1_and_units_do_not_matter(rainy, derained, clean):
    if abs(clean - rainy) < LEAST:
        return
    assert recovered_share(rainy, rainy, clean, LEAST) == 0
    assert recovered_share(rainy, clean, clean, LEAST) == 1
    in_points = recovered_share(100 * rainy, 100 * derained, 100 * clean, LEAST)
    assert in_points == pytest.approx(recovered_share(rainy, derained, clean, LEAST), abs=1e-9)


@given(rainy=fractions, derained=fractions, clean=fractions)
def test_a_better_figure_never_recovers_less(rainy, derained, clean):
    lower = recovered_share(rainy, derained, clean, LEAST)
    if loses_to_rain(rainy, clean, 1, LEAST):
        assert recovered_share(rainy, derained + 0.1, clean, LEAST) > lower


@pytest.mark.parametrize("values", [(1, math.inf, 2), (1, 1.5, math.inf), (math.nan, 1, 2)])
def test_what_is_not_finite_has_no_share(values):
    assert math.isnan(recovered_share(*values, LEAST))


def test_rain_that_helps_costs_nothing():
    assert not loses_to_rain(0.5, 0.4, 1, LEAST)
    assert loses_to_rain(0.5, 0.4, -1, LEAST)
    assert not loses_to_rain(0.5, 0.4, 0, LEAST)
    assert not loses_to_rain(0.5, math.inf, 1, LEAST)


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=2, max_size=8))
def test_agreement_is_kendalls_count_of_concordant_pairs(points):
    first, second = [float(a) for a, _ in points], [float(b) for _, b in points]
    found = agreement(first, second)
    if found.pairs == 0:
        return
    if len(set(first)) == len(first) and len(set(second)) == len(second):
        tau = kendalltau(first, second).statistic
        assert 2 * found.agreeing / found.pairs - 1 == pytest.approx(tau)


def of_means(gains, losses):
    images = len(gains)
    drawn = [draws(images) @ one / images for one in (gains, losses)]
    return fieller_interval(gains.mean(), losses.mean(), *drawn, images)


def test_the_ends_of_a_share_are_where_a_t_test_of_gain_less_share_of_loss_is_at_5_percent():
    rng = np.random.default_rng(3)
    losses = rng.normal(0.3, 0.2, 25)
    gains = 0.6 * losses + rng.normal(0, 0.05, 25)
    low, high = of_means(gains, losses)

    def beyond(share):
        return ttest_1samp(gains - share * losses, 0).pvalue - 0.05

    share = gains.mean() / losses.mean()
    assert low == pytest.approx(brentq(beyond, share - 1, share), abs=0.02)
    assert high == pytest.approx(brentq(beyond, share, share + 1), abs=0.02)


def test_a_loss_within_noise_leaves_no_share():
    rng = np.random.default_rng(4)
    losses = rng.normal(0.026, 0.1, 40)
    assert ttest_1samp(losses, 0).pvalue > 0.05
    assert math.isnan(of_means(1.24 * losses, losses).low)
    assert math.isnan(of_means(np.ones(5), np.ones(5)).low)  # too few images
