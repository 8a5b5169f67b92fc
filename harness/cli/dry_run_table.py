"""The table of `run --dry-run`."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.run.dry_run import DryRun
from harness.wording import counted

PIPED_WIDTH = 80
"""Columns where nobody says how wide the terminal is."""


def print_dry_run(name: str, planned: DryRun) -> None:
    """Print what a run would compute, and in the last line the sum of it."""
    console = Console(soft_wrap=False, highlight=False, markup=False)
    if not console.is_terminal:
        console.width = PIPED_WIDTH
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in ("rain set", "derainer"):
        table.add_column(head, overflow="fold")
    for head in ("images", "rows there", "to compute"):
        table.add_column(head, justify="right")
    for row in planned.rows:
        shown = (Text(row.rain_set), Text(row.derainer), str(row.images))
        left_out = Text(f"left out: {row.left_out}") if row.left_out else str(row.to_compute)
        table.add_row(*shown, str(row.there), left_out)
    console.print(table)
    for line in planned.troubles:
        console.print(line, style="yellow")
    to_compute = sum(row.to_compute for row in planned.rows)
    there = sum(row.there for row in planned.rows)
    console.print(
        f"{name}: {counted(to_compute, 'row')} to compute, {counted(there, 'row')} there; "
        "a row is an image as a task judges it. Nothing was computed or written"
    )
