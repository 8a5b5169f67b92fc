"""The report of a finished run once more, from its records alone."""

import functools
from contextlib import closing
from pathlib import Path

import pandas as pd

from harness.errors import BenchError
from harness.foreign_code import ForeignError
from harness.plugins import registry
from harness.plugins.guard import Guard
from harness.report import write_report
from harness.report.standing import note_report
from harness.report_settings import ReportSettings
from harness.run.known_figures import write_figures
from harness.run.upgrading import upgrade
from harness.run_folder.ownership import NOTE
from harness.run_folder.records import read_records


def report_again(
    directory: Path, settings: ReportSettings | None = None, excel: bool = False
) -> Path:
    """Write figures, tables, plots and page of a run's folder anew.

    Args:
        directory: A run's folder.
        settings: See `harness.report.write_report`, as ``excel``; where one is given, the report
            counts as made for once.
        excel: See there.

    Returns:
        The path of the page.

    Raises:
        BenchError: If a file of the run is missing or damaged, or the package of a task is gone;
            then nothing was written.
    """
    with closing(Guard(None)) as guard:
        records = read_records(directory)
        for task, rows in records.items():
            _check_that_it_can_summarise(directory, task, rows, guard)
        manifest = upgrade(directory, guard)
        write_figures(directory, records, manifest, guard)
    if settings is None and not excel:
        page = write_report(directory)
        note_report(directory)
        return page
    (directory / NOTE).unlink(missing_ok=True)  # of a report that this one takes the place of
    return write_report(directory, settings, excel)


def _check_that_it_can_summarise(
    directory: Path, task: str, rows: pd.DataFrame, guard: Guard
) -> None:
    """Refuse rows whose task cannot be imported: its figures would be lost from the report."""
    for kind in rows.loc[rows["status"] == "ok", "kind"].unique():
        try:
            guard.call(f"task {task} (import)", functools.partial(registry.load, "tasks", kind))
        except ForeignError as error:
            raise BenchError(
                f"{directory}: the rows of {task} were scored by the task {kind!r}, which cannot "
                f"be had here ({error}); install its package, and report again"
            ) from error
