"""Tests of differences against scipy's, and Holm's correction against its definition."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import friedmanchisquare, wilcoxon

from harness.statistics.testing import difference_test, friedman_test, holm, signed_rank_test


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_rejects_what_going_down_the_list_rejects(p_values):
    """Holm (1979): reject in order of p while p is at most level / (questions left)."""
    for level in (0.01, 0.05, 0.3):
        rejected = set()
        for asked, place in enumerate(np.argsort(p_values, kind="stable")):
            if p_values[place] * (len(p_values) - asked) > level:
                break
            rejected.add(int(place))
        assert {place for place, p in enumerate(holm(p_values)) if p <= level} == rejected


def test_questions_without_an_answer_are_not_counted():
    corrected = holm([0.01, math.nan, 0.03])
    assert corrected[0] == 0.02 and math.isnan(corrected[1])


def test_wilcoxon_is_scipys_with_zeros_ties_and_infinite_ones():
    differences = np.random.default_rng(0).normal(0.3, 1, 24).round(1)
    differences[:3] = 0
    assert signed_rank_test(differences) == pytest.approx(wilcoxon(differences).pvalue)
    far = differences.copy()
    far[5] = math.inf  # of an exact picture: the largest rank, whatever the number
    near = np.where(np.isinf(far), 99.0, far)
    assert signed_rank_test(far) == pytest.approx(wilcoxon(near).pvalue)
    assert signed_rank_test(np.zeros(20)) == 1
    assert math.isnan(signed_rank_test(np.ones(5)))


@settings(max_examples=20)
@given(st.lists(st.integers(-6, 9), min_size=10, max_size=11))
def test_wilcoxon_of_few_is_scipys_over_all_signs(differences):
    found = signed_rank_test(np.array(differences, float))
    expected = wilcoxon(differences).pvalue if any(differences) else 1.0
    assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("count", [10, 13, 14])
def test_wilcoxon_without_ties_is_scipys(count):
    differences = np.random.default_rng(count).normal(0.4, 1, count)
    assert signed_rank_test(differences) == pytest.approx(wilcoxon(differences).pvalue, abs=1e-12)


def test_friedman_is_scipys_on_the_images_that_all_have():
    figures = np.random.default_rng(1).normal(0, 1, (4, 22)) + np.arange(4)[:, None] / 3
    figures[2, 7] = math.nan
    found = friedman_test(figures)
    theirs = friedmanchisquare(*np.delete(figures, 7, axis=1))
    assert found is not None and found.n == 21
    assert (found.statistic, found.p) == pytest.approx((theirs.statistic, theirs.pvalue))
    assert friedman_test(figures[:2]) is None and friedman_test(np.ones((3, 20))) is None


def test_a_difference_that_never_varies_is_sure_and_none_at_all_is_not():
    assert difference_test(1.0, 0.0, 20) == 0
    assert difference_test(0.0, 0.0, 20) == 1
