"""A run's folder, read back: everything that a report shows comes from here.

The folder holds ``summary.csv`` (the metrics of every cell, long form), ``records/<task>.parquet``
(a row per image), ``manifest.json`` (what was run, with what, on what) and ``examples/``;
``efficiency.json`` too where somebody measured what the derainers cost.
"""

import json
import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from harness.errors import BenchError
from harness.run_folder.costs import Efficiency, read_efficiency
from harness.run_folder.manifest import DerainerEntry, Manifest, RainSetEntry, TaskEntry

RAINY = "rainy"
CLEAN = "clean"
FAILED = "failed"
"""The summary's metric that counts failed images; it has a row only where some failed."""

RESTORATION = "restoration"
DETECTION = "detection"
SEGMENTATION = "segmentation"

SUMMARY_COLUMNS = ("rain_set", "derainer", "task", "metric", "value", "n", "signature")


class Measured(NamedTuple):
    """A metric of one cell: its value (NaN where undefined), the images behind it, the protocol."""

    value: float
    n: int
    signature: str


class Failed(NamedTuple):
    """How many of a cell's images failed."""

    failures: int
    images: int


NOT_MEASURED = Measured(math.nan, 0, "")


class RunData:
    """One run: its manifest, its summary, and its records read on demand.

    Attributes:
        directory: The run's folder.
        name: What tells this run from another one beside it.
        manifest: What was run.
        summary: ``summary.csv`` with the columns `SUMMARY_COLUMNS`.
    """

    def __init__(self, directory: Path, manifest: Manifest, summary: pd.DataFrame) -> None:
        self.directory = directory
        self.name = manifest.name
        self.manifest = manifest
        self.summary = summary
        self._classes: dict[tuple[str, str], list[str]] = {}

    @property
    def rain_sets(self) -> tuple[RainSetEntry, ...]:
        """The rain sets, in the order of the configuration."""
        return self.manifest.rain_sets

    @property
    def tasks(self) -> tuple[TaskEntry, ...]:
        """The tasks, in the order of the configuration."""
        return self.manifest.tasks

    @property
    def references(self) -> list[DerainerEntry]:
        """The rows that bound the table, the rainy input first."""
        rank = {RAINY: 0, CLEAN: 1}
        found = [entry for entry in self.manifest.derainers if entry.is_reference]
        return sorted(found, key=lambda entry: rank.get(entry.name, 2))

    @property
    def derainers(self) -> list[DerainerEntry]:
        """The derainers that compete, in the order of the configuration."""
        return [entry for entry in self.manifest.derainers if not entry.is_reference]

    @cached_property
    def efficiency(self) -> Efficiency | None:
        """What the derainers cost, None where nobody measured it."""
        return read_efficiency(self.directory)

    @cached_property
    def labels(self) -> dict[str, str]:
        """What tables and plots call each derainer.

        That is the name which the configuration gives it; where it gives none, the method's title,
        unless two have the same.
        """
        titles = [entry.title or entry.name for entry in self.manifest.derainers]
        return {
            entry.name: entry.name if entry.is_named or titles.count(title) > 1 else title
            for entry, title in zip(self.manifest.derainers, titles, strict=True)
        }

    @cached_property
    def _cells(self) -> dict[tuple[str, str, str, str], Measured]:
        columns = (self.summary[column] for column in SUMMARY_COLUMNS)
        return {
            (rain_set, derainer, task, metric): Measured(float(value), int(n), signature)
            for rain_set, derainer, task, metric, value, n, signature in zip(*columns, strict=True)
        }

    def measured(self, rain_set: str, derainer: str, task: str, metric: str) -> Measured:
        """Return a metric of a cell, or `NOT_MEASURED`."""
        return self._cells.get((rain_set, derainer, task, metric), NOT_MEASURED)

    def value(self, rain_set: str, derainer: str, task: str, metric: str) -> float:
        """Return the value of a metric of a cell, NaN where there is none."""
        return self.measured(rain_set, derainer, task, metric).value

    def failed(self, rain_set: str, derainer: str, task: str) -> Failed:
        """Return how many images of a cell failed."""
        found = self._cells.get((rain_set, derainer, task, FAILED))
        return Failed(int(found.value), found.n) if found else Failed(0, 0)

    def metrics(self, rain_set: str, task: str) -> list[str]:
        """Return the metrics that some derainer has in this cell, in the summary's order."""
        here = (self.summary["rain_set"] == rain_set) & (self.summary["task"] == task)
        names = self.summary.loc[here, "metric"]
        return [str(name) for name in names.unique() if name != FAILED]

    def tasks_of(self, rain_set: str) -> list[TaskEntry]:
        """Return the tasks that judged something on this rain set."""
        here = self.summary.loc[self.summary["rain_set"] == rain_set, "task"]
        judged = set(here)
        return [task for task in self.tasks if task.name in judged]

    def records(
        self,
        task: str,
        columns: Sequence[str] | None = None,
        where: Sequence[tuple[str, str, object]] | None = None,
    ) -> pd.DataFrame:
        """Read the rows of a task, all columns or those named, sorted by cell and image.

        Args:
            task: The task's name.
            columns: What to read; columns that the file lacks are left out.
            where: Conditions as `pandas.read_parquet` takes them, to read only some rows.

        Raises:
            BenchError: If the file is damaged.
        """
        path = self.directory / "records" / f"{task}.parquet"
        if not path.exists():
            return pd.DataFrame(columns=list(columns or ()))
        filters = list(where) if where else None
        try:
            wanted = None if columns is None else _present(path, columns)
            rows = pd.read_parquet(path, columns=wanted, filters=filters)
        except (OSError, pa.ArrowInvalid) as error:
            raise BenchError(
                f"{path}: damaged ({str(error).splitlines()[0]}); run the benchmark again"
            ) from error
        order = [name for name in ("rain_set", "derainer", "image") if name in rows]
        return rows.sort_values(order, kind="stable", ignore_index=True) if order else rows

    def classes(self, rain_set: str, task: str) -> list[str]:
        """Return the classes that a task judges on a rain set, empty where it has none."""
        place = (rain_set, task)
        if place not in self._classes:
            condition = [("rain_set", "==", rain_set), ("status", "==", "ok")]
            rows = self.records(task, ["classes"], condition)
            known: Iterable[Any] = [] if rows.empty or "classes" not in rows else rows["classes"]
            self._classes[place] = next((list(one) for one in known if one is not None), [])
        return self._classes[place]


def _present(path: Path, columns: Iterable[str]) -> list[str]:
    stored = set(pq.read_schema(path).names)
    return [column for column in columns if column in stored]


def read_run(directory: Path) -> RunData:
    """Read a run's folder.

    Raises:
        BenchError: If a file is missing or damaged, or the summary and the manifest disagree.
    """
    manifest = _read_manifest(directory / "manifest.json")
    summary = _read_summary(directory / "summary.csv")
    known = {
        "rain_set": {entry.name for entry in manifest.rain_sets},
        "derainer": {entry.name for entry in manifest.derainers},
        "task": {entry.name for entry in manifest.tasks},
    }
    for column, names in known.items():
        strangers = sorted(set(summary[column]) - names)
        if strangers:
            raise BenchError(
                f"{directory}: summary.csv has the {column} {strangers[0]!r}, which manifest.json "
                "does not list; the folder holds files of two runs, so run the benchmark again"
            )
    return RunData(directory, manifest, summary)


def _read_manifest(path: Path) -> Manifest:
    if not path.exists():
        raise BenchError(f"{path}: no such file; a report is made from the folder of a run")
    try:
        return Manifest.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (ValidationError, ValueError) as error:
        raise BenchError(f"{path}: not a manifest of a run: {error}") from error


def _read_summary(path: Path) -> pd.DataFrame:
    if not path.exists():
        raise BenchError(f"{path}: no such file; a report is made from the folder of a run")
    text = {name: str for name in SUMMARY_COLUMNS if name not in {"value", "n"}}
    # A derainer may be called "NA" or "null": only the value column has missing entries.
    summary = pd.read_csv(
        path, dtype=text, keep_default_na=False, na_values={"value": ["", "nan", "NaN"]}
    )
    missing = [name for name in SUMMARY_COLUMNS if name not in summary]
    if missing:
        raise BenchError(f"{path}: lacks the columns {', '.join(missing)}")
    return summary
