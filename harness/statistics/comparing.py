"""Derainers compared with the bounds on the same images, for any task and metric."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from harness.metric import Metric
from harness.run_folder.summary import Comparison
from harness.statistics.recovery import loses_to_rain, recovered_share, share_interval
from harness.statistics.resampling import (
    NO_INTERVAL,
    FloatArray,
    Interval,
    interval_of,
    mean_interval,
)


@dataclass(frozen=True)
class CellFigures:
    """What is known of one cell, apart from its place.

    Attributes:
        rows: Those that did not fail, sorted by image.
        values: By metric.
        resampled: By metric, (R,) values on the draws of as many images.
    """

    rows: pd.DataFrame
    values: Mapping[str, float]
    resampled: Mapping[str, FloatArray] = field(default_factory=dict)

    @property
    def images(self) -> list[str]:
        """The ids of the images that did not fail."""
        return list(self.rows["image"])


def compare(
    place: tuple[str, str, str],
    name: str,
    metric: Metric,
    cell: CellFigures,
    lower: CellFigures,
    upper: CellFigures | None,
    can_lose: bool,
) -> Comparison:
    """Compare a derainer with the bounds by one metric.

    Args:
        place: Names of rain set, derainer and task.
        name: Of the metric.
        metric: What is known of it.
        cell: The derainer's figures.
        lower: Those of the rainy input.
        upper: Those of the clean image, None where there is none.
        can_lose: Whether rain can cost the task something.
    """
    sign = metric.direction or 1
    gains = per_image_gains(cell.rows, lower.rows, name)
    if gains is not None:
        gains = sign * gains
        finite = gains[np.isfinite(gains)]
        count, gain = len(finite), float(finite.mean()) if len(finite) else math.nan
        interval = mean_interval(finite)
        gaining = float((gains > 0).mean()) if len(gains) and metric.direction else math.nan
    else:
        count, gaining = len(cell.rows), math.nan
        gain = sign * (cell.values[name] - lower.values.get(name, math.nan))
        interval = _difference_interval(sign, name, cell, lower)
    share, of_share = math.nan, NO_INTERVAL
    if can_lose and upper is not None:
        share, of_share = _share(name, metric, cell, lower, upper)
    return Comparison(*place, name, count, gain, *interval, gaining, share, *of_share)


def per_image_gains(rows: pd.DataFrame, lower: pd.DataFrame, name: str) -> FloatArray | None:
    """Return the differences to the rainy input, image by image, in the images' order.

    One picture that is exact, of PSNR infinity, gains or loses infinitely; two of them nothing.

    Args:
        rows: Of the derainer.
        lower: Of the rainy input.
        name: Of the metric; None is returned where it is not known of each image, in numbers.
    """
    if not all(name in one and is_numeric_dtype(one[name]) for one in (rows, lower)):
        return None
    pairs = rows[["image", name]].merge(lower[["image", name]], on="image")
    restored, rainy = (pairs[f"{name}_{side}"].to_numpy(np.float64) for side in "xy")
    with np.errstate(invalid="ignore"):
        gains: FloatArray = np.where(restored == rainy, 0.0, restored - rainy)
    known: FloatArray = gains[~np.isnan(gains)]
    return known


def _difference_interval(sign: int, name: str, cell: CellFigures, lower: CellFigures) -> Interval:
    if not _paired(name, cell, lower):
        return NO_INTERVAL
    return interval_of(sign * (cell.resampled[name] - lower.resampled[name]))


def _share(
    name: str, metric: Metric, cell: CellFigures, lower: CellFigures, upper: CellFigures
) -> tuple[float, Interval]:
    start, end = (one.values.get(name, math.nan) for one in (lower, upper))
    least = metric.least_loss
    if not loses_to_rain(start, end, metric.direction, least):
        return math.nan, NO_INTERVAL
    share = recovered_share(start, cell.values[name], end, least)
    if not _paired(name, cell, lower, upper):
        return share, NO_INTERVAL
    drawn = [one.resampled[name] for one in (lower, cell, upper)]
    return share, share_interval(drawn[0], drawn[1], drawn[2], metric.direction, least)


def _paired(name: str, *cells: CellFigures) -> bool:
    """Return whether the cells were resampled on the same images."""
    return all(name in one.resampled and one.images == cells[0].images for one in cells)
