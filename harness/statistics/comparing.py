"""Derainers compared with the bounds and each other on the same images, for any task and metric."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from harness.metric import Metric
from harness.run_folder.summary import Comparison, Harmed, Pair
from harness.statistics.recovery import fieller_interval, loses_to_rain, recovered_share
from harness.statistics.resampling import (
    LEAST_IMAGES,
    NO_INTERVAL,
    FloatArray,
    Interval,
    can_be_resampled,
    interval_of,
    mean_interval,
    standard_error,
)
from harness.statistics.testing import difference_test, holm, signed_rank_test


@dataclass(frozen=True)
class CellFigures:
    """What is known of one cell, apart from its place.

    Attributes:
        rows: Those that did not fail, sorted by image.
        values: By metric.
        resampled: By metric, (R,) values on the draws of as many images.
        own: By metric, (N,) values of each image by itself, NaN where it has none.
    """

    rows: pd.DataFrame
    values: Mapping[str, float]
    resampled: Mapping[str, FloatArray] = field(default_factory=dict)
    own: Mapping[str, FloatArray] = field(default_factory=dict)

    @property
    def images(self) -> list[str]:
        """The ids of the images that did not fail."""
        return list(self.rows["image"])

    def of_images(self, name: str) -> pd.Series | None:
        """Return a metric of each image by itself, by its id; None where it is not known."""
        if name in self.rows and is_numeric_dtype(self.rows[name]):
            return pd.Series(self.rows[name].to_numpy(np.float64), self.images)
        return pd.Series(self.own[name], self.images) if name in self.own else None


@dataclass(frozen=True)
class Difference:
    """By how much one cell's figure is better than another's; NaN for what is not known.

    Attributes:
        n: Images that it stands on.
        value: In the metric's unit, above 0 where the first is better.
        interval: Of 95 % over images.
        p: Of a difference as far from 0 among equals.
        of_images: (n,) the images' own differences, empty where they are not known.
    """

    n: int
    value: float
    interval: Interval
    p: float
    of_images: FloatArray


def difference(name: str, metric: Metric, first: CellFigures, second: CellFigures) -> Difference:
    """Return by how much the first cell is better by a metric, on the images of both."""
    sign = metric.direction or 1
    own = sign * _own_differences(name, first, second)
    if name in first.rows and len(own):
        finite = own[np.isfinite(own)]
        value = float(finite.mean()) if len(finite) else math.nan
        interval = mean_interval(finite)
        p = math.nan
        if can_be_resampled(len(finite)):
            error = float(finite.std(ddof=1)) / math.sqrt(len(finite))
            p = difference_test(value, error, len(finite))
        return Difference(len(finite), value, interval, p, own)
    value = sign * (first.values.get(name, math.nan) - second.values.get(name, math.nan))
    images = len(first.rows)
    if not _paired(name, first, second):
        return Difference(images, value, NO_INTERVAL, math.nan, own)
    resampled = sign * (first.resampled[name] - second.resampled[name])
    interval = interval_of(resampled, images)
    p = difference_test(value, standard_error(resampled, images), images)
    return Difference(images, value, interval, p, own)


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
        upper: Those of the clean image, None where there is none, or where it is the derainer.
        can_lose: Whether rain can cost the task something.
    """
    found = difference(name, metric, cell, lower)
    share, of_share = math.nan, NO_INTERVAL
    if can_lose and upper is not None:
        share, of_share = _share(name, metric, cell, lower, upper)
    images = found.of_images if metric.direction else np.zeros(0)
    return Comparison(
        *place,
        name,
        found.n,
        found.value,
        *found.interval,
        gaining=float((images > 0).mean()) if len(images) else math.nan,
        share=share,
        share_low=of_share.low,
        share_high=of_share.high,
        harmed=float((images < 0).mean()) if len(images) else math.nan,
        p=found.p,
        wilcoxon=signed_rank_test(found.of_images),
    )


def compare_pair(
    place: tuple[str, str],
    name: str,
    metric: Metric,
    first: tuple[str, CellFigures],
    second: tuple[str, CellFigures],
) -> Pair:
    """Compare two derainers with each other by one metric.

    Args:
        place: Names of rain set and task.
        name: Of the metric.
        metric: What is known of it.
        first: Name and figures of a derainer.
        second: Those of another.
    """
    found = difference(name, metric, first[1], second[1])
    wilcoxon = signed_rank_test(found.of_images)
    low, high = found.interval
    names = (first[0], second[0])
    return Pair(*place, name, *names, found.n, found.value, low, high, found.p, math.nan, wilcoxon)


def harmed_images(
    place: tuple[str, str, str], name: str, metric: Metric, cell: CellFigures, lower: CellFigures
) -> list[Harmed]:
    """Return the images whose own figure is worse than the rainy one's, the worst first.

    Args:
        place: Names of rain set, derainer and task.
        name: Of the metric.
        metric: What is known of it.
        cell: The derainer's figures.
        lower: Those of the rainy input.
    """
    mine, rainy = cell.of_images(name), lower.of_images(name)
    if mine is None or rainy is None or not metric.direction:
        return []
    table = pd.concat([rainy.rename("rainy"), mine.rename("derained")], axis=1, join="inner")
    found = [
        Harmed(*place, name, str(image), before, after, metric.direction * (after - before))
        for image, before, after in table.itertuples()
    ]
    return sorted((one for one in found if one.gain < 0), key=lambda one: one.gain)


def corrected(rows: list[Comparison], among: list[str]) -> list[Comparison]:
    """Return comparisons of one metric with Holm's correction for the derainers named."""
    mine = [one for one in rows if one.derainer in among]
    p_values = dict(zip((one.derainer for one in mine), holm([one.p for one in mine]), strict=True))
    # What bounds the table is a question of its own.
    return [one._replace(p_holm=p_values.get(one.derainer, one.p)) for one in rows]


def corrected_pairs(rows: list[Pair]) -> list[Pair]:
    """Return pairs of one metric with Holm's correction for all of them."""
    p_values = holm([one.p for one in rows])
    return [one._replace(p_holm=p) for one, p in zip(rows, p_values, strict=True)]


def _own_differences(name: str, first: CellFigures, second: CellFigures) -> FloatArray:
    """Return the differences, image by image; none where they are unknown."""
    mine, others = first.of_images(name), second.of_images(name)
    if mine is None or others is None:
        return np.zeros(0)
    return image_differences(mine, others)


def image_differences(first: pd.Series, second: pd.Series) -> FloatArray:
    """Return the differences of two derainers' figures, image by image, in the images' order.

    One picture that is exact, of PSNR infinity, gains or loses infinitely; two of them nothing.

    Args:
        first: Figures by image.
        second: Likewise, which are taken off; images that one of both lacks are left out.
    """
    both = pd.concat([first, second], axis=1, join="inner").to_numpy(np.float64)
    with np.errstate(invalid="ignore"):
        differences: FloatArray = np.where(both[:, 0] == both[:, 1], 0.0, both[:, 0] - both[:, 1])
    known: FloatArray = differences[~np.isnan(differences)]
    return known


def _share(
    name: str, metric: Metric, cell: CellFigures, lower: CellFigures, upper: CellFigures
) -> tuple[float, Interval]:
    """Return the recovered share and its interval; neither where the loss is within noise."""
    start, end = (one.values.get(name, math.nan) for one in (lower, upper))
    least = metric.least_loss
    if not loses_to_rain(start, end, metric.direction, least):
        return math.nan, NO_INTERVAL
    share = recovered_share(start, cell.values[name], end, least)
    images = len(cell.rows)
    if images < LEAST_IMAGES:
        return math.nan, NO_INTERVAL
    if not _paired(name, cell, lower, upper):
        return share, NO_INTERVAL
    interval = fieller_interval(
        cell.values[name] - start,
        end - start,
        cell.resampled[name] - lower.resampled[name],
        upper.resampled[name] - lower.resampled[name],
        images,
    )
    return (math.nan if math.isnan(interval.low) else share), interval


def _paired(name: str, *cells: CellFigures) -> bool:
    """Return whether the cells were resampled on the same images."""
    return all(name in one.resampled and one.images == cells[0].images for one in cells)
