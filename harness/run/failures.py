"""What a run could not do, a line for each part of it, with the cause."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from harness.alike_causes import kind_of_cause
from harness.run_folder.records import Cell
from harness.run_folder.summary import Figure
from harness.wording import counted, some_and_more


class _Failed(NamedTuple):
    """What failed in a cell.

    Attributes:
        causes: Each image with its cause, at least one.
        images: How many the cell has.
    """

    causes: tuple[tuple[str, str], ...]
    images: int

    def __str__(self) -> str:
        """Return how many failed, and the first cause."""
        image, first = self.causes[0]
        kinds = len({kind_of_cause(cause, of) for of, cause in self.causes})
        others = f" (and {counted(kinds - 1, 'other cause')}: see the report)" * (kinds > 1)
        return f"{len(self.causes)} of {self.images} images failed; {image}: {first}{others}"


def all_failures(
    unopened: Mapping[str, str],
    records: Mapping[str, pd.DataFrame],
    figures: Sequence[Figure],
    lost: Sequence[Cell],
) -> list[str]:
    """Return a line for all that failed in a run.

    Args:
        unopened: The cause for each rain set that could not be opened.
        records: The rows of each task.
        figures: Of the summary.
        lost: The cells of which no row came.
    """
    return [
        *(f"rain set {name}: {cause}" for name, cause in unopened.items()),
        *failures_of(records),
        *_unsummarised(figures),
        *(_described(cell) for cell in lost),
    ]


def failures_of(records: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return a line for the cells in which the same images failed alike, with the first cause.

    One picture that cannot be read fails for every derainer and task, and is told once.
    """
    tasks_of: dict[tuple[str, str, _Failed], list[str]] = {}
    for task, rows in records.items():
        for (rain_set, derainer), cell in rows.groupby(["rain_set", "derainer"], sort=False):
            failed = cell[cell["status"] == "failed"]
            if len(failed):
                causes = zip(failed["image"].map(str), failed["error"].map(str), strict=True)
                what = _Failed(tuple(sorted(causes)), len(cell))
                tasks_of.setdefault((str(rain_set), str(derainer), what), []).append(task)
    derainers_of: dict[tuple[str, _Failed, tuple[str, ...]], list[str]] = {}
    for (rain_set, derainer, what), tasks in tasks_of.items():
        derainers_of.setdefault((rain_set, what, tuple(tasks)), []).append(derainer)
    return [
        f"{rain_set} / {some_and_more(derainers)} / {some_and_more(tasks)}: {what}"
        for (rain_set, what, tasks), derainers in derainers_of.items()
    ]


def _unsummarised(figures: Sequence[Figure]) -> list[str]:
    """Return a line for every cell whose task could not summarise its rows, with the cause."""
    return [
        f"{cell.rain_set} / {cell.derainer} / {cell.task}: {cell.error}"
        for cell in figures
        if cell.error
    ]


def _described(cell: Cell) -> str:
    place = f"{cell.rain_set} / {cell.derainer} / {cell.task}: {cell.image}"
    return f"{place}: no row came back; the same command computes it again"
