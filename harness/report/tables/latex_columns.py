r"""The columns of a LaTeX table: how each is set, and how wide it will be."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.report.printing import MINUS
from harness.report.tables.joined_sets import Joined
from harness.report.tables.latex_text import latex_text, text_width
from harness.report.tables.model import Cell

BETWEEN = 8.0
"""Points between two columns: twice the ``\\tabcolsep`` that the tables set."""

WIDEST_NAMES, WIDEST_WORDS = 120.0, 84.0
"""Points that names and words take before they are broken into lines."""

WIDEST_HEAD = 90.0
"""Points of a word in a head before it is broken, wherever that is."""

_BOLD = 1.16
"""By which bold digits are wider."""

_SMALL = 0.95
"""Of an interval, which is set in ``\\scriptsize``."""

_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True)
class LatexColumn:
    """A column of a table, or two of LaTeX where something stands behind its figures.

    Attributes:
        over: Heads that it may share with its neighbours, the outermost first.
        head: Its own head, as LaTeX.
        head_lines: Lines that this takes.
        preamble: Its part of the preamble of ``tabular``.
        cells: As LaTeX, one a row.
        width: Points, at most, with the space between columns.
        lines: Lines that each row takes, one a row.
        spans: Columns of LaTeX.
        is_words: Whether it holds words, which may be left out of a panel.
    """

    over: tuple[str, ...]
    head: str
    head_lines: int
    preamble: str
    cells: tuple[str, ...]
    width: float
    lines: tuple[int, ...]
    spans: int = 1
    is_words: bool = False

    def of_rows(self, rows: slice) -> "LatexColumn":
        """Return the column of some rows alone."""
        return replace(self, cells=self.cells[rows], lines=self.lines[rows])


def name_columns(one: Joined) -> list[LatexColumn]:
    """Return the columns that say whose a row is."""
    table, levels = one.table, len(one.over(0)) if one.table.columns else 1
    shown = [row.label for row in table.rows]
    names = _words("Derainer", shown, WIDEST_NAMES, levels)
    set_apart = tuple(
        rf"\textit{{{cell}}}" if row.is_reference else cell
        for row, cell in zip(table.rows, names.cells, strict=True)
    )
    columns = [replace(names, cells=set_apart)]
    if table.with_runs:
        columns.append(_words("Run", [row.run for row in table.rows], WIDEST_NAMES, levels))
    return columns


def figure_columns(one: Joined) -> list[LatexColumn]:
    """Return the columns with figures, then those with words."""
    table = one.table
    columns = [
        _figures(one.over(index), column.label, [row.cells[index] for row in table.rows])
        for index, column in enumerate(table.columns)
    ]
    levels = len(one.over(0)) if table.columns else 1
    words = [
        _words(head, [row.words[index] for row in table.rows], WIDEST_WORDS, levels)
        for index, head in enumerate(table.words)
    ]
    return [*columns, *(replace(column, is_words=True) for column in words)]


def stacked(text: str, width: float, side: str = "c") -> str:
    r"""Return a head as LaTeX, in several lines where it is wider than what stands below it.

    Args:
        text: The head.
        width: Points that it may take.
        side: ``c``, ``l`` or ``r``.

    >>> print(stacked("PSNR-Y", 40)), print(stacked("images gaining", 30, "r"))
    PSNR-Y
    \begin{tabular}[b]{@{}r@{}}images\\gaining\end{tabular}
    (None, None)
    """
    lines = _lines(text, width)
    if len(lines) == 1:
        return latex_text(lines[0])
    inner = r"\\".join(map(latex_text, lines))
    return rf"\begin{{tabular}}[b]{{@{{}}{side}@{{}}}}{inner}\end{{tabular}}"


def stacked_width(text: str, width: float) -> float:
    """Return how wide `stacked` makes a head, in points."""
    return max(map(text_width, _lines(text, width)), default=0.0)


def stacked_lines(text: str, width: float) -> int:
    """Return the lines into which `stacked` breaks a head."""
    return len(_lines(text, width))


def _lines(text: str, width: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        first, *others = _pieces(word)
        if lines and text_width(f"{lines[-1]} {first}") <= width:
            lines[-1] += f" {first}"
        else:
            lines.append(first)
        lines += others
    return lines or [""]


def _pieces(word: str) -> list[str]:
    """Return a word in pieces that are not wider than a head may be."""
    pieces = [""]
    for letter in word:
        if text_width(pieces[-1] + letter) > WIDEST_HEAD:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _figures(over: tuple[str, ...], label: str, cells: Sequence[Cell]) -> LatexColumn:
    numbers = [text for cell in cells if _NUMBER.fullmatch(text := _plain(cell))]
    behind = [_behind(cell) for cell in cells]
    wide = max((_number_width(cell) for cell in cells), default=0.0)
    preamble = f"S[table-format={_format(numbers)}]" if numbers else "r"
    decimals = max(map(_decimals, numbers), default=0)
    texts = [_figure(cell, decimals if numbers else None) for cell in cells]
    small = max((text_width(text) * _SMALL for text in behind), default=0.0)
    spans = 1
    if any(behind):
        preamble, spans = preamble + r"@{\,}l", 2
        small += 1.5
        texts = [
            f"{text} & {_small(text_behind)}"
            for text, text_behind in zip(texts, behind, strict=True)
        ]
    body = wide + small
    room = max(body, 30.0)
    head = stacked(label, room, "r" if spans == 1 else "c")
    head = f"{{{head}}}" if spans == 1 else rf"\multicolumn{{2}}{{c}}{{{head}}}"
    width = max(body, stacked_width(label, room)) + BETWEEN
    lines, one_each = stacked_lines(label, room), (1,) * len(cells)
    return LatexColumn(over, head, lines, preamble, tuple(texts), width, one_each, spans)


def _plain(cell: Cell) -> str:
    return cell.figure.replace(MINUS, "-")


def _behind(cell: Cell) -> str:
    """Return what stands behind the figure: marks and the interval."""
    mark = cell.text.removeprefix(cell.figure) if cell.text.startswith(cell.figure) else ""
    return " ".join(filter(None, [mark, cell.interval_text]))


def _small(text: str) -> str:
    return rf"{{\scriptsize {latex_text(text)}}}" if text else ""


def _figure(cell: Cell, decimals: int | None) -> str:
    """Return a figure in a column of so many decimals, None in one without any number."""
    plain, shown = _plain(cell), latex_text(cell.figure)
    if decimals is None or not _NUMBER.fullmatch(plain):
        return f"{{{shown}}}"
    if cell.rank == 2:
        missing = decimals - _decimals(plain)
        filling = rf"\phantom{{{'.' * (plain.isdigit())}{'0' * missing}}}" if missing else ""
        return rf"{{\underline{{{shown}}}{filling}}}"
    return rf"\bfseries {plain}" if cell.rank == 1 else plain


def _decimals(number: str) -> int:
    return len(number.partition(".")[2])


def _number_width(cell: Cell) -> float:
    width = text_width(cell.figure)
    return width * _BOLD if cell.rank == 1 else width


def _format(numbers: Sequence[str]) -> str:
    """Return siunitx's format for all of them: the digits before and after the point, the sign."""
    before = max(len(number.lstrip("-").partition(".")[0]) for number in numbers)
    after = max(map(_decimals, numbers))
    sign = "-" if any(number.startswith("-") for number in numbers) else ""
    return f"{sign}{before}.{after}"


def _words(head: str, texts: Sequence[str], widest: float, levels: int) -> LatexColumn:
    room = max(map(text_width, texts), default=0.0)
    longest = max((text_width(word) for text in texts for word in text.split()), default=0.0)
    over = ("",) * levels
    if room <= widest:
        below = max(room, 30.0)
        shown = max(room, stacked_width(head, below))
        cells = tuple(map(latex_text, texts))
        in_lines, head_lines = stacked(head, below, "l"), stacked_lines(head, below)
        one_each = (1,) * len(cells)
        return LatexColumn(over, in_lines, head_lines, "l", cells, shown + BETWEEN, one_each)
    width = max(min(widest, room), min(longest, 1.3 * widest))
    cells = tuple(latex_text(text, may_break=True) for text in texts)
    lines = tuple(max(1, math.ceil(text_width(text) * 1.25 / width)) for text in texts)
    preamble = rf">{{\raggedright\arraybackslash}}p{{{width:.0f}pt}}"
    in_lines, head_lines = stacked(head, width, "l"), stacked_lines(head, width)
    return LatexColumn(over, in_lines, head_lines, preamble, cells, width + BETWEEN, lines)
