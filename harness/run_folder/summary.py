"""``summary.csv`` and ``comparisons.csv``: every figure of a run, and what it says of derainers."""

import io
import math
from pathlib import Path
from typing import NamedTuple, TypeVar, get_type_hints

import pandas as pd

from harness.errors import BenchError
from harness.images import write_bytes

SUMMARY, COMPARISONS = "summary.csv", "comparisons.csv"

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
    """A row of ``comparisons.csv``: a derainer against the bounds, on the same images.

    Every interval is of 95 % over images; NaN stands where something is not known.

    Attributes:
        rain_set: Its name.
        derainer: Its name.
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


Row = TypeVar("Row", Figure, Comparison)


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
