"""Tables as Markdown and CSV: two views of the same cells."""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from harness.report.protocols import Protocol
from harness.report.tables.model import Cell, Row, Table

_MARKDOWN: dict[str, str | int | None] = {
    **{character: f"\\{character}" for character in "\\|*_`[]#~$"},
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "\n": " ",
}


def markdown_text(text: str) -> str:
    r"""Escape what Markdown or the HTML within it would take for markup.

    >>> print(markdown_text("A_net <v2> | 5% & more"))
    A\_net &lt;v2&gt; \| 5% &amp; more
    """
    return text.translate(str.maketrans(_MARKDOWN))


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
        parts.append(f"## {markdown_text(table.heading)}")
        parts.append("\n".join(_markdown_lines(table)))
        if table.notes:
            parts.append("\n".join(f"- {markdown_text(note)}" for note in table.notes))
    if any(table.is_ranked for table in tables):
        parts.append(words_of_marks(tables, "**Bold**", "<ins>underlined</ins>"))
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


def words_of_marks(
    tables: Sequence[Table], bold: str = "Bold", underlined: str = "underlined"
) -> str:
    """Return a sentence on what bold, underlined and italic mean, with these two words set so."""
    of_runs = any(table.with_runs for table in tables)
    ties = "" if of_runs else ", with all that it is ahead of by no more than noise,"
    return (
        f"{bold} is the best of a column{ties} and {underlined} the next, among "
        "complete rows other than the references (in italics)."
        + " Runs are not tested against each other."
        * of_runs
    )


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

    Names are those of the records, whatever they are called in print. Columns that some tables
    lack are empty there; a table of no rain set stands beside the figures of each. ``incomplete``
    names the columns whose figures stand on fewer images than the others'.
    """
    tables = [table.as_recorded or table for table in tables]
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
