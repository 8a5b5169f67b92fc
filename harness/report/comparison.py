"""Several runs side by side: the same tables with a row a run, ranked only where that is honest."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from harness.errors import BenchError
from harness.report.comparable import check_comparable
from harness.report.differences import differences
from harness.report.page.run_page import environment, scripts, units_of
from harness.report.protocols import Protocol, protocols
from harness.report.tables.measured import joint_table
from harness.report.tables.model import Table
from harness.report.tables.parts_of_sets import with_part
from harness.report.tables.table_files import write_tables, write_text
from harness.run_folder.folder_lock import make_folder
from harness.run_folder.run_data import RunData, read_run
from harness.statistics.resampling import LEAST_IMAGES


class StatedProtocol(NamedTuple):
    """A signature, and the runs whose figures follow it."""

    labels: str
    signature: str
    runs: tuple[str, ...]


def write_run_comparison(directories: Sequence[Path], out: Path) -> Path:
    """Write ``comparison.html`` and ``tables/comparison.*``; see `harness.report`."""
    if not directories:
        raise BenchError("a comparison needs the folder of at least one run")
    runs = read_runs(directories)
    check_comparable(runs)
    make_folder(out)
    tables = comparison_tables(runs)
    title = " and ".join(run.name for run in runs)
    listed = _distinct_protocols(runs)
    write_tables(out / "tables", "comparison", title, tables, listed)
    page = out / "comparison.html"
    write_text(page, comparison_page(runs, tables))
    return page


def read_runs(directories: Sequence[Path]) -> list[RunData]:
    """Read several runs and give those of one name different ones: the folder's, then a number."""
    runs = [read_run(directory) for directory in directories]
    names = [run.name for run in runs]
    for run, directory in zip(runs, directories, strict=True):
        if names.count(run.manifest.name) > 1:
            run.name = f"{run.manifest.name} ({directory.resolve().name})"
    taken: dict[str, int] = {}
    for run in runs:
        taken[run.name] = taken.get(run.name, 0) + 1
        if taken[run.name] > 1:
            run.name = f"{run.name} {taken[run.name]}"
    return runs


def comparison_tables(runs: Sequence[RunData]) -> list[Table]:
    """Return the joint table of every rain set that some run has, a row per derainer and run.

    A column whose figures follow different signatures is not ranked, nor is a rain set of which the
    runs judged different images; a note says so.
    """
    sets = dict.fromkeys(one.name for run in runs for one in run.rain_sets)
    tables = [with_part(runs, joint_table(runs, rain_set)) for rain_set in sets]
    return [table for table in tables if table.columns]


def _distinct_protocols(runs: Sequence[RunData]) -> list[Protocol]:
    found: dict[tuple[str, str], Protocol] = {}
    for run in runs:
        for one in protocols(run):
            found.setdefault((one.task, one.signature), one)
    return list(found.values())


def stated_protocols(runs: Sequence[RunData]) -> list[StatedProtocol]:
    """Return every signature once, with the runs that follow it."""
    return [
        StatedProtocol(
            f"{one.task}: {one.labels}",
            one.signature,
            tuple(
                run.name
                for run in runs
                if any(
                    (mine.task, mine.signature) == (one.task, one.signature)
                    for mine in protocols(run)
                )
            ),
        )
        for one in _distinct_protocols(runs)
    ]


def comparison_page(runs: Sequence[RunData], tables: Sequence[Table]) -> str:
    """Return the page."""
    columns = [column for table in tables for column in table.columns]
    context = {
        "runs": runs,
        "scripts": scripts("tables.js"),
        "tables": tables,
        "units": units_of(runs),
        "differences": differences(runs),
        "protocols": stated_protocols(runs),
        "too_few": any(column.too_few for column in columns),
        "unlike": any(not column.ranked and not column.too_few for column in columns),
        "least": LEAST_IMAGES,
    }
    return environment().get_template("comparison.html").render(context)
