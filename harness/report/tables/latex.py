r"""Tables as LaTeX for booktabs and siunitx, none wider than a page of two columns."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from harness.report.protocols import Protocol
from harness.report.tables.joined_sets import Joined, joined
from harness.report.tables.latex_columns import LatexColumn, stacked
from harness.report.tables.latex_layout import Panel, Part, head_room, laid_out
from harness.report.tables.latex_text import LETTER, LETTER_DEFINITION, latex_text
from harness.report.tables.model import Table

SETTINGS = r"\sisetup{detect-all, table-number-alignment=right, table-text-alignment=right}"
"""Bold figures stay bold, and what is no number ends where the numbers do."""

MARKS = "Bold: best of the column, or behind by no more than noise; underlined: next."
MARKS_OF_RUNS = (
    "Bold: best of the column; underlined: next. Runs are not tested against each other."
)

NEEDS = r"% Needs \usepackage{booktabs} and \usepackage{siunitx}."


def to_latex(
    tables: Sequence[Table],
    protocols: Sequence[Protocol] = (),
    title: str = "",
    label: str = "table",
    remark: str = "",
) -> str:
    r"""Return the tables as LaTeX, each with a caption and a label, the signatures as comments.

    Tables that have the same columns on several rain sets become one, with the rain sets side by
    side. What is too wide for a column of the page becomes a ``table*``; what is too wide for the
    page is broken into panels one above the other.

    Args:
        tables: In their order.
        protocols: The signatures of their figures.
        title: What all captions begin with.
        label: Of the first table, after ``tab:``; further ones have a number behind it.
        remark: A comment for whoever reads the file.
    """
    environments = [
        _environment(part)
        for number, one in enumerate(joined(tables), start=1)
        for part in laid_out(one, _caption(title, one), _numbered(label, number))
    ]
    comments = [f"{one.task} {one.labels}: {one.signature}" for one in protocols]
    head = [NEEDS, *(f"% {_one_line(text)}" for text in [*filter(None, [remark]), *comments])]
    if any(f"\\{LETTER}{{" in text for text in environments):
        head.append(LETTER_DEFINITION)
    return "\n\n".join(["\n".join(head), *environments]) + "\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _numbered(label: str, number: int) -> str:
    return f"{label}-{number}" if number > 1 else label


def _caption(title: str, one: Joined) -> str:
    about = ": ".join(filter(None, [title, one.table.heading]))
    marks = MARKS_OF_RUNS if one.table.with_runs else MARKS
    sentences = [f"{about}." if about else "", marks if one.table.is_ranked else ""]
    return " ".join(filter(None, sentences))


def _environment(part: Part) -> str:
    """Return one float: its caption, its panels and its notes."""
    name = "table*" if part.is_wide else "table"
    continued = " (continued)" if part.is_continued else ""
    caption = rf"\caption{{{latex_text(part.caption, may_break=True)}{continued}}}"
    label = rf"\label{{tab:{part.label}}}"
    if part.is_continued:
        caption, label = rf"\addtocounter{{table}}{{-1}}{caption}", ""
    lines = [
        rf"\begin{{{name}}}",
        r"  \centering\footnotesize",
        rf"  \setlength{{\tabcolsep}}{{4pt}}{SETTINGS}",
        f"  {caption}{label}",
    ]
    for index, panel in enumerate(part.panels):
        lines += [r"  \par\medskip"] * (index > 0) + _tabular(panel)
    lines += [
        rf"  \par\smallskip\raggedright {latex_text(note, may_break=True)}" for note in part.notes
    ]
    return "\n".join([*lines, rf"\end{{{name}}}"])


def _tabular(panel: Panel) -> list[str]:
    lines = [
        rf"  \begin{{tabular}}{{{''.join(column.preamble for column in panel.columns)}}}",
        r"    \toprule",
        *_heads(panel),
        r"    \midrule",
    ]
    for index, is_reference in enumerate(panel.are_references):
        if index and panel.are_references[index - 1] != is_reference:
            lines.append(r"    \midrule")
        lines.append(_row(column.cells[index] for column in panel.columns))
    return [*lines, r"    \bottomrule", r"  \end{tabular}"]


def _heads(panel: Panel) -> list[str]:
    """Return the lines of heads: rain sets and tasks over the columns that they share."""
    lines = []
    for level in range(len(panel.columns[0].over)):
        texts, rules, start = [], [], 1
        for over, group in groupby(panel.columns, key=lambda column: column.over[: level + 1]):
            below = list(group)
            span = sum(column.spans for column in below)
            texts.append(_over(over[-1], below, span))
            if over[-1]:
                rules.append(rf"\cmidrule(lr){{{start}-{start + span - 1}}}")
            start += span
        lines += [_row(texts), f"    {' '.join(rules)}"]
    return [*lines, _row(column.head for column in panel.columns)]


def _over(text: str, below: Sequence[LatexColumn], span: int) -> str:
    if not text:
        return " & " * (span - 1)
    head = stacked(text, head_room(sum(column.width for column in below)))
    return rf"\multicolumn{{{span}}}{{c}}{{{head}}}"


def _row(cells: Iterable[str]) -> str:
    return f"    {' & '.join(cells)} \\\\"
