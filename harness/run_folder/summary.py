"""Every figure of a run, and what the figures say of derainers and metrics: a CSV file each."""

import io
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeVar, get_type_hints

import pandas as pd

from harness.errors import BenchError
from harness.images import write_bytes

SUMMARY, COMPARISONS = "summary.csv", "comparisons.csv"
PAIRS, FRIEDMAN, CORRELATIONS = "pairs.csv", "friedman.csv", "correlations.csv"
HARMED = "harmed.csv"
CSV_FILES = (SUMMARY, COMPARISONS, PAIRS, FRIEDMAN, CORRELATIONS, HARMED)
"""All that `write_all` writes."""

SIGNIFICANT = 0.05
"""A corrected p-value below it is taken for a difference."""

FAILED = "failed"
"""The metric that counts the images of a cell that failed; it has a row only where some did."""


class Figure(NamedTuple):
    """A row of ``summary.csv``: a metric of a cell.

    Attributes:
        rain_set: Its name.
        derainer: Its name.
        task: Its name.
        metric: For example ``psnr_y`` or ``iou/road``, or `FAILED`.
        value: In the metric's unit, NaN where it is not defined; of `FAILED`, how many images.
        n: Images behind it.
        signature: The protocol.
        low: Lower end of its 95 % interval over images, NaN where it has none.
        high: Upper end.
        infinite: Images whose value is infinite and counted apart.
        error: Why the cell has no figures though images were judged, "" if it has.
    """

    rain_set: str
    derainer: str
    task: str
    metric: str
    value: float
    n: int
    signature: str
    low: float = math.nan
    high: float = math.nan
    infinite: int = 0
    error: str = ""


class Comparison(NamedTuple):
    """A row of ``comparisons.csv``: a derainer, or the clean image, against the rainy input.

    All is of the same images. Every interval is of 95 % over images; NaN stands where something is
    not known.

    Attributes:
        rain_set: Its name.
        derainer: Its name; that of the upper bound stands for what rain costs.
        task: Its name.
        metric: Its name.
        n: Images that the gain stands on.
        gain: The figure less that of the lower bound, the other way round where less is better.
        gain_low: Lower end of its interval.
        gain_high: Upper end.
        gaining: Share of images whose own figure gains.
        share: Of what separates the bounds, how much was given back: 0 at the lower one, 1 at the
            upper one.
        share_low: Lower end of its interval.
        share_high: Upper end.
        harmed: Share of images whose own figure falls below the rainy input's.
        p: That of a gain as far from 0, if deraining changed nothing.
        p_holm: The same, corrected for all derainers of the rain set, task and metric.
        wilcoxon: p-value of Wilcoxon's signed-rank test of the images' own gains.
    """

    rain_set: str
    derainer: str
    task: str
    metric: str
    n: int
    gain: float
    gain_low: float = math.nan
    gain_high: float = math.nan
    gaining: float = math.nan
    share: float = math.nan
    share_low: float = math.nan
    share_high: float = math.nan
    harmed: float = math.nan
    p: float = math.nan
    p_holm: float = math.nan
    wilcoxon: float = math.nan

    @property
    def is_tested(self) -> bool:
        """Whether it is known if the gain is beyond noise."""
        return not math.isnan(self.p_holm)

    @property
    def harms(self) -> bool:
        """Whether the figure is worse than the rainy input's, within noise or beyond."""
        return self.gain < 0

    @property
    def surely_harms(self) -> bool:
        """Whether it is worse beyond noise."""
        return self.harms and self.p_holm < SIGNIFICANT

    @property
    def surely_gains(self) -> bool:
        """Whether the figure is better than the rainy input's beyond noise."""
        return self.gain > 0 and self.p_holm < SIGNIFICANT


class Pair(NamedTuple):
    """A row of ``pairs.csv``: two derainers against each other, on the same images.

    Attributes:
        rain_set: Its name.
        task: Its name.
        metric: Its name.
        first: Name of a derainer.
        second: Name of another.
        n: Images that the difference stands on.
        difference: The first one's figure less the second one's, the other way round where less is
            better: above 0 the first is ahead.
        low: Lower end of its 95 % interval.
        high: Upper end.
        p: That of a difference as far from 0, if both were alike.
        p_holm: The same, corrected for all pairs of the rain set, task and metric.
        wilcoxon: p-value of Wilcoxon's signed-rank test of the images' own differences.
    """

    rain_set: str
    task: str
    metric: str
    first: str
    second: str
    n: int
    difference: float
    low: float
    high: float
    p: float
    p_holm: float
    wilcoxon: float


class Friedman(NamedTuple):
    """A row of ``friedman.csv``: whether the images order the derainers alike.

    Attributes:
        rain_set: Its name.
        task: Its name.
        metric: Its name.
        derainers: How many.
        n: Images on which each of them has a figure.
        statistic: Friedman's chi-squared.
        p: Its p-value.
    """

    rain_set: str
    task: str
    metric: str
    derainers: int
    n: int
    statistic: float
    p: float


class Correlation(NamedTuple):
    """A row of ``correlations.csv``: whether a better picture goes with a better figure of a task.

    Attributes:
        rain_set: Its name.
        quality_task: The task that judges pictures.
        quality_metric: Its first metric.
        task: The task that rain can cost something.
        metric: Its first metric.
        over: ``derainers``: of their figures. ``images``: of the images' own gains over the rainy
            input, the mean over derainers.
        derainers: How many.
        n: Images.
        correlation: Spearman's, each metric counted in its better direction: 1 where both put all
            in one order.
        low: Lower end of its 95 % interval over images.
        high: Upper end.
    """

    rain_set: str
    quality_task: str
    quality_metric: str
    task: str
    metric: str
    over: str
    derainers: int
    n: int
    correlation: float
    low: float
    high: float


class Harmed(NamedTuple):
    """A row of ``harmed.csv``: an image whose own figure is worse than in the rain.

    Attributes:
        rain_set: Its name.
        derainer: Its name.
        task: Its name.
        metric: One that the joint table shows.
        image: Its id.
        rainy: The rainy image's own figure.
        derained: The restored image's.
        gain: By how much it is better, below 0.
    """

    rain_set: str
    derainer: str
    task: str
    metric: str
    image: str
    rainy: float
    derained: float
    gain: float


@dataclass(frozen=True)
class Summary:
    """What the records of a run come to.

    Attributes:
        figures: The metrics of every cell.
        comparisons: Of the derainers that compete, and the upper bound, with the lower bound.
        pairs: Of the derainers that compete with each other.
        friedman: Of all of them at once.
        correlations: Of restoration quality with the tasks that rain can cost something.
        harmed: The images that derainers harm, the worst of each first.
    """

    figures: list[Figure] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    friedman: list[Friedman] = field(default_factory=list)
    correlations: list[Correlation] = field(default_factory=list)
    harmed: list[Harmed] = field(default_factory=list)


Row = TypeVar("Row", Figure, Comparison, Pair, Friedman, Correlation, Harmed)


def write_all(directory: Path, summary: Summary) -> None:
    """Write ``summary.csv`` and its fellows into a run's folder; one without a row is removed."""
    write_summary(directory, summary.figures)
    write_comparisons(directory, summary.comparisons)
    _write_if_any(directory / PAIRS, Pair, summary.pairs)
    _write_if_any(directory / FRIEDMAN, Friedman, summary.friedman)
    _write_if_any(directory / CORRELATIONS, Correlation, summary.correlations)
    _write_if_any(directory / HARMED, Harmed, summary.harmed)


def read_all(directory: Path) -> Summary:
    """Read what `write_all` wrote; of the others none need be there.

    Raises:
        BenchError: If one of these is missing, or a file is damaged or lacks a column.
    """
    return Summary(
        read_summary(directory),
        read_comparisons(directory),
        _read_if_there(directory / PAIRS, Pair),
        _read_if_there(directory / FRIEDMAN, Friedman),
        _read_if_there(directory / CORRELATIONS, Correlation),
        _read_if_there(directory / HARMED, Harmed),
    )


def write_summary(directory: Path, figures: list[Figure]) -> None:
    """Write ``summary.csv`` into a run's folder."""
    _write(directory / SUMMARY, Figure, figures)


def write_comparisons(directory: Path, comparisons: list[Comparison]) -> None:
    """Write ``comparisons.csv`` into a run's folder."""
    _write(directory / COMPARISONS, Comparison, comparisons)


def read_summary(directory: Path) -> list[Figure]:
    """Read ``summary.csv``.

    Raises:
        BenchError: If it is missing, damaged or lacks a column.
    """
    return _read(directory / SUMMARY, Figure)


def read_comparisons(directory: Path) -> list[Comparison]:
    """Read ``comparisons.csv``, as `read_summary` does its file."""
    return _read(directory / COMPARISONS, Comparison)


def as_frame(kind: type[Row], rows: list[Row]) -> pd.DataFrame:
    """Return rows as a table with a column for each field."""
    return pd.DataFrame(rows, columns=list(kind._fields))


def _write(path: Path, kind: type[Row], rows: list[Row]) -> None:
    """Write rows with the digits that give the same floats back."""
    buffer = io.StringIO()
    as_frame(kind, rows).to_csv(buffer, index=False, lineterminator="\n")
    write_bytes(path, buffer.getvalue().encode())


def _write_if_any(path: Path, kind: type[Row], rows: list[Row]) -> None:
    if rows:
        _write(path, kind, rows)
    else:
        path.unlink(missing_ok=True)


def _read_if_there(path: Path, kind: type[Row]) -> list[Row]:
    return _read(path, kind) if path.exists() else []


def _read(path: Path, kind: type[Row]) -> list[Row]:
    """Read rows; what has a default may be missing, as in a file of an older version."""
    types = get_type_hints(kind)
    texts = {name: str for name, of in types.items() if of is str}
    numbers = [name for name, of in types.items() if of is not str]
    try:
        # A derainer may be called "NA" or "null": only columns of numbers have missing entries.
        table = pd.read_csv(
            path,
            dtype=texts,
            keep_default_na=False,
            na_values={name: ["", "nan", "NaN"] for name in numbers},
        )
    except FileNotFoundError as error:
        raise BenchError(
            f"{path}: no such file; a report is made from the folder of a run"
        ) from error
    except (ValueError, OSError) as error:
        raise BenchError(
            f"{path}: damaged ({error}); `rdmc-bench report {path.parent}` makes it anew"
        ) from error
    missing = [
        name for name in kind._fields if name not in table and name not in kind._field_defaults
    ]
    if missing:
        raise BenchError(f"{path}: lacks the columns {', '.join(missing)}")
    columns = []
    for name in kind._fields:
        default = kind._field_defaults.get(name)
        column = table[name].tolist() if name in table else [default] * len(table)
        columns.append([types[name](value) for value in column])
    return [kind(*row) for row in zip(*columns, strict=True)]
