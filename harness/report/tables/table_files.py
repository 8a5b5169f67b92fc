"""Tables as files: Markdown, CSV and LaTeX beside each other."""

from collections.abc import Sequence
from pathlib import Path

from harness.images import write_bytes
from harness.report.protocols import Protocol
from harness.report.tables.formats import to_csv, to_markdown
from harness.report.tables.latex import to_latex
from harness.report.tables.model import Table


def write_tables(
    folder: Path,
    name: str,
    title: str,
    tables: Sequence[Table],
    protocols: Sequence[Protocol] = (),
    introduction: str = "",
    plot: str = "",
) -> list[str]:
    """Write ``<name>.md``, ``<name>.csv`` and ``<name>.tex``; return these names.

    Args:
        folder: Made if need be.
        name: Of the files.
        title: Of the Markdown document.
        tables: In their order.
        protocols: The signatures, which stand below.
        introduction: What must be known to read them.
        plot: Markdown of a plot of them.
    """
    texts = {
        "md": to_markdown(title, tables, protocols, introduction, plot),
        "csv": to_csv(tables),
        "tex": to_latex(tables, protocols, title, name),
    }
    for ending, text in texts.items():
        write_text(folder / f"{name}.{ending}", text)
    return [f"{name}.{ending}" for ending in texts]


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 under a temporary name and rename it."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))
