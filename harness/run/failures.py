"""What a run could not do, a line for each part of it, with the cause."""

from collections.abc import Mapping, Sequence

import pandas as pd

from harness.alike_causes import kind_of_cause
from harness.run_folder.records import Cell
from harness.run_folder.summary import Figure
from harness.wording import counted


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
    """Return a line for every cell in which images failed, with the first cause."""
    lines = []
    for task, rows in records.items():
        for (rain_set, derainer), cell in rows.groupby(["rain_set", "derainer"], sort=False):
            failed = cell[cell["status"] == "failed"]
            if len(failed):
                first, causes = failed.iloc[0], _number_of_causes(failed)
                others = f" (and {counted(causes - 1, 'other cause')}: see the report)"
                lines.append(
                    f"{rain_set} / {derainer} / {task}: {len(failed)} of {len(cell)} images "
                    f"failed; {first['image']}: {first['error']}" + others * (causes > 1)
                )
    return lines


def _number_of_causes(failed: pd.DataFrame) -> int:
    rows = zip(failed["error"], failed["image"], strict=True)
    return len({kind_of_cause(str(error), str(image)) for error, image in rows})


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
