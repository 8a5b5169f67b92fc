"""The tables of a report, built from the summary and the records of one run or several."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from harness.metric import Metric
from harness.report.roles import (
    best_of,
    has_a_share,
    is_complete,
    losing,
    loss_of,
    ranked_tasks,
    too_few,
    unbeaten_by,
)
from harness.report.tables.footnotes import (
    Entrant,
    entrants,
    footnotes,
    harm_notes,
    notes_on_images,
)
from harness.report.tables.model import DAGGER, Cell, Column, Row, Table, ranked_table
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import Figure
from harness.statistics.resampling import LEAST_IMAGES, Interval

SHARE_DIGITS = 2
LESS = "\N{DOWNWARDS ARROW}"
"""Behind the head of a column in which less is better."""


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
    has_intervals = any(cell.has_interval for row in table.rows for cell in row.cells)
    notes = (
        *table.notes,
        *harm_notes(rows, rain_set, headline),
        *notes_on_images(runs, rain_set, has_intervals),
    )
    table = replace(table, notes=notes)
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


def metrics_table(run: RunData, rain_set: str, names: Sequence[tuple[str, str]]) -> Table:
    """Return every derainer against chosen (task, metric) pairs, on one rain set."""
    tasks = list(dict.fromkeys(task for task, _ in names))
    return ranked_table(_measured_table(rain_set, rain_set, entrants([run]), names, tasks))


def per_class_tables(run: RunData, rain_set: str) -> list[Table]:
    """Return, for each task that has figures by class, derainers against classes."""
    tables = []
    for task in run.tasks_of(rain_set):
        names = [(task.name, name) for name in run.metrics(rain_set, task.name) if "/" in name]
        if names:
            caption = f"{rain_set}, {task.name} by class"
            rows = entrants([run])
            table = _measured_table(rain_set, caption, rows, names, [task.name], intervals=False)
            tables.append(ranked_table(table))
    return tables


def _measured_table(
    rain_set: str,
    caption: str,
    rows: Sequence[Entrant],
    names: Sequence[tuple[str, str]],
    tasks: Sequence[str],
    with_runs: bool = False,
    intervals: bool = True,
) -> Table:
    measured = {
        (task, name): [row.run.measured(rain_set, row.derainer.name, task, name) for row in rows]
        for task, name in names
    }
    columns, notes = _ranked_columns(rows, measured)
    notes += _notes_on_columns(
        {
            column: any(cell.n for cell in cells)
            for column, cells in zip(columns, measured.values(), strict=True)
        }
    )
    filled = []
    fewer: dict[str, None] = {}
    for index, row in enumerate(rows):
        cells = _cells_of_row(rows, index, rain_set, measured, with_runs)
        for cell, (task, _) in zip(cells, names, strict=True):
            failed = row.run.failed(rain_set, row.derainer.name, task).failures
            if cell.incomplete and not failed:
                fewer.setdefault(row.run.labels[row.derainer.name])
        if not intervals:
            cells = [replace(cell, interval=None) for cell in cells]
        details = _details(row, rain_set, names) if intervals else {}
        filled.append(replace(row.row(rain_set, cells, with_runs), details=details))
    notes += footnotes(rows, rain_set, tasks, with_runs)
    notes += _apart(rows, measured)
    if fewer:
        notes.append(f"{DAGGER} {', '.join(fewer)}: on fewer images than the others; not ranked.")
    return Table(rain_set, caption, tuple(columns), tuple(filled), tuple(notes), with_runs)


def _ranked_columns(
    rows: Sequence[Entrant], measured: Mapping[tuple[str, str], Sequence[Figure]]
) -> tuple[list[Column], list[str]]:
    """Return the columns, of which those are ranked that can be, and notes on the others.

    Args:
        rows: Of the table.
        measured: By task and metric, the figure of each row.
    """
    columns, notes = [], []
    unranked: dict[str, list[str]] = {}
    are_few = False
    for (task, name), cells in measured.items():
        signatures = {cell.signature for cell in cells if cell.n}
        column = _column(_metric(rows, task, name), task, name, ranked=len(signatures) <= 1)
        if not column.ranked:
            protocols = "; ".join(sorted(signatures))
            unranked.setdefault(protocols, []).append(f"{task} {column.label}")
        if column.is_ranked and any(too_few(one.n) for one in cells):
            column, are_few = replace(column, ranked=False), True
        columns.append(column)
    if are_few:
        notes.append(
            f"Nothing is ranked where fewer than {LEAST_IMAGES} images were judged: that is too "
            "few to tell derainers apart, and to state intervals."
        )
    for protocols, labels in unranked.items():
        notes.append(
            "Not ranked, for the figures of a column do not follow one protocol: "
            f"{', '.join(labels)} ({protocols})."
        )
    return columns, notes


def _cells_of_row(
    rows: Sequence[Entrant],
    index: int,
    rain_set: str,
    measured: Mapping[tuple[str, str], Sequence[Figure]],
    with_runs: bool,
) -> list[Cell]:
    """Return the cells of one row, incomplete where others of its run have more images.

    Args:
        rows: Of the table.
        index: Of the row.
        rain_set: Of the table.
        measured: By task and metric, the figure of each row.
        with_runs: Whether the rows are of several runs, which are not tested against each other.
    """
    row = rows[index]
    mine = [place for place, other in enumerate(rows) if other.run is row.run]
    cells = []
    for (task, name), of_column in measured.items():
        most = max(of_column[place].n for place in mine)
        cell = _cell(row, rain_set, task, name, of_column[index], most)
        if not with_runs:
            best = best_of(row.run, rain_set, task, name)
            is_unbeaten = row.derainer.name in unbeaten_by(row.run, rain_set, task, name, best)
            cell = replace(cell, unbeaten=is_unbeaten or cell.unbeaten)
        cells.append(cell)
    return cells


def _notes_on_columns(has_figures: Mapping[Column, bool]) -> list[str]:
    """Return a note on columns without any figure, and one on those without a direction."""
    absent = [column for column, has in has_figures.items() if not has]
    undirected = [
        column
        for column, has in has_figures.items()
        if has and column.ranked and not column.direction
    ]
    words = {
        "No image has a figure, or the task states none of this name": absent,
        "Not ranked, for nobody says which direction is better": undirected,
    }
    return [
        f"{why}: {', '.join(f'{column.group} {column.label}' for column in those)}."
        for why, those in words.items()
        if those
    ]


def _apart(
    rows: Sequence[Entrant], measured: Mapping[tuple[str, str], Sequence[Figure]]
) -> list[str]:
    """Return a note for each figure that leaves out images whose own value is infinite."""
    return [
        f"{row.run.labels[row.derainer.name]}: the {row.run.metric(task, name).label} of {task} "
        f"is infinite on {one.infinite} of {one.n} images, which its mean leaves out."
        for (task, name), cells in measured.items()
        for row, one in zip(rows, cells, strict=True)
        if one.infinite
    ]


def _metric(rows: Sequence[Entrant], task: str, name: str) -> Metric:
    """Return what the first run that has the task knows of its metric."""
    runs = [row.run for row in rows]
    first = next((run for run in runs if any(one.name == task for one in run.tasks)), runs[0])
    return first.metric(task, name)


def _column(described: Metric, task: str, name: str, ranked: bool = True) -> Column:
    _, slash, class_name = name.partition("/")
    group, label = task, described.label
    if slash:
        group, label = f"{task} {label.removesuffix(class_name).rstrip()}", class_name
    if described.direction < 0:
        group, label = (f"{group} {LESS}", label) if slash else (group, f"{label} {LESS}")
    return Column(group, label, f"{task}/{name}", described.direction, ranked)


def _cell(
    row: Entrant, rain_set: str, task: str, name: str, measured: Figure, most_images: int
) -> Cell:
    failed = row.run.failed(rain_set, row.derainer.name, task).failures > 0
    return Cell(
        measured.value,
        row.run.metric(task, name).digits,
        Interval(measured.low, measured.high),
        incomplete=failed or 0 < measured.n < most_images,
        competes=not row.derainer.is_reference,
        harms=not row.derainer.is_reference
        and row.run.compared(rain_set, row.derainer.name, task, name).harms,
    )


def _details(row: Entrant, rain_set: str, names: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return what the CSV alone has of each figure: images, and gain over the rainy one."""
    details: dict[str, str] = {}
    for task, name in names:
        measured = row.run.measured(rain_set, row.derainer.name, task, name)
        compared = row.run.compared(rain_set, row.derainer.name, task, name)
        known = {
            "gain": compared.gain,
            "p_holm": compared.p_holm,
            "images_harmed": compared.harmed,
        }
        details[f"{task}/{name}/n"] = str(measured.n)
        details |= {
            f"{task}/{name}/{key}": "" if math.isnan(value) else repr(value)
            for key, value in known.items()
        }
    return details


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
                beaten_by = best_of(run, rain_set, task.name, name)
                unbeaten = entry in unbeaten_by(run, rain_set, task.name, name, beaten_by)
                harms = one.share < 0
                cell = Cell(one.share, SHARE_DIGITS, interval, not complete)
                cells.append(replace(cell, unbeaten=unbeaten, harms=harms))
    if not columns:
        return None
    rows = entrants([run])
    competing = [row for row in rows if not row.derainer.is_reference]
    lost_row = Row("lost to rain", "", "", True, tuple(loss))
    filled = (lost_row, *(row.row(rain_set, by_row[row.derainer.name]) for row in competing))
    tasks = list(dict.fromkeys(column.group for column in columns))
    notes = footnotes(rows, rain_set, tasks)
    if doubtful:
        notes.append(f"No share is told where the loss itself is within noise: {_list(doubtful)}.")
    notes += notes_on_images([run], rain_set)
    return ranked_table(Table(rain_set, rain_set, tuple(columns), filled, tuple(notes)))


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
                Column(task.name, f"{described.label} gain", f"{key}/gain", ranked=not few)
            )
            if with_harm:
                columns.append(Column(task.name, "images harmed", f"{key}/harmed", ranked=False))
            best = best_of(run, rain_set, task.name, name)
            unbeaten = unbeaten_by(run, rain_set, task.name, name, best)
            for entry, row in cells.items():
                one = compared[entry]
                incomplete = not is_complete(run, rain_set, entry, task.name)
                interval = Interval(one.gain_low, one.gain_high)
                gain = Cell(one.gain, described.digits, interval, incomplete, harms=one.harms)
                row.append(replace(gain, unbeaten=entry in unbeaten))
                if with_harm:
                    row.append(Cell(one.harmed, SHARE_DIGITS, None, incomplete))
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
    names = [(task.name, name) for task in tasks for name in task.headline]
    notes = (
        *footnotes(rows, rain_set, [task.name for task in tasks]),
        *exact,
        *harm_notes(rows, rain_set, names),
        *notes_on_images([run], rain_set),
    )
    return ranked_table(Table(rain_set, rain_set, tuple(columns), filled, notes))
