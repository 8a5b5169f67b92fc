"""A run's folder for programs: every figure, image and fact as a pandas data frame.

``docs/results.md`` describes each column. What a run's folder holds is read and never changed::

    from harness.results import open_run

    run = open_run("results/streets")
    run.wide("streets-heavy")                  # a row per derainer, a column per TASK/METRIC
    run.summary.query("metric == 'miou'")      # the long table, with intervals and signatures
    run.records("restoration")                 # a row per image
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from harness.errors import BenchError
from harness.run_folder.manifest import Manifest, read_manifest
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import (
    COMPARISONS,
    FAILED,
    Comparison,
    as_frame,
    read_comparisons,
    read_summary,
)

FRAMES = (
    "summary",
    "comparisons",
    "metrics",
    "derainers",
    "rain_sets",
    "tasks",
    "published",
    "costs",
)
"""The attributes of `Results` that are data frames."""


def open_run(directory: str | os.PathLike[str]) -> "Results":
    """Open the folder of a finished run.

    Args:
        directory: For example ``results/streets``.

    Raises:
        BenchError: If a file of the run is missing or damaged.
    """
    path = Path(directory)
    comparisons = read_comparisons(path) if (path / COMPARISONS).exists() else []
    return Results(RunData(path, read_manifest(path), read_summary(path)), comparisons)


class Results:
    """One run; see `open_run`.

    Attributes:
        directory: The run's folder.
        name: Of the run.
        manifest: What was run, typed: configuration, versions, machine, seconds.
    """

    def __init__(self, run: RunData, comparisons: Sequence[Comparison] = ()) -> None:
        self._run = run
        self._comparisons = list(comparisons)
        self.directory: Path = run.directory
        self.name: str = run.name
        self.manifest: Manifest = run.manifest

    @property
    def summary(self) -> pd.DataFrame:
        """Every figure: a row per rain set, derainer, task and metric."""
        return self._run.summary.copy()

    @property
    def comparisons(self) -> pd.DataFrame:
        """Every derainer against the rainy and the clean row."""
        return as_frame(Comparison, self._comparisons)

    @property
    def metrics(self) -> pd.DataFrame:
        """What is known of every metric of the summary: label, unit, digits and direction."""
        names = {(one.task, one.metric): None for one in self._run.figures if one.metric != FAILED}
        rows = []
        for task, name in names:
            known = self._run.metric(task, name)
            direction = {1: "higher", -1: "lower", 0: ""}[known.direction]
            row = (task, name, known.label, known.unit, known.digits, direction, known.definition)
            rows.append(row)
        columns = ["task", "metric", "label", "unit", "digits", "better", "definition"]
        return pd.DataFrame(rows, columns=columns)

    @property
    def derainers(self) -> pd.DataFrame:
        """The facts of every derainer, in the order of the configuration."""
        labels = pd.Series(self._run.labels, name="label")
        frame = _facts(self.manifest.derainers)
        return frame.assign(label=frame["name"].map(labels))

    @property
    def rain_sets(self) -> pd.DataFrame:
        """The facts of every rain set."""
        return _facts(self.manifest.rain_sets)

    @property
    def tasks(self) -> pd.DataFrame:
        """The facts of every task, but for what `metrics` holds."""
        return _facts(self.manifest.tasks, leave_out={"metrics", "legends"})

    @property
    def published(self) -> pd.DataFrame:
        """What others published of the run's derainers on its rain sets."""
        frame = _facts(self.manifest.published)
        return frame.assign(**{key: frame[key].astype(float) for key in ("psnr", "ssim")})

    @property
    def costs(self) -> pd.DataFrame:
        """What each derainer costs, no row where ``rdmc-bench cost`` did not measure it."""
        measured = self._run.costs
        columns = ["derainer", "parameters", "macs", "ms_per_megapixel", "peak_bytes", "error"]
        rows = [
            (
                one.name,
                one.parameters,
                one.macs,
                measured.milliseconds_per_megapixel(one),
                one.peak_bytes,
                one.error,
            )
            for one in (measured.costs if measured else ())
            if measured
        ]
        return pd.DataFrame(rows, columns=columns)

    def wide(self, rain_set: str | None = None) -> pd.DataFrame:
        """Return the figures with a column per ``TASK/METRIC``.

        Args:
            rain_set: A row per derainer of this rain set; None: a row per rain set and derainer.

        Raises:
            BenchError: If the run has no such rain set.
        """
        figures = self._run.summary
        figures = figures[figures["metric"] != FAILED]
        figures = figures.assign(column=figures["task"] + "/" + figures["metric"])
        places = ["rain_set", "derainer"]
        table = figures.set_index([*places, "column"])["value"].unstack("column")
        rows = figures[places].drop_duplicates().apply(tuple, axis=1)
        table = table.reindex(index=rows.tolist(), columns=figures["column"].unique().tolist())
        if rain_set is None:
            return table
        self._check("rain set", rain_set, self.rain_sets["name"])
        of_set = table.loc[[place for place in table.index if place[0] == rain_set]]
        return of_set.droplevel("rain_set").dropna(axis="columns", how="all")

    def records(
        self,
        task: str,
        columns: Sequence[str] | None = None,
        rain_set: str | None = None,
        derainer: str | None = None,
    ) -> pd.DataFrame:
        """Return the rows of a task: one per rain set, derainer and image.

        Args:
            task: Its name.
            columns: Those to read, all where None; predictions can be large.
            rain_set: Rows of this one alone.
            derainer: Likewise.

        Raises:
            BenchError: If the run has no such part, or the file is damaged.
        """
        self._check("task", task, self.tasks["name"])
        where = []
        for kind, name, known in (
            ("rain_set", rain_set, self.rain_sets["name"]),
            ("derainer", derainer, self.derainers["name"]),
        ):
            if name is not None:
                self._check(kind.replace("_", " "), name, known)
                where.append((kind, "==", name))
        return self._run.records(task, columns, where or None)

    def _check(self, kind: str, name: str, known: Any) -> None:
        if name not in list(known):
            names = ", ".join(known)
            raise BenchError(f"{self.directory}: has no {kind} {name!r}; it has {names}")


def _facts(entries: Sequence[Any], leave_out: set[str] | None = None) -> pd.DataFrame:
    rows = [entry.model_dump(mode="json", exclude=leave_out or set()) for entry in entries]
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=["name", "psnr", "ssim"])
