"""Does a better picture make a better prediction? Rank correlations, with intervals over images."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from harness.metric import Metric
from harness.statistics.comparing import CellFigures
from harness.statistics.resampling import (
    NO_INTERVAL,
    FloatArray,
    Interval,
    can_be_resampled,
    draws_in_parts,
    interval_of,
)

LEAST_DERAINERS = 3
"""Two are in one order or in the other, which says nothing."""

ELEMENTS_AT_A_TIME = 2**20
"""Of an array of resamples, of which several are held at a time."""


class RankCorrelation(NamedTuple):
    """Spearman's correlation, with the numbers of derainers and images that it stands on."""

    derainers: int
    n: int
    correlation: float
    interval: Interval


class Judged(NamedTuple):
    """The cells of one rain set, task and metric, by derainer."""

    name: str
    metric: Metric
    cells: Mapping[str, CellFigures]

    def value(self, derainer: str) -> float:
        """Return a derainer's figure, above another's where it is better; NaN without one."""
        cell = self.cells.get(derainer)
        figure = math.nan if cell is None else cell.values.get(self.name, math.nan)
        return self.metric.direction * figure

    def gains(self, derainer: str, lower: str) -> pd.Series | None:
        """Return what each image gains over the rainy input, by its id; None where not known."""
        cells = [self.cells.get(one) for one in (derainer, lower)]
        own = [cell.of_images(self.name) for cell in cells if cell is not None]
        if len(own) < 2 or own[0] is None or own[1] is None:
            return None
        return self.metric.direction * (own[0] - own[1])


def over_derainers(
    quality: Judged, task: Judged, derainers: Sequence[str]
) -> RankCorrelation | None:
    """Correlate the derainers' figures by two metrics; None for too few derainers.

    Derainers of the very same figures count once, as one that does the same as another here. The
    interval is of the correlations in the resamples of the images; where all are equal it says
    nothing, and there is none.
    """
    both = (quality, task)
    figures = {one: tuple(of.value(one) for of in both) for one in derainers}
    first = {pair: one for one, pair in reversed(figures.items()) if all(map(math.isfinite, pair))}
    known = [one for one, pair in figures.items() if first.get(pair) == one]
    if len(known) < LEAST_DERAINERS:
        return None
    (correlation,) = spearman(*(np.array([[of.value(one) for one in known]]) for of in both))
    cells = [of.cells[one] for of in both for one in known]
    images, interval = cells[0].images, NO_INTERVAL
    if all(of.name in of.cells[one].resampled for of in both for one in known) and all(
        cell.images == images for cell in cells
    ):
        drawn = (
            of.metric.direction * np.stack([of.cells[one].resampled[of.name] for one in known], 1)
            for of in both
        )
        interval = interval_of(spearman(*drawn), len(images))
    if interval.low == interval.high:
        interval = NO_INTERVAL
    return RankCorrelation(len(known), len(images), float(correlation), interval)


def over_images(
    quality: Judged, task: Judged, derainers: Sequence[str], lower: str
) -> RankCorrelation | None:
    """Correlate what images gain over the rainy input by two metrics, averaged over derainers.

    Only images count of which every gain is known and finite. All derainers are resampled on the
    same images. None for too few images.
    """
    gains = {one: (quality.gains(one, lower), task.gains(one, lower)) for one in derainers}
    pairs = [pair for pair in gains.values() if pair[0] is not None and pair[1] is not None]
    if not pairs:
        return None
    table = pd.concat([series for pair in pairs for series in pair], axis=1, join="inner")
    known = table.to_numpy()
    known = known[np.isfinite(known).all(axis=1)].T.reshape(len(pairs), 2, -1)
    images = known.shape[-1]
    if not can_be_resampled(images):
        return None
    (whole,) = _mean_over(known, np.arange(images)[None])
    drawn = [_mean_over(known, _chosen(part)) for part in draws_in_parts(images)]
    interval = interval_of(np.concatenate(drawn), images)
    return RankCorrelation(len(pairs), images, float(whole), interval)


def spearman(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return (R,) rank correlations of the rows of two (R, K) arrays, NaN where one is constant.

    >>> spearman(np.array([[1.0, 2.0, 3.0]]), np.array([[2.0, 9.0, 5.0]])).tolist()
    [0.5]
    """
    ranks = [stats.rankdata(one, axis=1) for one in (first, second)]
    centred = [one - one.mean(axis=1, keepdims=True) for one in ranks]
    together = (centred[0] * centred[1]).sum(axis=1)
    squares = [(one**2).sum(axis=1) for one in centred]
    with np.errstate(invalid="ignore"):
        correlations: FloatArray = together / np.sqrt(squares[0] * squares[1])
    return correlations


def _chosen(drawn: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Return (R, N) indices of images, of how often each was drawn."""
    return np.stack([np.repeat(np.arange(len(one)), one) for one in drawn])


def _mean_over(gains: FloatArray, chosen: npt.NDArray[np.int64]) -> FloatArray:
    """Return (R,) mean correlations over derainers, of (R, N) chosen images.

    Args:
        gains: (derainers, 2, N).
        chosen: Indices of images.
    """
    parts = np.array_split(chosen, max(1, chosen.size // ELEMENTS_AT_A_TIME))
    means = [
        np.stack([spearman(quality[part], task[part]) for quality, task in gains]).mean(axis=0)
        for part in parts
    ]
    joined: FloatArray = np.concatenate(means)
    return joined
