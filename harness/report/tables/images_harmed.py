"""The share of images that a derainer harms, beside what it achieves on all of them."""

import math
from collections.abc import Sequence
from dataclasses import replace

from harness.report.roles import is_complete
from harness.report.tables.model import Cell, Column, Table
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import Comparison

SHARE_DIGITS = 2
_ENDING = "/harmed"

WHAT_IT_IS = (
    "Images harmed: the share of images whose own figure is worse than in the rain; harmed.csv "
    "names them."
)


def harmed_column(task: str, metric: str) -> Column:
    """Return the column of the images whose own figure of a metric is worse than in the rain."""
    return Column(task, "images harmed", f"{task}/{metric}{_ENDING}", ranked=False)


def is_of_images_harmed(column: Column) -> bool:
    """Return whether a column is one of `harmed_column`."""
    return column.key.endswith(_ENDING)


def harmed_cell(compared: Comparison, is_complete: bool) -> Cell:
    """Return the share of images that a derainer harms.

    Args:
        compared: The derainer with the rainy input; NaN where images have no figure of their own.
        is_complete: Whether no image failed.
    """
    return Cell(compared.harmed, SHARE_DIGITS, None, incomplete=not is_complete)


def with_images_harmed(run: RunData, table: Table) -> Table:
    """Return a table of a run with the images harmed beside each task's first metric.

    Args:
        run: The run.
        table: Of one of its rain sets, a column for each headline metric of its tasks.
    """
    columns, cells = list[Column](), [list[Cell]() for _ in table.rows]
    with_harm = {
        f"{task.name}/{name}": (task.name, name)
        for task in run.tasks_of(table.rain_set)
        for name in task.headline[:1]
        if any(math.isfinite(one.harmed) for one in _compared(run, table, task.name, name))
    }
    for place, column in enumerate(table.columns):
        columns.append(column)
        for row, filled in zip(table.rows, cells, strict=True):
            filled.append(row.cells[place])
        if column.key in with_harm:
            task_name, name = with_harm[column.key]
            columns.append(harmed_column(task_name, name))
            for one, row, filled in zip(
                _compared(run, table, task_name, name), table.rows, cells, strict=True
            ):
                complete = is_complete(run, table.rain_set, row.name, task_name)
                filled.append(harmed_cell(one, complete))
    if not with_harm:
        return table
    return replace(
        table,
        columns=tuple(columns),
        rows=tuple(
            replace(row, cells=tuple(of)) for row, of in zip(table.rows, cells, strict=True)
        ),
        notes=(*table.notes, WHAT_IT_IS),
        as_recorded=table,
    )


def _compared(run: RunData, table: Table, task: str, name: str) -> Sequence[Comparison]:
    """Return each row of a table compared with the rainy input; a reference with nothing."""
    nothing = Comparison(table.rain_set, "", task, name, n=0, gain=math.nan)
    return [
        nothing if row.is_reference else run.compared(table.rain_set, row.name, task, name)
        for row in table.rows
    ]
