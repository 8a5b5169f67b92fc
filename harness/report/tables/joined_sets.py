"""Tables of several rain sets with the same columns as one, the rain sets side by side."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.report.tables.model import LABEL_MARKS, Cell, Row, Table

BY_SET = "by rain set"
"""The caption of a table with a column for each rain set."""


@dataclass(frozen=True)
class Joined:
    """A table, and what stands over its groups of columns.

    Attributes:
        table: Whose rows have the cells of all rain sets, one set after another.
        sets: Of each column its rain set, empty where all are of one.
    """

    table: Table
    sets: tuple[str, ...] = ()

    def over(self, column: int) -> tuple[str, ...]:
        """Return the heads over a column, the outermost first."""
        group = self.table.columns[column].group
        return (self.sets[column], group) if self.sets else (group,)


def joined(tables: Sequence[Table]) -> list[Joined]:
    """Join tables that tell the same of several rain sets; all others stay alone."""
    alike: dict[tuple[object, ...], list[Table]] = {}
    for table in tables:
        keys = tuple(column.key for column in table.columns)
        alike.setdefault((keys, _about(table), table.with_runs, table.words), []).append(table)
    found = []
    for group in alike.values():
        sets = {table.rain_set for table in group if table.rain_set}
        if len(group) > 1 and len(sets) == len(group) and not group[0].words:
            found.append(_join(group))
        else:
            found += [Joined(table) for table in group]
    return found


def a_set_a_column(tables: Sequence[Table]) -> Table:
    """Return one table of all, in which each figure has a column for every rain set.

    Args:
        tables: Of several rain sets, as levels of rain are, with the same columns or not.
    """
    joint, sets = _join(tables).table, [one.rain_set for one in tables for _ in one.columns]
    keys = list(dict.fromkeys(column.key for column in joint.columns))
    order = sorted(range(len(sets)), key=lambda index: keys.index(joint.columns[index].key))
    columns = tuple(
        replace(
            joint.columns[index],
            group=" ".join(filter(None, [joint.columns[index].group, joint.columns[index].label])),
            label=sets[index],
            key=f"{sets[index]}/{joint.columns[index].key}",
        )
        for index in order
    )
    rows = (
        replace(
            row,
            cells=tuple(row.cells[index] for index in order),
            details=_details(tables, _place(row)),
        )
        for row in joint.rows
    )
    parts = [f"{one.rain_set}: {one.part}" for one in tables if one.part]
    return replace(joint, caption=BY_SET, columns=columns, rows=tuple(rows), part="; ".join(parts))


def _about(table: Table) -> str:
    """Return the caption without the rain set that it begins with."""
    return table.caption.removeprefix(table.rain_set).lstrip(", ")


def _join(tables: Sequence[Table]) -> Joined:
    columns = tuple(column for table in tables for column in table.columns)
    sets = tuple(
        f"{table.rain_set} ({table.part})" if table.part else table.rain_set
        for table in tables
        for _ in table.columns
    )
    first = replace(
        tables[0],
        rain_set="",
        caption=_about(tables[0]),
        part="",
        columns=columns,
        rows=tuple(_rows(tables)),
        notes=tuple(_notes(tables)),
    )
    return Joined(first, sets)


def _rows(tables: Sequence[Table]) -> list[Row]:
    """Return one row for each that some table has, with undefined cells where another has none."""
    found = [{_place(row): row for row in table.rows} for table in tables]
    places = {place: row for rows in reversed(found) for place, row in rows.items()}
    rows = []
    for place in _in_order(tables):
        cells: list[Cell] = []
        for table, of_table in zip(tables, found, strict=True):
            row = of_table.get(place)
            empty = [Cell(math.nan, 0, competes=False)] * len(table.columns)
            cells += row.cells if row else empty
        labels = [one[place].label for one in found if place in one]
        marked = next((label for label in labels if label[-1:] in LABEL_MARKS), labels[0])
        rows.append(replace(places[place], label=marked, cells=tuple(cells)))
    return rows


def _place(row: Row) -> tuple[str, str]:
    return row.name or row.label, row.run


def _in_order(tables: Sequence[Table]) -> list[tuple[str, str]]:
    """Return the places of all rows, each behind the one that it follows in its table."""
    order: list[tuple[str, str]] = []
    for table in tables:
        at = 0
        for place in map(_place, table.rows):
            if place not in order:
                order.insert(at, place)
            at = order.index(place) + 1
    return order


def _details(tables: Sequence[Table], place: tuple[str, str]) -> dict[str, str]:
    """Return what the CSV alone has of a row, for each rain set under its name."""
    return {
        f"{table.rain_set}/{key}": text
        for table in tables
        for row in table.rows
        if _place(row) == place
        for key, text in row.details.items()
    }


def _notes(tables: Sequence[Table]) -> list[str]:
    """Return each note once, with the rain sets that it is about unless it is about all."""
    about: dict[str, list[str]] = {}
    for table in tables:
        for note in table.notes:
            about.setdefault(note, []).append(table.rain_set)
    return [
        note if len(sets) == len(tables) else f"On {' and '.join(sets)}: {note}"
        for note, sets in about.items()
    ]
