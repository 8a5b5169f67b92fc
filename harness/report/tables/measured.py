"""The tables of a report, built from the summary and the records of one run or several."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from harness.metric import Metric
from harness.report.roles import (
    tied_with,
    too_few,
)
from harness.report.tables.footnotes import (
    Entrant,
    entrants,
    footnotes,
    harm_notes,
    harm_of,
    notes_on_images,
)
from harness.report.tables.model import DAGGER, HARM, LESS, Cell, Column, Table, ranked_table
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import Figure
from harness.statistics.resampling import LEAST_IMAGES, Interval


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
    table = _with_notes(table, runs, rain_set)
    digests = {entry.digest for run in runs for entry in run.rain_sets if entry.name == rain_set}
    if len(digests) > 1:
        note = f"Nothing is ranked: the runs did not judge the same images of {rain_set}."
        columns = tuple(replace(column, ranked=False, too_few=False) for column in table.columns)
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
    table = _measured_table(rain_set, rain_set, entrants([run]), names, tasks)
    return ranked_table(_with_notes(table, [run], rain_set))


def _with_notes(table: Table, runs: Sequence[RunData], rain_set: str) -> Table:
    """Return the table with its notes on harm, images and intervals; what has none is unranked."""
    has_intervals = any(cell.has_interval for row in table.rows for cell in row.cells)
    noted = (*harm_notes(table), *notes_on_images(runs, rain_set, has_intervals))
    table = replace(table, notes=(*table.notes, *noted))
    return _unranked_without_interval(table) if has_intervals else table


def _unranked_without_interval(table: Table) -> Table:
    """Return a table that has intervals with its columns that have none unranked, and a note."""
    without = [
        column
        for place, column in enumerate(table.columns)
        if any(math.isfinite(row.cells[place].value) for row in table.rows)
        and not any(row.cells[place].has_interval for row in table.rows)
    ]
    if not without:
        return table
    names = ", ".join(_names_of_columns(without, table.columns))
    why = "some resamples of the images lack it, as where one of few classes is in few images"
    columns = tuple(
        replace(column, ranked=column.ranked and column not in without) for column in table.columns
    )
    note = f"No interval, and so not ranked: {names}: {why}."
    return replace(table, columns=columns, notes=(*table.notes, note))


def per_class_tables(run: RunData, rain_set: str) -> list[Table]:
    """Return, for each task that has figures by class, derainers against classes.

    Of so many figures none is tested, so that none is ranked either.
    """
    tables = []
    for task in run.tasks_of(rain_set):
        found = [name for name in run.metrics(rain_set, task.name) if "/" in name]
        bases = list(dict.fromkeys(name.partition("/")[0] for name in found))
        found.sort(key=lambda name: bases.index(name.partition("/")[0]))
        names = [(task.name, name) for name in found]
        if names:
            caption = f"{rain_set}, {task.name} by class"
            table = _measured_table(rain_set, caption, entrants([run]), names, [task.name])
            tables.append(_untested_classes(run, table, names))
    return tables


def _untested_classes(run: RunData, table: Table, names: Sequence[tuple[str, str]]) -> Table:
    """Return a table of classes unranked, with marks of harm that no test stands behind."""
    lower = next((row for row in table.rows if row.name == run.lower(table.rain_set)), None)
    rows = []
    for row in table.rows:
        cells = []
        for place, (cell, (task, name)) in enumerate(zip(row.cells, names, strict=True)):
            rainy = lower.cells[place] if lower and not row.is_reference else cell
            worse = run.metric(task, name).direction * (cell.value - rainy.value) < 0
            is_harm = worse and cell.figure != rainy.figure  # as they are printed
            cells.append(replace(cell, harm="untested" if is_harm else "", ties=()))
        rows.append(replace(row, cells=tuple(cells), details={}))
    columns = tuple(replace(column, ranked=False) for column in table.columns)
    note = "Class by class nothing is tested, and so nothing is ranked"
    if any(cell.harm for row in rows for cell in row.cells):
        note += f"; {HARM} marks what is worse than the rainy input's figure"
    note += "." + " The CSV has the 95 % intervals." * any(
        cell.has_interval for row in rows for cell in row.cells
    )
    notes = (*table.notes, note)
    return replace(table, columns=columns, rows=tuple(rows), notes=notes)


def _measured_table(
    rain_set: str,
    caption: str,
    rows: Sequence[Entrant],
    names: Sequence[tuple[str, str]],
    tasks: Sequence[str],
    with_runs: bool = False,
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
        details = _details(row, rain_set, names)
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
            column, are_few = replace(column, ranked=False, too_few=True), True
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
            cell = replace(cell, ties=tied_with(row.run, rain_set, task, name, row.derainer.name))
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
        f"{why}: {', '.join(_names_of_columns(those, list(has_figures)))}."
        for why, those in words.items()
        if those
    ]


def _names_of_columns(those: Sequence[Column], of_table: Sequence[Column]) -> list[str]:
    """Return what some columns of a table are called, a group by its own name if all of it is."""
    split = {column.group for column in of_table if column not in those}
    names = (
        f"{column.group} {column.label}" if column.group in split else column.group
        for column in those
    )
    return list(dict.fromkeys(names))


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
    is_compared = row.run.metric(task, name).direction and not row.derainer.is_reference
    compared = row.run.compared(rain_set, row.derainer.name, task, name)
    return Cell(
        measured.value,
        row.run.metric(task, name).digits,
        Interval(measured.low, measured.high),
        incomplete=failed or 0 < measured.n < most_images,
        competes=not row.derainer.is_reference,
        harm=harm_of(compared) if is_compared else "",
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
