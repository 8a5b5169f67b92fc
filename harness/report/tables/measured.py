"""The tables of a report, built from the summary and the records of one run or several."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from harness.metric import Metric
from harness.report.roles import has_a_share, is_complete, losing, of_pictures
from harness.report.tables.footnotes import Entrant, entrants, footnotes
from harness.report.tables.model import DAGGER, Cell, Column, Row, Table, ranked_table
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import Figure
from harness.statistics.resampling import Interval

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
    measured: dict[tuple[str, str], list[Figure]] = {}
    for task, name in names:
        cells = [row.run.measured(rain_set, row.derainer.name, task, name) for row in rows]
        measured[task, name] = cells
        signatures = {cell.signature for cell in cells if cell.n}
        column = _column(_metric(rows, task, name), task, name, ranked=len(signatures) <= 1)
        columns.append(column)
        if not column.ranked:
            protocols = "; ".join(sorted(signatures))
            unranked.setdefault(protocols, []).append(f"{task} {column.label}")
    for protocols, labels in unranked.items():
        notes.append(
            "Not ranked, for the figures of a column do not follow one protocol: "
            f"{', '.join(labels)} ({protocols})."
        )
    notes += _notes_on_columns(
        {
            column: any(cell.n for cell in measured[place])
            for column, place in zip(columns, names, strict=True)
        }
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
        filled.append(row.row(rain_set, cells_of_row, with_runs))
    notes += footnotes(rows, rain_set, tasks, with_runs)
    notes += _apart(rows, measured)
    if fewer:
        notes.append(f"{DAGGER} {', '.join(fewer)}: on fewer images than the others; not ranked.")
    return Table(rain_set, caption, tuple(columns), tuple(filled), tuple(notes), with_runs)


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
        incomplete=failed or 0 < measured.n < most_images,
        competes=not row.derainer.is_reference,
    )


def recovered_table(run: RunData, rain_set: str) -> Table | None:
    """Return the share of the loss that each derainer gave back, None where no loss is known."""
    columns: list[Column] = []
    by_row: dict[str, list[Cell]] = {entry.name: [] for entry in run.derainers}
    loss: list[Cell] = []
    for task in losing(run, rain_set):
        for name in task.headline:
            if not has_a_share(run, rain_set, task, name):
                continue
            described = task.metric(name)
            columns.append(Column(task.name, described.label, f"{task.name}/{name}"))
            start, end = (run.value(rain_set, row, task.name, name) for row in run.bounds(rain_set))
            lost = described.direction * (end - start)
            loss.append(Cell(lost, described.digits, competes=False))
            for entry, cells in by_row.items():
                one = run.compared(rain_set, entry, task.name, name)
                interval = Interval(one.share_low, one.share_high)
                complete = is_complete(run, rain_set, entry, task.name)
                cells.append(Cell(one.share, SHARE_DIGITS, interval, not complete))
    if not columns:
        return None
    rows = entrants([run])
    competing = [row for row in rows if not row.derainer.is_reference]
    lost_row = Row("lost to rain", "", "", True, tuple(loss))
    filled = (lost_row, *(row.row(rain_set, by_row[row.derainer.name]) for row in competing))
    tasks = list(dict.fromkeys(column.group for column in columns))
    notes = tuple(footnotes(rows, rain_set, tasks))
    return ranked_table(Table(rain_set, rain_set, tuple(columns), filled, notes))


def paired_table(run: RunData, rain_set: str) -> Table | None:
    """Return each derainer's gain over the rainy input, image by image, as pictures are judged."""
    columns: list[Column] = []
    cells: dict[str, list[Cell]] = {entry.name: [] for entry in run.derainers}
    exact: list[str] = []
    tasks = of_pictures(run, rain_set)
    for task in tasks:
        for name in task.headline:
            compared = {entry: run.compared(rain_set, entry, task.name, name) for entry in cells}
            if all(math.isnan(one.gaining) for one in compared.values()):
                continue
            described = task.metric(name)
            key = f"{task.name}/{name}"
            columns.append(Column(task.name, f"{described.label} gain", f"{key}/gain"))
            columns.append(Column(task.name, "images gaining", f"{key}/gaining", ranked=False))
            for entry, row in cells.items():
                one = compared[entry]
                incomplete = not is_complete(run, rain_set, entry, task.name)
                interval = Interval(one.gain_low, one.gain_high)
                row.append(Cell(one.gain, described.digits, interval, incomplete))
                row.append(Cell(one.gaining, SHARE_DIGITS, None, incomplete))
                both = [
                    run.measured(rain_set, whose, task.name, name)
                    for whose in (entry, run.lower(rain_set))
                ]
                judged = min(figure.n for figure in both)
                if one.n < judged and any(figure.infinite for figure in both):
                    exact.append(
                        f"{run.labels[entry]}: the {described.label} gain of {task.name} is the "
                        f"mean over {one.n} of {judged} images; it is infinite on the others, "
                        "which count among the images gaining or losing."
                    )
    if not columns:
        return None
    rows = entrants([run])
    filled = tuple(
        row.row(rain_set, cells[row.derainer.name]) for row in rows if not row.derainer.is_reference
    )
    notes = (*footnotes(rows, rain_set, [task.name for task in tasks]), *exact)
    return ranked_table(Table(rain_set, rain_set, tuple(columns), filled, notes))
