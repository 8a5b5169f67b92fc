"""A run's folder, read back: everything that a report shows comes from here."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import pandas as pd

from harness.errors import BenchError
from harness.metric import Metric, described
from harness.run_folder.costs import MeasuredCosts, read_costs
from harness.run_folder.manifest import Manifest, RainSetEntry, TaskEntry, read_manifest
from harness.run_folder.overlaps import Overlaps, read_overlaps
from harness.run_folder.records import read_rows
from harness.run_folder.run_figures import RunFigures
from harness.run_folder.summary import (
    FAILED,
    Comparison,
    Correlation,
    Figure,
    Friedman,
    Harmed,
    Pair,
    as_frame,
    read_all,
)


class RunData(RunFigures):
    """One run: its manifest, its figures, and its records read on demand.

    Attributes:
        directory: The run's folder.
        name: What tells this run from another one beside it.
        manifest: What was run.
        pairs: Of derainers with each other.
        friedman: Of all derainers of a rain set, task and metric at once.
        harmed: The images that derainers harm; see `Harmed`.
    """

    def __init__(
        self,
        directory: Path,
        manifest: Manifest,
        figures: Sequence[Figure],
        comparisons: Sequence[Comparison] = (),
        pairs: Sequence[Pair] = (),
        friedman: Sequence[Friedman] = (),
        correlations: Sequence[Correlation] = (),
        harmed: Sequence[Harmed] = (),
    ) -> None:
        entries, tasks = manifest.derainers, manifest.tasks
        super().__init__(entries, tasks, figures, comparisons, correlations)
        self.directory = directory
        self.name = manifest.name
        self.manifest = manifest
        self.pairs, self.friedman, self.harmed = pairs, friedman, harmed

    @property
    def rain_sets(self) -> tuple[RainSetEntry, ...]:
        """The rain sets, in the order of the configuration."""
        return self.manifest.rain_sets

    def metric(self, task: str, name: str) -> Metric:
        """Return what is known of a metric of a task, which may be one that did not run here."""
        of_task = next((one.metrics for one in self.tasks if one.name == task), {})
        return described(of_task, name)

    @cached_property
    def costs(self) -> MeasuredCosts | None:
        """What the derainers cost, None where nobody measured it."""
        return read_costs(self.directory)

    @cached_property
    def overlaps(self) -> Overlaps:
        """What was found of its rain sets among pictures of others."""
        return read_overlaps(self.directory)

    def layout_of(self, rain_set: str) -> str:
        """Return the registered name that builds a rain set, its own where nobody knows."""
        for entry in self.manifest.configuration.get("rain_sets", ()):
            if entry.get("name") == rain_set:
                return str(entry.get("use") or rain_set)
        return rain_set

    @cached_property
    def summary(self) -> pd.DataFrame:
        """The figures as a table with a column for each field of `Figure`."""
        return as_frame(Figure, list(self.figures))

    @cached_property
    def _pairs(self) -> dict[tuple[str, str, str, str, str], Pair]:
        return {one[:5]: one for one in self.pairs}

    def pair(self, rain_set: str, task: str, metric: str, first: str, second: str) -> Pair | None:
        """Return one derainer against another, None where they were not compared."""
        place = (rain_set, task, metric)
        if found := self._pairs.get((*place, first, second)):
            return found
        found = self._pairs.get((*place, second, first))
        if found is None:
            return None
        turned = (-found.difference, -found.high, -found.low)
        return Pair(*place, first, second, found.n, *turned, *found[-3:])

    def metrics(self, rain_set: str, task: str) -> list[str]:
        """Return the metrics that some derainer has in this cell, in the summary's order."""
        here = (one for one in self.figures if (one.rain_set, one.task) == (rain_set, task))
        return [name for name in dict.fromkeys(one.metric for one in here) if name != FAILED]

    def tasks_of(self, rain_set: str) -> list[TaskEntry]:
        """Return the tasks that judged something on this rain set."""
        judged = {one.task for one in self.figures if one.rain_set == rain_set}
        return [task for task in self.tasks if task.name in judged]

    def records(
        self,
        task: str,
        columns: Sequence[str] | None = None,
        where: Sequence[tuple[str, str, object]] | None = None,
    ) -> pd.DataFrame:
        """Read the rows of a task; see `harness.run_folder.records.read_rows`."""
        return read_rows(self.directory, task, columns, where)


def read_run(directory: Path) -> RunData:
    """Read a run's folder.

    Raises:
        BenchError: If a file is missing or damaged, or the summary and the manifest disagree.
    """
    manifest = read_manifest(directory)
    summary = read_all(directory)
    known = {
        "rain_set": {entry.name for entry in manifest.rain_sets},
        "derainer": {entry.name for entry in manifest.derainers},
        "task": {entry.name for entry in manifest.tasks},
    }
    for column, names in known.items():
        strangers = sorted({getattr(one, column) for one in summary.figures} - names)
        if strangers:
            raise BenchError(
                f"{directory}: summary.csv has the {column} {strangers[0]!r}, which manifest.json "
                "does not list; the folder holds files of two runs, so run the benchmark again"
            )
    return RunData(
        directory,
        manifest,
        summary.figures,
        summary.comparisons,
        summary.pairs,
        summary.friedman,
        summary.correlations,
        summary.harmed,
    )
