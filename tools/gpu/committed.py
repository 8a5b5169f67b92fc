"""The committed tables, which a CPU computed, that the figures of a GPU stand beside."""

import csv
from pathlib import Path
from typing import NamedTuple

REFERENCE = Path(__file__).resolve().parents[2] / "results" / "reference"

PAIRS = 20

RAIN100L = REFERENCE / f"rain100l-first-{PAIRS}" / "summary.csv"
"""Every derainer on the first pairs of Rain100L."""

STREETS = REFERENCE / "streets" / "summary.csv"
"""The built-in benchmark."""


class Figure(NamedTuple):
    """What names a figure of a table."""

    rain_set: str
    derainer: str
    task: str
    metric: str


def read_figures(summary: Path) -> dict[Figure, float]:
    """Return the figures of a ``summary.csv``; infinite and missing ones are left out."""
    found = {}
    with summary.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["value"] not in {"", "nan", "inf", "-inf"}:
                figure = Figure(row["rain_set"], row["derainer"], row["task"], row["metric"])
                found[figure] = float(row["value"])
    return found


def psnr_of_pairs(derainer: str) -> float | None:
    """Return the PSNR-Y of a derainer on the pairs, 8 bits by truncation; None if unknown."""
    return read_figures(RAIN100L).get(Figure("Rain100L", derainer, "restoration", "psnr_y"))
