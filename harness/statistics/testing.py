"""Whether differences are beyond noise: p-values, and their correction for many questions."""

import math
import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from harness.statistics.resampling import LEAST_IMAGES, FloatArray

MOST_SIGNS = 13
"""Differences up to which scipy's signed-rank test is exact also where some are equal or 0."""


class FriedmanTest(NamedTuple):
    """Friedman's test: chi-squared and its p-value, of n images."""

    n: int
    statistic: float
    p: float


def difference_test(value: float, error: float, images: int) -> float:
    """Return the two-sided p-value of a difference from its standard error, by Student's t.

    >>> round(difference_test(2.0, 1.0, 20), 4)
    0.06
    """
    if not (math.isfinite(value) and math.isfinite(error)):
        return math.nan
    if error == 0:
        return 1.0 if value == 0 else 0.0
    return float(2 * stats.t.sf(abs(value) / error, images - 1))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for as many questions as there are (Holm, 1979); NaN stays NaN.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    known = sorted((p, place) for place, p in enumerate(p_values) if not math.isnan(p))
    corrected = [math.nan] * len(p_values)
    highest = 0.0
    for asked, (p, place) in enumerate(known):
        highest = max(highest, min(1.0, (len(known) - asked) * p))
        corrected[place] = highest
    return corrected


def signed_rank_test(differences: FloatArray) -> float:
    """Return the two-sided p-value of Wilcoxon's signed-rank test of (N,) differences.

    Those of 0 say nothing, as Wilcoxon has it; infinite ones are the largest. NaN for too few.
    """
    if len(differences) < LEAST_IMAGES:
        return math.nan
    if not differences.any():
        return 1.0
    finite = differences[np.isfinite(differences)]
    farthest = 2 * float(np.abs(finite).max(initial=1.0))
    differences = np.clip(differences, -farthest, farthest)
    if len(differences) <= MOST_SIGNS:
        return _exact_signed_rank_test(differences[differences != 0])
    with warnings.catch_warnings():  # of ties, for which it takes the normal distribution
        warnings.simplefilter("ignore")
        return float(stats.wilcoxon(differences).pvalue)


def _exact_signed_rank_test(differences: FloatArray) -> float:
    """Return the p-value over all signs that differences other than 0 could have.

    scipy goes through all of them where some are tied, which takes seconds.
    """
    ranks = np.rint(2 * stats.rankdata(np.abs(differences))).astype(int)  # of ties, halves
    ways = np.array([1])  # in how many ways the ranks so far add up to each sum
    for rank in ranks:
        ways = np.pad(ways, (0, rank)) + np.pad(ways, (rank, 0))
    positive = int(ranks[differences > 0].sum())
    smaller, larger = ways[: positive + 1].sum(), ways[positive:].sum()
    return float(min(1.0, 2 * min(smaller, larger) / ways.sum()))


def friedman_test(figures: FloatArray) -> FriedmanTest | None:
    """Return Friedman's test of whether images order derainers alike, None where it cannot be had.

    Args:
        figures: (derainers, N) own figures of images; those that some derainer lacks are left out.
    """
    known = figures[:, ~np.isnan(figures).any(axis=0)]
    if len(known) < 3 or known.shape[1] < LEAST_IMAGES or (known == known[0]).all():
        return None
    statistic, p = stats.friedmanchisquare(*known)
    return FriedmanTest(known.shape[1], float(statistic), float(p))
