"""The tables of a user's choice, of a run and of those beside it, for its page and its files."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from harness.errors import ConfigError
from harness.report.introductions import without_intervals
from harness.report.page.run_page import Beside, Chosen
from harness.report.printing import UNDEFINED
from harness.report.protocols import Protocol
from harness.report.tables.chosen import chosen_tables
from harness.report.tables.model import Table
from harness.report.tables.shown_protocols import shown_protocols
from harness.report.tables.table_files import write_tables
from harness.report_settings import ReportSettings, TableChoice
from harness.run_folder.run_data import RunData

EVERYTHING = (TableChoice(name="joint", title="Every derainer against every task"),)
"""What is shown of a run beside that chose no tables."""


def chosen_of(
    run: RunData, choices: Sequence[TableChoice], introductions: Mapping[str, str]
) -> tuple[list[Chosen], ConfigError | None]:
    """Return what a user chose, and what is wrong with the first choice that cannot be had.

    Args:
        run: The run.
        choices: As the configuration has them.
        introductions: By the kind of table, what must be known to read it.
    """
    found, problem = [], None
    for one in choices:
        try:
            tables = chosen_tables(run, one)
        except ConfigError as error:
            problem = problem or error
            continue
        if tables:
            words = introductions.get(one.shows, "")
            words = words if one.intervals else without_intervals(words)
            signed = shown_protocols(run, one, tables)
            found.append(Chosen(one.name, one.title or one.name, words, tables, signed))
    return found, problem


def beside(
    run: RunData, settings: ReportSettings, introductions: Mapping[str, str]
) -> tuple[Beside, ConfigError | None]:
    """Return what a page shows of another run, and what is wrong with a choice of its own.

    Each of its tables says whose it is.

    Args:
        run: The other run.
        settings: What its configuration says of its report.
        introductions: By the kind of table, what must be known to read it.
    """
    manifest = run.manifest
    source = (manifest.git.revision or UNDEFINED)[:12]
    facts = f"Figures of the run {run.name} (source {source}, finished {manifest.finished[:10]})"
    words = f"{manifest.description} {facts}, not of this one.".strip()
    chosen, problem = chosen_of(run, settings.tables or EVERYTHING, introductions)
    if problem is not None:
        problem = ConfigError(f"beside: {run.name}: {problem}")
    named = [one._replace(tables=[_of(run, table) for table in one.tables]) for one in chosen]
    signed: list[Protocol] = []
    for protocol in (protocol for one in chosen for protocol in one.protocols):
        signed += [] if protocol in signed else [protocol]
    return Beside(run.name, words, named, signed), problem


def _of(run: RunData, table: Table) -> Table:
    return replace(table, notes=(*table.notes, f"Figures of the run {run.name}."))


def as_files(shown: Beside) -> list[Chosen]:
    """Return the tables of another run as they go into files named after it."""
    return [
        one._replace(
            name=f"{shown.name}-{one.name}",
            title=f"{shown.name}: {one.title}",
            introduction=f"{shown.words} {one.introduction}".strip(),
        )
        for one in shown.chosen
    ]


def write_chosen(folder: Path, chosen: Sequence[Chosen]) -> list[str]:
    """Write tables of choice as files; return the names of these."""
    return [
        name
        for one in chosen
        for name in write_tables(
            folder, one.name, one.title, one.tables, one.protocols, one.introduction
        )
    ]
