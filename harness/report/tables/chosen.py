"""The tables that a user chose: which rows and columns, in which order, under which names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from harness.errors import BenchError
from harness.report.tables.against_rain import paired_table, recovered_table
from harness.report.tables.cost_table import cost_table, costed_of
from harness.report.tables.footnotes import harm_notes
from harness.report.tables.joined_sets import a_set_a_column
from harness.report.tables.measured import (
    joint_table,
    metrics_table,
    per_class_tables,
)
from harness.report.tables.model import (
    DAGGER,
    DOUBLE_DAGGER,
    HARM,
    Column,
    Row,
    Table,
    ranked_table,
)
from harness.report.tables.parts_of_sets import with_part
from harness.report.tables.published_table import published_table
from harness.report_settings import TableChoice, refuse_unknown
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import FAILED

MARKS = (DAGGER, DOUBLE_DAGGER)


def chosen_tables(run: RunData, choice: TableChoice) -> list[Table]:
    """Return what a choice shows of a run, none where it has nothing of that kind.

    Args:
        run: The run.
        choice: As the configuration has it.

    Raises:
        BenchError: If it names a rain set, row, column or part that the run does not have.
    """
    sets = [one.name for one in run.rain_sets if run.tasks_of(one.name)]
    try:
        refuse_unknown("rain_sets", choice.rain_sets, [one.name for one in run.rain_sets])
        of_sets = [one for one in choice.rain_sets or sets if one in sets]
        if choice.shows in ("joint", "severity"):
            refuse_unknown("columns", choice.columns, _measured(run))
        made = [table for table in _whole(run, choice, of_sets) if table.columns]
        if made:
            _refuse_strangers(choice, made)
    except ValueError as error:
        raise BenchError(f"report.tables ({choice.name}): {error}") from error
    found = [_harm_told_anew(_named(_picked(table, choice), choice.names)) for table in made]
    found = [ranked_table(table) for table in found if table.columns and table.rows]
    return [a_set_a_column(found)] if choice.shows == "severity" and found else found


def _whole(run: RunData, choice: TableChoice, sets: Sequence[str]) -> list[Table]:
    """Return the tables of a kind with all their rows, and at least the columns that are chosen."""
    if choice.shows == "efficiency":
        return [cost_table(run.costs, costed_of(run))] if run.costs else []
    kinds: Mapping[str, Callable[[str], Table | None]] = {
        "joint": lambda rain_set: _metrics(run, rain_set, choice.columns),
        "severity": lambda rain_set: _metrics(run, rain_set, choice.columns),
        "recovered": lambda rain_set: recovered_table(run, rain_set),
        "paired": lambda rain_set: paired_table(run, rain_set),
        "published": lambda rain_set: published_table(run, rain_set),
    }
    if choice.shows == "per_class":
        tables: list[Table | None] = [
            table for rain_set in sets for table in per_class_tables(run, rain_set)
        ]
    else:
        tables = [kinds[choice.shows](rain_set) for rain_set in sets]
    return [with_part([run], table) for table in tables if table is not None]


def _metrics(run: RunData, rain_set: str, columns: Sequence[str] | None) -> Table:
    """Return the joint table, or one of the chosen columns: any metrics of any task."""
    if columns is None:
        return joint_table([run], rain_set)
    known = [one for one in columns if one in _measured(run, rain_set)]
    if not known:
        return Table(rain_set, rain_set, (), ())
    return metrics_table(run, rain_set, [_place(key) for key in known])


def _place(key: str) -> tuple[str, str]:
    task, _, metric = key.partition("/")
    return task, metric


def _measured(run: RunData, rain_set: str | None = None) -> list[str]:
    """Return the columns that can be had of a rain set, None for any."""
    found = (one for one in run.figures if rain_set in (None, one.rain_set))
    return list(dict.fromkeys(f"{one.task}/{one.metric}" for one in found if one.metric != FAILED))


def _refuse_strangers(choice: TableChoice, tables: Sequence[Table]) -> None:
    """Refuse rows, columns and names that none of the tables has.

    Raises:
        ValueError: With the nearest name.
    """
    rows = list(dict.fromkeys(row.name or row.label for table in tables for row in table.rows))
    keys = list(dict.fromkeys(key for table in tables for key in _keys(table)))
    refuse_unknown("rows", choice.rows, rows)
    refuse_unknown("columns", choice.columns, keys)
    groups = [column.group for table in tables for column in table.columns]
    sets = [table.rain_set for table in tables]
    refuse_unknown("names", list(choice.names), [*rows, *keys, *groups, *sets])


def _keys(table: Table) -> list[str]:
    return [*(column.key for column in table.columns), *table.words]


def _picked(table: Table, choice: TableChoice) -> Table:
    """Return a table with the chosen rows and columns alone, in their order."""
    if choice.columns is not None:
        keys = [column.key for column in table.columns]
        at = [keys.index(key) for key in choice.columns if key in keys]
        words = [table.words.index(key) for key in choice.columns if key in table.words]
        table = replace(
            table,
            columns=tuple(table.columns[index] for index in at),
            words=tuple(table.words[index] for index in words),
            rows=tuple(
                replace(
                    row,
                    cells=tuple(row.cells[index] for index in at),
                    words=tuple(row.words[index] for index in words),
                )
                for row in table.rows
            ),
        )
    if choice.rows is None:
        return table
    chosen = [row for name in choice.rows for row in table.rows if name == (row.name or row.label)]
    left_out = {_unmarked(row.label) for row in table.rows} - {
        _unmarked(one.label) for one in chosen
    }
    notes = [_without(note, left_out) for note in table.notes]
    return replace(table, rows=tuple(chosen), notes=tuple(filter(None, notes)))


def _unmarked(label: str) -> str:
    return label.rstrip("".join(MARKS))


def _without(note: str, left_out: set[str]) -> str:
    """Return a footnote of a mark without the rows that are left out, "" if it was theirs alone."""
    return _about_others(note, lambda labels: [one for one in labels if one not in left_out])


def _about_others(note: str, change: Callable[[list[str]], list[str]]) -> str:
    if not note.startswith(MARKS):
        return note
    labels, colon, rest = note[2:].partition(": ")
    kept = change(labels.split(", "))
    return f"{note[:2]}{', '.join(kept)}{colon}{rest}" if kept else ""


def _named(table: Table, names: Mapping[str, str]) -> Table:
    """Return a table in which rows, columns, tasks and the rain set are called as the user says."""
    labels = {_unmarked(row.label): names[row.name] for row in table.rows if row.name in names}
    rain_set = names.get(table.rain_set, table.rain_set)
    return replace(
        table,
        rain_set=rain_set,
        caption=rain_set + table.caption.removeprefix(table.rain_set),
        columns=tuple(_named_column(column, names) for column in table.columns),
        words=tuple(names.get(head, head) for head in table.words),
        rows=tuple(_named_row(row, names) for row in table.rows),
        notes=tuple(
            _about_others(note, lambda found: [labels.get(one, one) for one in found])
            for note in table.notes
        ),
    )


def _harm_told_anew(table: Table) -> Table:
    """Return a table whose note on harm is about the rows and columns that it has now."""
    notes: dict[str, None] = {}
    for note in table.notes:
        notes |= dict.fromkeys(harm_notes(table) if note.startswith(HARM) else [note])
    return replace(table, notes=tuple(notes))


def _named_column(column: Column, names: Mapping[str, str]) -> Column:
    group = names.get(column.group, column.group)
    return replace(column, group=group, label=names.get(column.key, column.label))


def _named_row(row: Row, names: Mapping[str, str]) -> Row:
    if (row.name or row.label) not in names:
        return row
    mark = row.label[len(_unmarked(row.label)) :]
    return replace(row, label=names[row.name or row.label] + mark)
