"""Bootstrap intervals over images, of any task that can count its rows with weights.

The draws are the same for every cell of as many images, so that differences and shares of two
derainers are resampled on the same images (Efron and Tibshirani, An Introduction to the
Bootstrap, 1993, section 8.3).
"""

import functools
import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

RESAMPLES = 1000
PERCENTILES = (2.5, 97.5)

MOST_IMAGES = 20_000
"""Above this the interval is narrower than what is printed, and resampling not worth its time."""


class Interval(NamedTuple):
    """A 95 % bootstrap interval over images; both ends NaN where there is none."""

    low: float
    high: float


NO_INTERVAL = Interval(math.nan, math.nan)


@functools.lru_cache(maxsize=2)
def draws(images: int) -> FloatArray:
    """Return (RESAMPLES, images): how often each image was drawn in each resample."""
    generator = np.random.default_rng(0)
    counts = np.empty((RESAMPLES, images))
    for row in counts:
        row[:] = np.bincount(generator.integers(0, images, images), minlength=images)
    counts.setflags(write=False)
    return counts


def can_be_resampled(images: int) -> bool:
    """Return whether an interval over that many images is made."""
    return 1 < images <= MOST_IMAGES


def interval_of(resampled: FloatArray) -> Interval:
    """Return the interval of a figure from its (RESAMPLES,) values, none if one is undefined."""
    if not np.isfinite(resampled).all():
        return NO_INTERVAL
    low, high = np.percentile(resampled, PERCENTILES)
    return Interval(float(low), float(high))


def mean_interval(values: FloatArray) -> Interval:
    """Return the interval of the mean of (images,) values, none for one image or too many."""
    if not can_be_resampled(len(values)):
        return NO_INTERVAL
    return interval_of(draws(len(values)) @ values / len(values))
