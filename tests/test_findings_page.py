"""Every figure of docs/findings.md stands in a committed table, at the place that it names."""

import re
from pathlib import Path

import pandas as pd
import pytest

DOCS = Path(__file__).parent.parent / "docs"
FIGURE = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])+)\]\((\S+) \"([^\"]+)\"\)")
"""A figure as a link: the figure, the table's file, and ``rain set | row | column``.

Of ``correlations.csv`` it is ``rain set | over what | task/metric``, with the interval.
"""

NUMBER = re.compile(r"\d+\.\d+|\d+ ?%|(?<![\w.])\.\d+")


def cell(text: str, section: str, row: str, column: str) -> str:
    """Return a cell of one of the tables of a Markdown file, without its marks."""
    part = text.split(f"\n## {section}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    cells = [[_plain(one) for one in line.strip("|").split(" | ")] for line in lines]
    place, *_ = [
        number for number, name in enumerate(cells[0]) if name == column
    ]  # of the first metric
    (found,) = [line for line in cells[2:] if line[0] == row]
    return found[place]


def _plain(cell: str) -> str:
    return re.sub(r"</?\w+>|[*▼†‡§\\]", "", cell).strip()


def correlation(path: Path, rain_set: str, over: str, column: str) -> str:
    """Return a rank correlation with its interval, in two decimals."""
    task, _, metric = column.partition("/")
    rows = pd.read_csv(path).set_index(["rain_set", "over", "task", "metric"])
    found = rows.loc[(rain_set, over, task, metric)]
    low, value, high = (f"{found[name]:.2f}" for name in ("low", "correlation", "high"))
    told = f"{value} [{low}, {high}]".replace("-0.00", "0.00")
    return told.replace("-", "\N{MINUS SIGN}")


def figures() -> list[tuple[str, str, str]]:
    return FIGURE.findall((DOCS / "findings.md").read_text())


@pytest.mark.parametrize(("figure", "file", "place"), figures())
def test_a_figure_is_that_of_its_table(figure: str, file: str, place: str) -> None:
    section, row, column = place.split(" | ")
    path = DOCS / file
    if path.suffix == ".csv":
        found = correlation(path, section, row, column)
    else:
        found = cell(path.read_text(), section, row, column)
    assert found == figure or found.startswith(f"{figure} ["), f"{place}: {found}"


def test_no_other_figure_is_told() -> None:
    left = FIGURE.sub("", (DOCS / "findings.md").read_text())
    assert not NUMBER.findall(left)
    assert len(figures()) > 20
