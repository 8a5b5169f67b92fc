r"""Tables as Markdown, CSV and LaTeX: three views of the same cells."""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from harness.report.printing import MINUS, UNDEFINED
from harness.report.protocols import Protocol
from harness.report.tables.model import Cell, Row, Table

_MARKDOWN: dict[str, str | int | None] = {
    **{character: f"\\{character}" for character in "\\|*_`[]#~"},
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "\n": " ",
}
_LATEX: dict[str, str | int | None] = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "∞": r"$\infty$",
    "↓": r"$\downarrow$",
    MINUS: r"$-$",
    UNDEFINED: "--",
    "†": r"$^\dagger$",
    "▼": r"$^{\bigtriangledown}$",
    "‡": r"$^\ddagger$",
    "\n": " ",
}

LATEX_WORDS = r"p{0.16\linewidth}"
"""A column of words, which may take several lines."""


def markdown_text(text: str) -> str:
    r"""Escape what Markdown or the HTML within it would take for markup.

    >>> print(markdown_text("A_net <v2> | 5% & more"))
    A\_net &lt;v2&gt; \| 5% &amp; more
    """
    return text.translate(str.maketrans(_MARKDOWN))


def latex_text(text: str) -> str:
    r"""Escape what LaTeX would take for a command.

    >>> print(latex_text("A_net <v2> 5% & 0.1"))
    A\_net \textless{}v2\textgreater{} 5\% \& 0.1
    """
    return text.translate(str.maketrans(_LATEX))


def to_markdown(
    title: str,
    tables: Sequence[Table],
    protocols: Sequence[Protocol] = (),
    introduction: str = "",
    plot: str = "",
) -> str:
    """Return the tables as one Markdown document, the signatures below them.

    Args:
        title: Of the document.
        tables: In their order.
        protocols: The signatures.
        introduction: What must be known to read the tables.
        plot: Markdown of a plot that stands before it.
    """
    parts = [f"# {markdown_text(title)}", *([plot] if plot else [])]
    parts += [markdown_text(introduction)] if introduction else []
    for table in tables:
        parts.append(f"## {markdown_text(table.caption)}")
        parts.append("\n".join(_markdown_lines(table)))
        if table.notes:
            parts.append("\n".join(f"- {markdown_text(note)}" for note in table.notes))
    if any(table.is_ranked for table in tables):
        parts.append(
            "**Bold** is the best of a column, with all that it is ahead of by no more than noise, "
            "and <ins>underlined</ins> the next, among complete rows other than the references (in "
            "italics)."
        )
    if protocols:
        parts.append("## Signatures")
        parts.append(
            "\n".join(
                f"- {markdown_text(f'{one.task}: {one.labels}')}: `{_code(one.signature)}`"
                + (f" (on {markdown_text(', '.join(one.rain_sets))})" if one.rain_sets else "")
                for one in protocols
            )
        )
    return "\n\n".join(parts) + "\n"


def _code(text: str) -> str:
    return text.replace("`", "'").replace("\n", " ")


def _markdown_lines(table: Table) -> list[str]:
    heads = ["derainer", *(["run"] if table.with_runs else [])]
    titles = heads + [f"{column.group} {column.label}" for column in table.columns]
    lines = [_markdown_row(map(markdown_text, [*titles, *table.words]))]
    sides = [":--"] * len(heads) + ["--:"] * len(table.columns) + [":--"] * len(table.words)
    lines.append(_markdown_row(sides))
    for row in table.rows:
        label = markdown_text(row.label)
        names = [f"*{label}*" if row.is_reference else label]
        if table.with_runs:
            names.append(markdown_text(row.run))
        figures = [_markdown_cell(cell) for cell in row.cells]
        lines.append(_markdown_row([*names, *figures, *map(markdown_text, row.words)]))
    return lines


def _markdown_row(texts: Iterable[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _markdown_cell(cell: Cell) -> str:
    text = {0: "{}", 1: "**{}**", 2: "<ins>{}</ins>"}[cell.rank].format(cell.text)
    return f"{text} {markdown_text(cell.interval_text)}".rstrip()


def to_csv(tables: Sequence[Table]) -> str:
    """Return the tables as one CSV: a row per rain set and derainer, figures in full precision.

    Columns that some tables lack are empty there; a table of no rain set stands beside the figures
    of each. ``incomplete`` names the columns whose figures stand on fewer images than the others'.
    """
    sets = list(dict.fromkeys(table.rain_set for table in tables if table.rain_set))
    tables = [
        replace(table, rain_set=rain_set)
        for table in tables
        for rain_set in ([table.rain_set] if table.rain_set or not sets else sets)
    ]
    with_runs = any(table.with_runs for table in tables)
    heads = ["rain_set", "derainer", *(["run"] if with_runs else []), "reference", "incomplete"]
    rows: dict[tuple[str, str, str, str], dict[str, str]] = {}
    keys: dict[str, None] = {}
    for table in tables:
        for row in table.rows:
            merged = rows.setdefault((table.rain_set, row.name, row.label, row.run), {})
            _fill_csv_row(merged, table, row)
            keys.update(dict.fromkeys(key for key in merged if key not in heads))
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, [*heads, *keys], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows.values())
    return buffer.getvalue()


def _fill_csv_row(merged: dict[str, str], table: Table, row: Row) -> None:
    merged["rain_set"] = table.rain_set
    merged["derainer"] = row.name or row.label
    if table.with_runs:
        merged["run"] = row.run
    merged["reference"] = str(row.is_reference).lower()
    incomplete = merged.get("incomplete", "").split()
    for column, cell in zip(table.columns, row.cells, strict=True):
        merged[column.key] = "" if math.isnan(cell.value) else repr(cell.value)
        if cell.interval and cell.has_interval:
            merged[f"{column.key}/low"] = repr(cell.interval.low)
            merged[f"{column.key}/high"] = repr(cell.interval.high)
        if cell.incomplete:
            incomplete.append(column.key)
    merged["incomplete"] = " ".join(incomplete)
    merged.update(zip(table.words, row.words, strict=True))
    merged.update(row.details)


def to_latex(tables: Sequence[Table], protocols: Sequence[Protocol] = ()) -> str:
    r"""Return the tables as LaTeX for booktabs, each in its own ``table`` environment."""
    head = "% Needs \\usepackage{booktabs}."
    if any(table.is_ranked for table in tables):
        head += " Bold: best of the column; underlined: second."
    comments = [f"% {one.task} {one.labels}: {one.signature}" for one in protocols]
    signatures = "\n".join(line.replace("\n", " ") for line in comments)
    return "\n\n".join([f"{head}\n{signatures}", *map(_latex_table, tables)]) + "\n"


def _latex_table(table: Table) -> str:
    heads = ["Derainer", *(["Run"] if table.with_runs else [])]
    sides = "l" * len(heads) + "r" * len(table.columns) + LATEX_WORDS * len(table.words)
    lines = [
        r"\begin{table}",
        r"  \centering",
        rf"  \caption{{{latex_text(table.caption)}}}",
        rf"  \begin{{tabular}}{{{sides}}}",
        r"    \toprule",
        *_latex_heads(table, heads),
        r"    \midrule",
    ]
    for index, row in enumerate(table.rows):
        if index and table.rows[index - 1].is_reference and not row.is_reference:
            lines.append(r"    \midrule")
        label = latex_text(row.label)
        names = [rf"\textit{{{label}}}" if row.is_reference else label]
        if table.with_runs:
            names.append(latex_text(row.run))
        figures = [_latex_cell(cell) for cell in row.cells]
        cells = [*names, *figures, *map(latex_text, row.words)]
        lines.append(f"    {' & '.join(cells)} \\\\")
    lines += [r"    \bottomrule", r"  \end{tabular}"]
    lines += [rf"  \par\footnotesize {latex_text(note)}" for note in table.notes]
    return "\n".join([*lines, r"\end{table}"])


def _latex_heads(table: Table, heads: Sequence[str]) -> list[str]:
    over, rules, position = [""] * len(heads), [], len(heads) + 1
    for group, span in table.groups:
        over.append(rf"\multicolumn{{{span}}}{{c}}{{{latex_text(group)}}}")
        rules.append(rf"\cmidrule(lr){{{position}-{position + span - 1}}}")
        position += span
    labels = [*heads, *(column.label for column in table.columns), *table.words]
    over += [""] * len(table.words)
    return [
        f"    {' & '.join(over)} \\\\",
        f"    {' '.join(rules)}",
        f"    {' & '.join(map(latex_text, labels))} \\\\",
    ]


def _latex_cell(cell: Cell) -> str:
    text = latex_text(cell.text)
    text = {0: "{}", 1: r"\textbf{{{}}}", 2: r"\underline{{{}}}"}[cell.rank].format(text)
    return f"{text} {latex_text(cell.interval_text)}".rstrip()
