"""Reports: tables, plots and a page, all computed from the records of a run.

What a run's folder must hold is described in `harness.run_folder.run_data`.
"""

from collections.abc import Sequence
from pathlib import Path

from harness.report_settings import ReportSettings


def write_report(
    directory: Path, settings: ReportSettings | None = None, excel: bool = False
) -> Path:
    """Write ``tables/``, ``figures/`` and ``report.html`` into a run's folder.

    Args:
        directory: A run's folder, with ``summary.csv``, ``manifest.json`` and ``records/``.
        settings: Which tables it has beside those of every report; by default those of the run's
            configuration.
        excel: Whether all tables go into a workbook too, whatever the settings say.

    Returns:
        The path of the page.

    Raises:
        BenchError: If a file of the run is missing or damaged, or the settings name what it has
            not.
    """
    from harness.report.run_report import write_run_report  # matplotlib takes its time

    return write_run_report(directory, settings, excel)


def write_costs(directory: Path) -> Path:
    """Write what derainers cost: into the whole report, or as tables where nothing was run yet.

    Args:
        directory: A folder with ``efficiency.json``.

    Returns:
        The path of the page, or of the Markdown table.

    Raises:
        BenchError: If a file is missing or damaged.
    """
    from harness.report.run_report import write_cost_tables, write_run_report

    if (directory / "manifest.json").exists():
        return write_run_report(directory)
    return write_cost_tables(directory)


def write_comparison(directories: Sequence[Path], out: Path) -> Path:
    """Write tables and a page that set several runs side by side.

    Args:
        directories: The folders of at least one run.
        out: Where ``comparison.html`` and ``tables/`` go.

    Returns:
        The path of the page.

    Raises:
        ConfigError: If the runs judged other images, or by other protocols.
        BenchError: If a file of a run is missing or damaged.
    """
    from harness.report.comparison import write_run_comparison

    return write_run_comparison(directories, out)


def results_in_print(directory: Path, settings: ReportSettings | None = None) -> str:
    """Return the figures of a run with intervals and marks, as a terminal shows them.

    Below stands which tables of choice are empty.

    Args:
        directory: A run's folder, with its report.
        settings: Those with which the report was written, as for `write_report`.

    Raises:
        BenchError: If a file of the run is missing or damaged.
    """
    from harness.report.settings_of_run import report_settings
    from harness.report.terminal import empty_choices, printed_results
    from harness.run_folder.run_data import read_run

    run = read_run(directory)
    notes = empty_choices(run, settings or report_settings(run))
    return "\n".join([printed_results(run), *([""] if notes else []), *notes])
