"""A table as the user wants it printed: what its parts are called, with intervals or without."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from harness.report.tables.footnotes import IN_BRACKETS, harm_notes
from harness.report.tables.model import DAGGER, HARM, LABEL_MARKS, Column, Row, Table

MARKS = (DAGGER, *LABEL_MARKS)


def in_print(table: Table, names: Mapping[str, str], intervals: bool) -> Table:
    """Return a table in which rows, columns, tasks and the rain set are called as the user says.

    Args:
        table: Under the names of the records.
        names: What each is called, by its name.
        intervals: Whether it has any.
    """
    table = table if intervals else _without_intervals(table)
    labels = {unmarked(row.label): names[row.name] for row in table.rows if row.name in names}
    rain_set = names.get(table.rain_set, table.rain_set)
    renamed = replace(
        table,
        rain_set=rain_set,
        caption=rain_set + table.caption.removeprefix(table.rain_set),
        columns=tuple(_named_column(column, names) for column in table.columns),
        words=tuple(names.get(head, head) for head in table.words),
        rows=tuple(_named_row(row, names) for row in table.rows),
        notes=tuple(
            about_others(note, lambda found: [labels.get(one, one) for one in found])
            for note in table.notes
        ),
    )
    return _harm_told_anew(renamed)


def unmarked(label: str) -> str:
    """Return what a row is called, without the mark of a footnote."""
    return label.rstrip("".join(MARKS))


def about_others(note: str, change: Callable[[list[str]], list[str]]) -> str:
    """Return a footnote of a mark about other rows, "" where none is left; others stay.

    Args:
        note: Of a table.
        change: Makes of the labels of its rows those that it is to name.
    """
    if not note.startswith(MARKS):
        return note
    labels, colon, rest = note[2:].partition(": ")
    kept = change(labels.split(", "))
    return f"{note[:2]}{', '.join(kept)}{colon}{rest}" if kept else ""


def _without_intervals(table: Table) -> Table:
    return replace(
        table,
        rows=tuple(
            replace(row, cells=tuple(replace(cell, interval=None) for cell in row.cells))
            for row in table.rows
        ),
        notes=tuple(note.replace(IN_BRACKETS, "") for note in table.notes),
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
    mark = row.label[len(unmarked(row.label)) :]
    return replace(row, label=names[row.name or row.label] + mark)
