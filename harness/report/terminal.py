"""The joint table of a run on a terminal, or wherever a command's output goes."""

import shutil
import textwrap
from collections.abc import Iterator, Sequence

from harness.report.tables.images_harmed import is_of_images_harmed, with_images_harmed
from harness.report.tables.measured import joint_table
from harness.report.tables.model import DAGGER, Cell, Table
from harness.report.tables.table_index import was_written
from harness.report_settings import ReportSettings
from harness.run_folder.run_data import RunData

NARROWEST, WIDEST = 80, 100
"""Columns; between them the terminal decides."""

MOST_SETS = 8
"""Rain sets printed; tables/joint.md has them all."""

LONGEST_NAME = 24
HARMED = "harmed"
"""The head of the share of images harmed, behind the figure that it belongs to."""

BEST = "*"
GAP = "  "

MARKS = {
    BEST: "best of its column, or behind it by no more than noise",
    DAGGER: "see the note",
}
"""Of those that no note of a table explains."""


def printed_results(run: RunData, width: int | None = None) -> str:
    """Return the figures of a run with their intervals and marks, a table for each rain set.

    Args:
        run: The run.
        width: Columns to fill at most; those of the terminal where None. Names and heads that are
            longer than their column take more.
    """
    columns = width or min(WIDEST, max(NARROWEST, shutil.get_terminal_size((WIDEST, 24)).columns))
    sets = [one.name for one in run.rain_sets if run.tasks_of(one.name)]
    tables = [with_images_harmed(run, joint_table([run], one)) for one in sets[:MOST_SETS]]
    parts = ["\n".join(_lines(table, columns)) for table in tables if table.columns]
    if len(sets) > MOST_SETS:
        parts.append(f"{len(sets) - MOST_SETS} more rain sets stand in tables/joint.md.")
    text = "\n\n".join(parts)
    marks = [f"{mark} {meaning}" for mark, meaning in MARKS.items() if mark in text]
    return "\n".join([text, "", *_wrapped("; ".join(marks) + ".", columns)]) if marks else text


def empty_choices(run: RunData, settings: ReportSettings) -> list[str]:
    """Return a line for each table of choice of which the report found nothing.

    Args:
        run: Whose report was written.
        settings: Of this report.
    """
    return [
        f"note: report.tables ({one.name}): this run has nothing to show of that kind "
        f"({one.shows}); no files were written"
        for one in settings.tables
        if not was_written(run.directory / "tables", one.name)
    ]


def _lines(table: Table, width: int) -> Iterator[str]:
    yield table.caption
    names = [row.label for row in table.rows]
    names = [
        name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 3]}..." for name in names
    ]
    side = max(map(len, names))
    texts = list[list[str]]()
    for place, column in enumerate(table.columns):
        of_column = [_text(row.cells[place]) for row in table.rows]
        if is_of_images_harmed(column):
            texts[-1] = _side_by_side([texts[-1], [HARMED, *of_column]])
        else:
            texts.append([f"{column.group} {column.label}", *of_column])
    for block in _blocks(texts, width - side):
        yield from (line.rstrip() for line in _side_by_side([["", *names], *block]))
    for note in table.notes:
        yield from _wrapped(note, width)


def _side_by_side(columns: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of columns of text beside each other."""
    widths = [max(map(len, column)) for column in columns]
    return [
        GAP.join(text.ljust(wide) for text, wide in zip(line, widths, strict=True))
        for line in zip(*columns, strict=True)
    ]


def _blocks(texts: Sequence[list[str]], width: int) -> Iterator[list[list[str]]]:
    """Yield as many columns as fit beside each other, at least one, then the next ones."""
    block: list[list[str]] = []
    left = width
    for column in texts:
        wide = len(GAP) + max(map(len, column))
        if block and wide > left:
            yield block
            block, left = [], width
        block.append(column)
        left -= wide
    yield block


def _text(cell: Cell) -> str:
    mark = BEST if cell.rank == 1 else ""
    return f"{cell.text}{mark} {cell.interval_text}".rstrip()


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
