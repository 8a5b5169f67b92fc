"""The table of a check, for a terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.check.findings import Findings, Verdict
from harness.check.whole_check import Checked
from harness.wording import some_and_more

PIPED_WIDTH = 100
"""Columns where nobody says how wide the terminal is."""

WIDTH_OF_WHAT = 17
"""Columns of what was looked at; a longer name goes on below."""

MARKS: dict[Verdict, str] = {"": "", "note": "note", "untried": "note", "wrong": "WRONG"}
STYLES: dict[Verdict, str] = {
    "": "",
    "note": "yellow",
    "untried": "yellow",
    "wrong": "bold red",
}


def print_check(checked: Checked) -> None:
    """Print what a check found as one table, and in the last line what came of it."""
    console = Console(soft_wrap=False, highlight=False)
    if not console.is_terminal:
        console.width = PIPED_WIDTH
    for part in checked.parts:
        console.print(Text(part.head, style="bold"))
        console.print(_lines(part))
    if checked.overlaps_in is not None:
        console.print(f"noted in {checked.overlaps_in}/overlaps.json", markup=False)
    console.print(f"{checked.name}: {_in_all(checked)}", markup=False)


def _in_all(checked: Checked) -> str:
    """Return what came of a check, and what was not tried, in words."""
    untried = f"; not tried: {some_and_more(checked.untried)}" if checked.untried else ""
    if number := len(checked.wrong):
        wrong = "line above says what" if number == 1 else "lines above say what"
        return f"{number} {wrong} would cost rows or change figures{untried}"
    what = "nothing that was tried" if untried else "nothing"
    return f"{what} would cost rows or change figures{untried}"


def _lines(part: Findings) -> Table:
    """Return the lines of a part; what several of them are about stands beside the first."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(width=WIDTH_OF_WHAT, overflow="fold")
    table.add_column(width=max(map(len, MARKS.values())), no_wrap=True)
    table.add_column(overflow="fold")
    earlier = ""
    for line in part.lines:
        what = Text("" if line.what == earlier else line.what)
        table.add_row(what, Text(MARKS[line.verdict], style=STYLES[line.verdict]), Text(line.found))
        earlier = line.what
    return table
