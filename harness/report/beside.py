"""The tables of other finished runs in a run's report, each said to be of its own run."""

from pathlib import Path

from harness.report.page.run_page import Beside
from harness.report.printing import UNDEFINED
from harness.report.protocols import protocols
from harness.report.tables.chosen import chosen_tables
from harness.report.tables.table_files import write_tables_if_any
from harness.report_settings import ReportSettings, TableChoice
from harness.run_folder.run_data import RunData

EVERYTHING = (TableChoice(name="joint", title="Every derainer against every task"),)
"""What is shown of a run that chose no tables."""


def beside(run: RunData, settings: ReportSettings) -> Beside:
    """Return what a page shows of another run.

    Args:
        run: The other run.
        settings: What its configuration says of its report.

    Raises:
        BenchError: If a choice names what the run does not have.
    """
    manifest = run.manifest
    source = (manifest.git.revision or UNDEFINED)[:12]
    facts = f"Figures of the run {run.name} (source {source}, finished {manifest.finished[:10]})"
    words = f"{manifest.description} {facts}, not of this one.".strip()
    choices = settings.tables or EVERYTHING
    return Beside(
        run.name,
        words,
        {one.name: chosen_tables(run, one) for one in choices},
        {one.name: one.title or one.name for one in choices},
    )


def write_beside(folder: Path, run: RunData, shown: Beside) -> None:
    """Write its tables as files, whose names begin with that of their run.

    Args:
        folder: Of the tables.
        run: The other run.
        shown: What `beside` returned of it.
    """
    for name, tables in shown.tables.items():
        title = f"{run.name}: {shown.titles[name]}"
        listed = protocols(run)
        write_tables_if_any(folder, f"{run.name}-{name}", title, tables, listed, shown.words)
