"""From records to figures: every metric of every cell, its interval, and derainers compared."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from harness.errors import TaskError
from harness.foreign_code import ForeignError
from harness.plugins import registry
from harness.plugins.guard import Guard
from harness.run_folder.manifest import DerainerEntry, TaskEntry
from harness.run_folder.summary import FAILED, Comparison, Figure
from harness.statistics.comparing import CellFigures, compare
from harness.statistics.resampling import FloatArray, can_be_resampled, draws, interval_of
from harness.task import Task, Value

ONE_PROTOCOL = ("kind", "protocol", "quantiser", "precision", "read")
"""What all rows of a cell have alike, for a figure has one meaning."""

SAME = 1e-6
"""What a resample in which each image counts once may differ from the figure itself."""


class Summary(NamedTuple):
    """What the records of a run come to.

    Attributes:
        figures: The metrics of every cell.
        comparisons: Of the derainers that compete with the bounds.
    """

    figures: list[Figure]
    comparisons: list[Comparison]


def summarise(
    records: Mapping[str, pd.DataFrame],
    derainers: Sequence[DerainerEntry],
    tasks: Sequence[TaskEntry],
    guard: Guard,
) -> Summary:
    """Compute every figure of a run from its records.

    Args:
        records: As `harness.run_folder.records.read_records` returns them.
        derainers: Which of them bound the tables.
        tasks: What is known of their metrics.
        guard: Through which tasks summarise.
    """
    known = {task.name: task for task in tasks}
    summary = Summary([], [])
    for task_name, rows in records.items():
        task = known.get(task_name, TaskEntry(name=task_name, kind=""))
        for rain_set, of_set in rows.groupby("rain_set", sort=False):
            cells: dict[str, CellFigures] = {}
            for derainer, cell in of_set.groupby("derainer", sort=False):
                place = (str(rain_set), str(derainer), task_name)
                figures, known_of_cell = _summarise_cell(place, cell, guard)
                summary.figures.extend(figures)
                cells[str(derainer)] = known_of_cell
            summary.comparisons.extend(_comparisons(str(rain_set), task, cells, derainers))
    return summary


def _summarise_cell(
    place: tuple[str, str, str], cell: pd.DataFrame, guard: Guard
) -> tuple[list[Figure], CellFigures]:
    rows = cell[cell["status"] == "ok"].sort_values("image").reset_index(drop=True)
    values: list[Value] = []
    resampled: Mapping[str, FloatArray] = {}
    if len(rows):
        try:
            _check_one_protocol(rows)
            values, resampled = _ask_task(place[2], rows, guard)
        except ForeignError as error:
            cause = f"summarise failed: {error}"
            failed = Figure(*place, FAILED, float(len(cell)), len(cell), "", error=cause)
            return [failed], CellFigures(rows, {})
    precision = cell["precision"].iloc[0]
    suffix = "" if precision == "float32" else f"|precision:{precision}"
    protocol = str(rows["protocol"].iloc[0]) if len(rows) else ""
    figures = [
        Figure(
            *place,
            *value[:3],
            _complete(value.signature, protocol) + suffix,
            *interval_of(resampled.get(value.metric, np.array([math.nan]))),
            value.infinite,
        )
        for value in values
    ]
    failures = len(cell) - len(rows)
    if failures:
        figures.append(Figure(*place, FAILED, float(failures), len(cell), ""))
    return figures, CellFigures(rows, {one.metric: one.value for one in values}, resampled)


def _complete(signature: str, protocol: str) -> str:
    """Return a signature with what the rows' protocol says beyond it, such as ``max_side``."""
    said = signature.split("|")
    return "|".join([signature, *(one for one in protocol.split("|") if one and one not in said)])


def _check_one_protocol(rows: pd.DataFrame) -> None:
    """Refuse rows that were scored in different ways, or against different truths.

    Raises:
        ForeignError: With two of the values.
    """
    for column in ONE_PROTOCOL:
        found = rows[column].unique()
        if len(found) > 1:
            first, second = (
                f"{value!r} ({rows.loc[rows[column] == value, 'image'].iloc[0]})"
                for value in found[:2]
            )
            raise ForeignError(
                f"its rows disagree in `{column}`: {first} and {second}; the run command makes "
                "them anew"
            )


def _ask_task(
    name: str, rows: pd.DataFrame, guard: Guard
) -> tuple[list[Value], Mapping[str, FloatArray]]:
    """Have the class of a task summarise rows, and resample what it can."""
    kind = str(rows["kind"].iloc[0])

    def ask() -> tuple[list[Value], Mapping[str, FloatArray]]:
        task: type[Task] = registry.load("tasks", kind)  # type: ignore[assignment]
        values = [
            Value(str(one[0]), float(one[1]), int(one[2]), str(one[3]), *map(int, one[4:]))
            for one in task.summarise(rows)
        ]
        _check_names(values)
        return values, _resampled(task, rows, values)

    return guard.call(f"task {name} (summarise)", ask)


def _check_names(values: Sequence[Value]) -> None:
    """Refuse metrics that a table could not tell apart, or a file not hold.

    Raises:
        TaskError: With the name.
    """
    names = [one.metric for one in values]
    for one in values:
        if not one.metric or one.metric == FAILED:
            raise TaskError(f"a metric has the name {one.metric!r}: give it another")
        if names.count(one.metric) > 1:
            raise TaskError(f"the metric {one.metric} has two values")
        f"{one.metric}{one.signature}".encode()


def _resampled(
    task: type[Task], rows: pd.DataFrame, values: Sequence[Value]
) -> Mapping[str, FloatArray]:
    """Return (R,) values of each metric that a task resamples and gives back as it is.

    Raises:
        TaskError: If they have another shape.
    """
    if not can_be_resampled(len(rows)):
        return {}
    names = [one.metric for one in values]
    once = _drawn(task, rows, np.ones((1, len(rows))), names)
    exact = [
        one.metric
        for one in values
        if one.metric in once and math.isclose(once[one.metric][0], one.value, abs_tol=SAME)
    ]
    return _drawn(task, rows, draws(len(rows)), exact) if exact else {}


def _drawn(
    task: type[Task], rows: pd.DataFrame, weights: FloatArray, metrics: Sequence[str]
) -> Mapping[str, FloatArray]:
    given = task.resampled(rows, weights)
    drawn = {one: np.asarray(given[one], np.float64) for one in metrics if one in given}
    for metric, figures in drawn.items():
        if figures.shape != (len(weights),):
            raise TaskError(
                f"resampled gave {metric} in the shape {figures.shape}: it must be "
                f"({len(weights)},), one for each row of weights"
            )
    return drawn


def _comparisons(
    rain_set: str,
    task: TaskEntry,
    cells: Mapping[str, CellFigures],
    derainers: Sequence[DerainerEntry],
) -> list[Comparison]:
    bounds = {one.bound: cells[one.name] for one in derainers[::-1] if one.name in cells}
    lower = bounds.get("lower")
    if lower is None or not lower.values:
        return []
    return [
        compare(
            (rain_set, one.name, task.name),
            name,
            task.metric(name),
            cells[one.name],
            lower,
            bounds.get("upper"),
            task.can_lose,
        )
        for one in derainers
        if one.bound is None and one.name in cells
        for name in cells[one.name].values
        if "/" not in name
    ]
