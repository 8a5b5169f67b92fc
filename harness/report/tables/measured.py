"""The tables of a report, built from the summary and the records of one run or several."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from harness.report.metrics import metric
from harness.report.tables.footnotes import Entrant, entrants, failure_notes
from harness.report.tables.model import DAGGER, Cell, Column, Row, Table, ranked_table
from harness.run_folder.manifest import TaskEntry
from harness.run_folder.run_data import CLEAN, RAINY, RESTORATION, Measured, RunData
from harness.statistics.recovery import downstream, is_complete, share_of
from harness.statistics.resampling import mean_interval, share_intervals

SHARE_DIGITS = 2


def joint_table(runs: Sequence[RunData], rain_set: str) -> Table:
    """Return every derainer against the headline metrics of every task, on one rain set."""
    headline = _headline(runs, rain_set)
    rows = [
        entrant
        for entrant in entrants(runs)
        if any(entry.name == rain_set for entry in entrant.run.rain_sets)
    ]
    tasks = list(dict.fromkeys(task.name for run in runs for task in run.tasks_of(rain_set)))
    table = _measured_table(rain_set, rain_set, rows, headline, tasks, with_runs=len(runs) > 1)
    digests = {entry.digest for run in runs for entry in run.rain_sets if entry.name == rain_set}
    if len(digests) > 1:
        note = f"Nothing is ranked: the runs did not judge the same images of {rain_set}."
        columns = tuple(replace(column, ranked=False) for column in table.columns)
        table = replace(table, columns=columns, notes=(note, *table.notes))
    return ranked_table(table)


def _headline(runs: Sequence[RunData], rain_set: str) -> list[tuple[str, str]]:
    """Return (task, metric) of every column, in the order of the configuration."""
    tasks: dict[str, dict[str, None]] = {}
    for run in runs:
        for task in run.tasks_of(rain_set):
            tasks.setdefault(task.name, {}).update(dict.fromkeys(task.headline))
    return [(task, name) for task, metrics in tasks.items() for name in metrics]


def per_class_tables(run: RunData, rain_set: str) -> list[Table]:
    """Return, for each task that has figures by class, derainers against classes."""
    tables = []
    for task in run.tasks_of(rain_set):
        names = [(task.name, name) for name in run.metrics(rain_set, task.name) if "/" in name]
        if names:
            caption = f"{rain_set}, {task.name} by class"
            rows = entrants([run])
            table = _measured_table(rain_set, caption, rows, names, [task.name])
            tables.append(ranked_table(table))
    return tables


def _measured_table(
    rain_set: str,
    caption: str,
    rows: Sequence[Entrant],
    names: Sequence[tuple[str, str]],
    tasks: Sequence[str],
    with_runs: bool = False,
) -> Table:
    columns, notes = [], []
    unranked: dict[str, list[str]] = {}
    fewer: dict[str, None] = {}
    measured: dict[tuple[str, str], list[Measured]] = {}
    for task, name in names:
        cells = [row.run.measured(rain_set, row.derainer.name, task, name) for row in rows]
        measured[task, name] = cells
        signatures = {cell.signature for cell in cells if cell.n}
        column = _column(task, name, ranked=len(signatures) <= 1)
        columns.append(column)
        if not column.ranked:
            protocols = "; ".join(sorted(signatures))
            unranked.setdefault(protocols, []).append(f"{task} {column.label}")
    for protocols, labels in unranked.items():
        notes.append(
            "Not ranked, for the figures of a column do not follow one protocol: "
            f"{', '.join(labels)} ({protocols})."
        )
    filled = []
    for index, row in enumerate(rows):
        mine = [place for place, other in enumerate(rows) if other.run is row.run]
        cells_of_row = []
        for task, name in names:
            of_column = measured[task, name]
            most = max(of_column[place].n for place in mine)
            cells_of_row.append(_cell(row, rain_set, task, name, of_column[index], most))
            failed = row.run.failed(rain_set, row.derainer.name, task).failures
            if cells_of_row[-1].incomplete and not failed:
                fewer.setdefault(row.run.labels[row.derainer.name])
        filled.append(row.row(cells_of_row, with_runs))
    notes += failure_notes(rows, rain_set, tasks, with_runs)
    if fewer:
        notes.append(f"{DAGGER} {', '.join(fewer)}: on fewer images than the others; not ranked.")
    return Table(rain_set, caption, tuple(columns), tuple(filled), tuple(notes), with_runs)


def _column(task: str, name: str, ranked: bool = True) -> Column:
    described = metric(name)
    base, slash, class_name = name.partition("/")
    if slash:
        group, label = f"{task} {metric(base).label}", class_name
    else:
        group, label = task, described.label
    return Column(group, label, f"{task}/{name}", described.higher_is_better, ranked)


def _cell(
    row: Entrant, rain_set: str, task: str, name: str, measured: Measured, most_images: int
) -> Cell:
    failed = row.run.failed(rain_set, row.derainer.name, task).failures > 0
    return Cell(
        measured.value,
        metric(name).digits,
        incomplete=failed or 0 < measured.n < most_images,
        competes=not row.derainer.is_reference,
    )


def recovered_table(run: RunData, rain_set: str) -> Table | None:
    """Return the share of the loss that each derainer gave back, None where no loss is known."""
    columns: list[Column] = []
    by_row: dict[str, list[Cell]] = {entry.name: [] for entry in run.derainers}
    loss: list[Cell] = []
    for task in downstream(run, rain_set):
        intervals = share_intervals(run, rain_set, task)
        for name in task.headline:
            shares = {entry: share_of(run, rain_set, entry, task.name, name) for entry in by_row}
            if all(map(math.isnan, shares.values())):
                continue
            columns.append(Column(task.name, metric(name).label, f"{task.name}/{name}"))
            clean, rainy = (run.value(rain_set, row, task.name, name) for row in (CLEAN, RAINY))
            loss.append(Cell(clean - rainy, metric(name).digits, competes=False))
            for entry, share in shares.items():
                interval = intervals.get(entry) if name == "miou" else None
                complete = is_complete(run, rain_set, entry, task.name)
                by_row[entry].append(Cell(share, SHARE_DIGITS, interval, not complete))
    if not columns:
        return None
    rows = entrants([run])
    competing = [row for row in rows if not row.derainer.is_reference]
    lost = Row("lost to rain", "", "", True, tuple(loss))
    filled = (lost, *(row.row(by_row[row.derainer.name]) for row in competing))
    tasks = list(dict.fromkeys(column.group for column in columns))
    notes = tuple(failure_notes(rows, rain_set, tasks))
    return ranked_table(Table(rain_set, rain_set, tuple(columns), filled, notes))


def paired_table(run: RunData, rain_set: str) -> Table | None:
    """Return each derainer's gain over the rainy input, image by image, in restoration metrics."""
    columns: list[Column] = []
    cells: dict[str, list[Cell]] = {entry.name: [] for entry in run.derainers}
    tasks = [task for task in run.tasks_of(rain_set) if task.kind == RESTORATION]
    for task in tasks:
        for name in task.headline:
            gains = per_image_gains(run, rain_set, task, name)
            if not gains:
                continue
            described = metric(name)
            key = f"{task.name}/{name}"
            columns.append(Column(task.name, f"{described.label} gain", f"{key}/gain"))
            columns.append(Column(task.name, "images gaining", f"{key}/gaining", ranked=False))
            sign = 1 if described.higher_is_better else -1
            for entry, row in cells.items():
                gain = sign * gains.get(entry, np.empty(0))
                incomplete = not is_complete(run, rain_set, entry, task.name)
                mean = float(gain.mean()) if len(gain) else math.nan
                share = float((gain > 0).mean()) if len(gain) else math.nan
                interval = mean_interval(gain)
                row.append(Cell(mean, described.digits, interval, incomplete))
                row.append(Cell(share, SHARE_DIGITS, None, incomplete))
    if not columns:
        return None
    rows = entrants([run])
    filled = tuple(
        row.row(cells[row.derainer.name]) for row in rows if not row.derainer.is_reference
    )
    notes = tuple(failure_notes(rows, rain_set, [task.name for task in tasks]))
    return ranked_table(Table(rain_set, rain_set, tuple(columns), filled, notes))


def per_image_gains(
    run: RunData, rain_set: str, task: TaskEntry, name: str
) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Return by derainer the finite gains over the rainy input, in the order of the images."""
    condition = [("rain_set", "==", rain_set), ("status", "==", "ok")]
    rows = run.records(task.name, ["rain_set", "derainer", "image", name], condition)
    if rows.empty or name not in rows:
        return {}
    by_image = rows.pivot(index="image", columns="derainer", values=name)
    if RAINY not in by_image:
        return {}
    gains = by_image.sub(by_image[RAINY], axis=0)
    return {
        entry.name: values[np.isfinite(values)]
        for entry in run.derainers
        if entry.name in gains
        for values in [gains[entry.name].to_numpy(dtype=np.float64)]
    }
