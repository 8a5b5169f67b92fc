"""All tables of a report as one Excel workbook, a sheet each: figures as numbers, names as text."""

import io
import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from harness.errors import BenchError
from harness.report.protocols import Protocol
from harness.report.tables.footnotes import IN_BRACKETS
from harness.report.tables.formats import words_of_marks
from harness.report.tables.model import Cell, Table

FILE = "tables.xlsx"
LONGEST_SHEET = 31
"""Characters of a sheet's name."""

IN_COLUMNS = "; low and high are the ends of 95 % intervals over images"

_NO_SHEET = re.compile(r"[\[\]:*?/\\\x00-\x1f']")
_EPOCH = datetime(2000, 1, 1)
"""Of every workbook, so that the same figures are the same bytes."""


class Titled(NamedTuple):
    """Tables of one kind.

    Attributes:
        title: What they tell.
        tables: In their order.
        protocols: The signatures of their figures.
    """

    title: str
    tables: Sequence[Table]
    protocols: Sequence[Protocol] = ()


def to_workbook(kinds: Mapping[str, Titled]) -> bytes:
    """Return the workbook: on each sheet the title, a table, its notes and its signatures.

    Args:
        kinds: By the names of their files.

    Raises:
        BenchError: If XlsxWriter, which writes it, is not installed.
    """
    try:
        import xlsxwriter
    except ImportError as error:
        raise BenchError(
            f"{FILE}: needs XlsxWriter, which is not installed; pip install 'rdmc-bench[excel]'"
        ) from error
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"created": _EPOCH})
        sheet_names: set[str] = set()
        for name, kind in kinds.items():
            for table in kind.tables:
                sheet = book.add_worksheet(_sheet_name(name, table, sheet_names))
                _fill(book, sheet, kind.title, table)
                _write_below(book, sheet, table, kind.protocols)
        if not sheet_names:
            book.add_worksheet("no tables")
    return buffer.getvalue()


def _sheet_name(name: str, table: Table, taken: set[str]) -> str:
    """Return a name that Excel takes, and that no other sheet has in whatever case."""
    whole = _NO_SHEET.sub(" ", " ".join(filter(None, [name, table.caption]))).strip()
    number, called = 1, whole[:LONGEST_SHEET].strip()
    while called.casefold() in taken or not called:
        number += 1
        called = f"{whole[: LONGEST_SHEET - len(str(number)) - 1].strip()} {number}"
    taken.add(called.casefold())
    return called


def _fill(book: Any, sheet: Any, title: str, table: Table) -> None:
    """Write a table below its title; `write_string` makes no formula of any text."""
    bold, italic = book.add_format({"bold": True}), book.add_format({"italic": True})
    sheet.write_string(0, 0, ": ".join(filter(None, [title, table.heading])), bold)
    names = ["derainer", *(["run"] if table.with_runs else [])]
    intervals = [_has_intervals(table, index) for index in range(len(table.columns))]
    heads = [("", name) for name in names]
    for column, has_interval in zip(table.columns, intervals, strict=True):
        heads.append((column.group, column.label))
        if has_interval:
            heads += [(column.group, f"{column.label} {end}") for end in ("low", "high")]
    heads += [("", word) for word in table.words]
    for at, (group, label) in enumerate(heads):
        sheet.write_string(1, at, group, bold)
        sheet.write_string(2, at, label, bold)
    formats = _Formats(book)
    for line, row in enumerate(table.rows, start=3):
        texts = [row.label, *([row.run] if table.with_runs else [])]
        for at, text in enumerate(texts):
            sheet.write_string(line, at, text, italic if row.is_reference else None)
        at = len(texts)
        for cell, has_interval in zip(row.cells, intervals, strict=True):
            at = _write_cell(sheet, formats, line, at, cell, has_interval)
        for text in row.words:
            sheet.write_string(line, at, text)
            at += 1
    sheet.set_column(0, 0, 24)


def _write_below(book: Any, sheet: Any, table: Table, protocols: Sequence[Protocol]) -> None:
    """Write what must be known of a table's figures: notes, what bold means, signatures."""
    notes = [note.replace(IN_BRACKETS, IN_COLUMNS) for note in table.notes]
    texts = [*notes, *([words_of_marks([table])] if table.is_ranked else [])]
    signed = [_signed(one) for one in protocols]
    start = len(table.rows) + 4
    for line, text in enumerate(texts, start):
        sheet.write_string(line, 0, text)
    if signed:
        start += len(texts) + 1
        sheet.write_string(start, 0, "Signatures", book.add_format({"bold": True}))
        for line, text in enumerate(signed, start + 1):
            sheet.write_string(line, 0, text)


def _signed(one: Protocol) -> str:
    where = f" (on {', '.join(one.rain_sets)})" if one.rain_sets else ""
    return f"{one.task}: {one.labels}: {one.signature}{where}"


def _has_intervals(table: Table, index: int) -> bool:
    return any(row.cells[index].has_interval for row in table.rows)


def _write_cell(
    sheet: Any, formats: "_Formats", line: int, at: int, cell: Cell, has_interval: bool
) -> int:
    """Write a figure, and the ends of its interval if the column has any; return what is next."""
    if math.isfinite(cell.value):
        mark = cell.text.removeprefix(cell.figure)
        sheet.write_number(line, at, cell.value, formats.of(cell.digits, cell.rank, mark))
    elif math.isinf(cell.value):
        sheet.write_string(line, at, cell.text)
    if not has_interval:
        return at + 1
    if cell.has_interval and cell.interval is not None:
        for place, end in enumerate(cell.interval, start=at + 1):
            sheet.write_number(line, place, end, formats.of(cell.digits, 0, ""))
    return at + 3


class _Formats:
    """The formats of a workbook's numbers, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[int, int, str], Any] = {}

    def of(self, digits: int, rank: int, mark: str) -> Any:
        """Return the format of so many decimals: bold for the best, underlined for the second."""
        place = (digits, rank, mark)
        if place not in self._made:
            number = "0" + ("." + "0" * digits if digits else "")
            settings: dict[str, Any] = {"num_format": number + (f'"{mark}"' if mark else "")}
            if rank:
                settings |= {"bold": True} if rank == 1 else {"underline": 1}
            self._made[place] = self._book.add_format(settings)
        return self._made[place]
