"""Bootstrap intervals over images, of any task that can count its rows with weights.

The draws are the same for every cell of as many images, so that differences and shares of two
derainers are resampled on the same images (Efron and Tibshirani, An Introduction to the
Bootstrap, 1993, section 8.3). Percentiles are taken at the tails that Student's t has beyond the
normal distribution, for few images vary less among themselves than the images that they stand for
(Hesterberg, What Teachers Should Know About the Bootstrap, 2015, section 5.3). What that gives,
beside other intervals, is shown by ``benchmarks/interval_coverage.py``.
"""

import functools
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

RESAMPLES = 1000
CONFIDENCE = 0.95

LEAST_IMAGES = 10
"""Below this an interval holds the truth too seldom, so that none is given."""

MOST_IMAGES = 20_000
"""Above this the interval is narrower than what is printed, and resampling not worth its time."""


WEIGHTS_AT_A_TIME = 500_000
"""Of images in resamples: 4 MB, which all resamples of five hundred images take."""


class Interval(NamedTuple):
    """A 95 % bootstrap interval over images; both ends NaN where there is none."""

    low: float
    high: float


NO_INTERVAL = Interval(math.nan, math.nan)


@functools.lru_cache(maxsize=2)
def _counts(images: int) -> npt.NDArray[np.uint8]:
    """Return (RESAMPLES, images) draws; that one image comes 256 times is beyond all chance."""
    generator = np.random.default_rng(0)
    counts = np.empty((RESAMPLES, images), np.uint8)
    for row in counts:
        row[:] = np.bincount(generator.integers(0, images, images), minlength=images)
    return counts


def draws(images: int) -> FloatArray:
    """Return (RESAMPLES, images): how often each image was drawn in each resample."""
    return _counts(images).astype(np.float64)


def draws_in_parts(images: int) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield `draws`, so many resamples at a time that memory does not grow with the images."""
    counts = _counts(images)
    at_a_time = max(1, WEIGHTS_AT_A_TIME // images)
    for start in range(0, RESAMPLES, at_a_time):
        yield counts[start : start + at_a_time]


def can_be_resampled(images: int) -> bool:
    """Return whether an interval over that many images is made."""
    return LEAST_IMAGES <= images <= MOST_IMAGES


def critical_t(images: int) -> float:
    """Return the standard errors to either side of a mean that 95 % confidence takes.

    >>> round(critical_t(21), 3)
    2.086
    """
    from scipy import stats  # takes its time, and a report that stands needs none of it

    return float(stats.t.ppf((1 + CONFIDENCE) / 2, images - 1))


def tail(images: int) -> float:
    """Return the share of the resamples that lies beyond either end of an interval.

    >>> round(tail(20), 4), round(tail(10_000), 4)
    (0.0159, 0.025)
    """
    from scipy import stats

    return float(stats.norm.cdf(-critical_t(images) * math.sqrt(images / (images - 1))))


def interval_of(resampled: FloatArray, images: int) -> Interval:
    """Return the interval of a figure from its (RESAMPLES,) values, none if one is undefined."""
    if not can_be_resampled(images) or not np.isfinite(resampled).all():
        return NO_INTERVAL
    low, high = np.quantile(resampled, [tail(images), 1 - tail(images)])
    return Interval(float(low), float(high))


def standard_error(resampled: FloatArray, images: int) -> float:
    """Return the standard error of a figure from its (RESAMPLES,) values; NaN as for intervals."""
    if not can_be_resampled(images) or not np.isfinite(resampled).all():
        return math.nan
    return float(np.std(resampled)) * math.sqrt(images / (images - 1))


def mean_interval(values: FloatArray) -> Interval:
    """Return the interval of the mean of (images,) values, none for too few or too many."""
    if not can_be_resampled(len(values)):
        return NO_INTERVAL
    drawn = [part @ values / len(values) for part in draws_in_parts(len(values))]
    return interval_of(np.concatenate(drawn), len(values))
