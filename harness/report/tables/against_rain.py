"""The tables of what derainers change against the rainy input: shares recovered, gains, harm."""

import math
from collections.abc import Sequence
from dataclasses import replace

from harness.report.roles import (
    has_a_share,
    is_complete,
    losing,
    loss_of,
    ranked_tasks,
    tied_with,
    too_few,
)
from harness.report.tables.footnotes import (
    entrants,
    footnotes,
    harm_notes,
    harm_of,
    notes_on_images,
)
from harness.report.tables.images_harmed import SHARE_DIGITS, harmed_cell, harmed_column
from harness.report.tables.model import GAIN, Cell, Column, Row, Table, ranked_table
from harness.report_settings import LOST
from harness.run_folder.run_data import RunData
from harness.statistics.resampling import Interval


def recovered_table(run: RunData, rain_set: str) -> Table | None:
    """Return the share of the loss that each derainer gave back, None where no loss is known.

    A loss that is within noise has no shares; a note names it.
    """
    columns: list[Column] = []
    by_row: dict[str, list[Cell]] = {entry.name: [] for entry in run.derainers}
    loss: list[Cell] = []
    doubtful: list[str] = []
    for task in losing(run, rain_set):
        for name in task.headline:
            described = task.metric(name)
            lost = loss_of(run, rain_set, task, name)
            if not has_a_share(run, rain_set, task, name):
                if lost.gain >= described.least_loss and lost.n:
                    doubtful.append(f"{task.name} {described.label}")
                continue
            columns.append(Column(task.name, described.label, f"{task.name}/{name}"))
            of_loss = Interval(lost.gain_low, lost.gain_high)
            loss.append(Cell(lost.gain, described.digits, of_loss, competes=False))
            for entry, cells in by_row.items():
                one = run.compared(rain_set, entry, task.name, name)
                interval = Interval(one.share_low, one.share_high)
                complete = is_complete(run, rain_set, entry, task.name)
                ties = tied_with(run, rain_set, task.name, name, entry)
                harm = harm_of(one) if one.share < 0 else ""
                cell = Cell(one.share, SHARE_DIGITS, interval, not complete)
                cells.append(replace(cell, ties=ties, harm=harm))
    if not columns:
        return None
    rows = entrants([run])
    competing = [row for row in rows if not row.derainer.is_reference]
    lost_row = Row(LOST, "", "", True, tuple(loss))
    filled = (lost_row, *(row.row(rain_set, by_row[row.derainer.name]) for row in competing))
    tasks = list(dict.fromkeys(column.group for column in columns))
    table = Table(rain_set, rain_set, tuple(columns), filled)
    notes = [*footnotes(rows, rain_set, tasks), *harm_notes(table)]
    if doubtful:
        notes.append(f"No share is told where the loss itself is within noise: {_list(doubtful)}.")
    has_intervals = any(cell.has_interval for row in filled for cell in row.cells)
    notes += notes_on_images([run], rain_set, has_intervals)
    return ranked_table(replace(table, notes=tuple(notes)))


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)


def paired_table(run: RunData, rain_set: str) -> Table | None:
    """Return each derainer's gain over the rainy input, and the share of images that it harms."""
    columns: list[Column] = []
    cells: dict[str, list[Cell]] = {entry.name: [] for entry in run.derainers}
    exact: list[str] = []
    tasks = ranked_tasks(run, rain_set)
    for task in tasks:
        for name in task.headline:
            compared = {entry: run.compared(rain_set, entry, task.name, name) for entry in cells}
            described = task.metric(name)
            if not described.direction or all(math.isnan(one.gain) for one in compared.values()):
                continue
            key = f"{task.name}/{name}"
            with_harm = not all(math.isnan(one.harmed) for one in compared.values())
            few = any(too_few(one.n) for one in compared.values())
            columns.append(
                Column(task.name, f"{described.label} {GAIN}", f"{key}/gain", ranked=not few)
            )
            if with_harm:
                columns.append(harmed_column(task.name, name))
            for entry, row in cells.items():
                one = compared[entry]
                complete = is_complete(run, rain_set, entry, task.name)
                interval = Interval(one.gain_low, one.gain_high)
                gain = Cell(one.gain, described.digits, interval, not complete, harm=harm_of(one))
                ties = tied_with(run, rain_set, task.name, name, entry)
                row.append(replace(gain, ties=ties))
                if with_harm:
                    row.append(harmed_cell(one, complete))
                both = [
                    run.measured(rain_set, whose, task.name, name)
                    for whose in (entry, run.lower(rain_set))
                ]
                judged = min(figure.n for figure in both)
                if one.n < judged and any(figure.infinite for figure in both):
                    exact.append(
                        f"{run.labels[entry]}: the {described.label} gain of {task.name} is the "
                        f"mean over {one.n} of {judged} images; it is infinite on the others, "
                        "which count among the images harmed or not."
                    )
    if not columns:
        return None
    rows = entrants([run])
    filled = tuple(
        row.row(rain_set, cells[row.derainer.name]) for row in rows if not row.derainer.is_reference
    )
    table = Table(rain_set, rain_set, tuple(columns), filled)
    has_intervals = any(cell.has_interval for row in filled for cell in row.cells)
    notes = (
        *footnotes(rows, rain_set, [task.name for task in tasks]),
        *exact,
        *harm_notes(table),
        *notes_on_images([run], rain_set, has_intervals),
    )
    return ranked_table(replace(table, notes=notes))
