"""The figures of a finished run once more, from its records alone."""

from contextlib import closing
from pathlib import Path

from harness.plugins.guard import Guard
from harness.run.summarising import summarise
from harness.run.upgrading import upgrade
from harness.run_folder.records import read_records
from harness.run_folder.summary import write_comparisons, write_summary


def figures_again(directory: Path) -> None:
    """Write ``summary.csv`` and ``comparisons.csv`` of a run's folder anew.

    Raises:
        BenchError: If a file of the run is missing or damaged.
    """
    with closing(Guard(None)) as guard:
        records = read_records(directory)
        manifest = upgrade(directory, guard)
        summary = summarise(records, manifest.derainers, manifest.tasks, guard)
    write_summary(directory, summary.figures)
    write_comparisons(directory, summary.comparisons)
