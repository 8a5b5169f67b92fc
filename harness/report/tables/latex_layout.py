"""Where the columns of a LaTeX table go: into a column of the page, across it, or into panels."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from harness.report.tables.joined_sets import Joined
from harness.report.tables.latex_columns import (
    BETWEEN,
    LatexColumn,
    figure_columns,
    name_columns,
    stacked_lines,
    stacked_width,
)
from harness.report.tables.latex_text import text_width

COLUMN, PAGE, HEIGHT = 218.0, 448.0, 560.0
"""Points: the column and the page of a two-column article on A4 paper, and what panels and notes of
a float may take of the page's height. Letter paper and the styles of the field's conferences have a
little more."""

LINE = 9.6
"""Points from a line to the next in ``\\footnotesize``."""


@dataclass(frozen=True)
class Panel:
    """Columns that stand beside each other, for some of the rows.

    Attributes:
        columns: The names first.
        are_references: Of each row, whether it is set apart.
    """

    columns: tuple[LatexColumn, ...]
    are_references: tuple[bool, ...]

    @property
    def width(self) -> float:
        """Points, at most."""
        return _width(self.columns)

    @property
    def height(self) -> float:
        """Points, about."""
        body = sum(
            max(column.lines[row] for column in self.columns)
            for row in range(len(self.are_references))
        )
        heads = sum(map(self._head_lines, range(len(self.columns[0].over))))
        own = max(column.head_lines for column in self.columns)
        return LINE * (body + heads + own + len(self.columns[0].over) + 3)

    def _head_lines(self, level: int) -> int:
        """Return the lines that the shared heads of a level take."""
        groups = groupby(self.columns, key=lambda column: column.over[: level + 1])
        rooms = ((over[-1], sum(column.width for column in below)) for over, below in groups)
        return max(stacked_lines(text, head_room(below)) for text, below in rooms)


@dataclass(frozen=True)
class Part:
    """A float: as much of a table as fits on a page.

    Attributes:
        caption: Of the table.
        label: Of the table.
        panels: One above the other.
        notes: Below them.
        is_continued: Whether the table began in an earlier float.
    """

    caption: str
    label: str
    panels: tuple[Panel, ...]
    notes: tuple[str, ...]
    is_continued: bool

    @property
    def is_wide(self) -> bool:
        """Whether it needs both columns of the page."""
        return any(panel.width > COLUMN for panel in self.panels)


def laid_out(one: Joined, caption: str, label: str) -> list[Part]:
    """Return the floats that hold a table.

    Args:
        one: The table.
        caption: Its caption.
        label: Its label.
    """
    names, figures = name_columns(one), figure_columns(one)
    whole = [*names, *figures]
    chosen = [whole] if _width(whole) <= PAGE else _panels(names, figures)
    references = tuple(row.is_reference for row in one.table.rows)
    panels = [
        Panel(tuple(column.of_rows(rows) for column in columns), references[rows])
        for columns in chosen
        for rows in _row_slices(columns, len(references))
    ]
    parts: list[list[Panel]] = [[]]
    for panel in panels:
        below = _height_of_notes(one.table.notes) if panel is panels[-1] else 0.0
        if parts[-1] and sum(other.height for other in (*parts[-1], panel)) + below > HEIGHT:
            parts.append([])
        parts[-1].append(panel)
    return [
        Part(
            caption,
            label,
            tuple(part),
            one.table.notes if number == len(parts) - 1 else (),
            is_continued=number > 0,
        )
        for number, part in enumerate(parts)
    ]


def _height_of_notes(notes: Sequence[str]) -> float:
    """Return the points, about, that notes take below a panel as wide as the page."""
    return LINE * sum(math.ceil(text_width(note) / PAGE) + 0.3 for note in notes)


def _row_slices(columns: Sequence[LatexColumn], rows: int) -> Iterable[slice]:
    """Return the rows that go onto one page each."""
    start, height = 0, 0.0
    for row in range(rows):
        lines = LINE * max(column.lines[row] for column in columns)
        if row > start and height + lines > 0.85 * HEIGHT:
            yield slice(start, row)
            start, height = row, 0.0
        height += lines
    yield slice(start, rows)


def _panels(
    names: Sequence[LatexColumn], figures: Sequence[LatexColumn]
) -> list[list[LatexColumn]]:
    """Break columns into panels of the page's width, between groups where that can be."""
    room = PAGE - _width(names)
    return [
        [*names, *panel] for units in _chapters(figures, room) for panel in _evenly(units, room)
    ]


def _evenly(units: Sequence[Sequence[LatexColumn]], room: float) -> list[list[LatexColumn]]:
    """Break units into the fewest panels that a room takes, the widest as narrow as can be."""
    fewest = len(_filled(units, room))
    widths = {
        _width([column for unit in units[start:stop] for column in unit])
        for start in range(len(units))
        for stop in range(start + 1, len(units) + 1)
    }
    rooms = (width for width in sorted(widths) if width < room)
    fitting = (panels for width in rooms if len(panels := _filled(units, width)) == fewest)
    return next(fitting, _filled(units, room))


def _filled(units: Sequence[Sequence[LatexColumn]], room: float) -> list[list[LatexColumn]]:
    """Break units into panels of a room, each as full as can be; a wider unit stands alone."""
    panels: list[list[LatexColumn]] = [[]]
    for unit in units:
        if panels[-1] and _width([*panels[-1], *unit]) > room:
            panels.append([])
        panels[-1] = [*panels[-1], *unit]
    return panels


def _chapters(figures: Sequence[LatexColumn], room: float) -> list[list[list[LatexColumn]]]:
    """Return the columns that should stay together, and which of these may share a panel.

    A rain set that needs several panels shares none with another.
    """
    chapters: list[list[list[LatexColumn]]] = [[]]
    own = False
    numbers = [column for column in figures if not column.is_words]
    for _, group in groupby(numbers, key=lambda column: column.over[:-1]):
        units = _together(list(group), room)
        alone = len(units) > 1 and len(numbers[0].over) > 1
        if chapters[-1] and (alone or own):
            chapters.append([])
        chapters[-1] += units
        own = alone
    words = [column for column in figures if column.is_words]
    if words:
        chapters[-1] += [words] if _width(words) <= room else [[column] for column in words]
    return chapters


def _together(
    columns: Sequence[LatexColumn], room: float, level: int = 0
) -> list[list[LatexColumn]]:
    """Break columns at the outermost heads below which all fit into a panel."""
    units = []
    for _, group in groupby(columns, key=lambda column: column.over[:level]):
        unit = list(group)
        if _width(unit) <= room:
            units.append(unit)
        elif level < len(unit[0].over):
            units += _together(unit, room, level + 1)
        else:
            units += [[column] for column in unit]
    return units


def _width(columns: Sequence[LatexColumn]) -> float:
    """Return the width of columns beside each other, shared heads reckoned in."""
    bare = sum(column.width for column in columns)
    levels = len(columns[0].over) if columns else 0
    return max((bare + _missing(columns, level) for level in range(levels)), default=bare)


def _missing(columns: Sequence[LatexColumn], level: int) -> float:
    """Return by how much the heads of a level are wider than the columns below them."""
    missing = 0.0
    for over, group in groupby(columns, key=lambda column: column.over[: level + 1]):
        below = sum(column.width for column in group)
        missing += max(0.0, head_width(over[-1], below) + BETWEEN - below)
    return missing


def head_room(below: float) -> float:
    """Return the points that a head over columns takes before it goes into lines."""
    return max(below - BETWEEN, 40.0)


def head_width(text: str, below: float) -> float:
    """Return the points that a head over columns of a width takes."""
    return stacked_width(text, head_room(below)) if text else 0.0
