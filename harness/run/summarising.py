"""From records to figures: every metric of every cell, its interval, and derainers compared."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from harness.errors import TaskError
from harness.foreign_code import ForeignError
from harness.plugins import registry
from harness.plugins.guard import Guard
from harness.run_folder.manifest import DerainerEntry, TaskEntry
from harness.run_folder.summary import FAILED, Correlation, Figure, Summary
from harness.statistics.comparing import CellFigures
from harness.statistics.correlating import Judged, over_derainers, over_images
from harness.statistics.families import harmed_by, with_each_other, with_lower_bound
from harness.statistics.resampling import (
    RESAMPLES,
    FloatArray,
    can_be_resampled,
    draws_in_parts,
    interval_of,
)
from harness.task import Task, Value

ONE_PROTOCOL = ("kind", "protocol", "quantiser", "precision", "read")
"""What all rows of a cell have alike, for a figure has one meaning."""

SAME = 1e-6
"""What a resample in which each image counts once may differ from the figure itself."""


IMAGES_AT_A_TIME = 200
"""Asked for their own figures, in which all others of them count nothing."""

Cells = Mapping[str, CellFigures]
"""Of one rain set and task, by derainer."""


@dataclass(frozen=True)
class TaskAnswer:
    """What a task says of the rows of one cell; see `CellFigures` for the meaning of the parts."""

    values: list[Value] = field(default_factory=list)
    resampled: Mapping[str, FloatArray] = field(default_factory=dict)
    own: Mapping[str, FloatArray] = field(default_factory=dict)


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
    summary = Summary()
    by_rain_set: dict[str, dict[str, Cells]] = {}
    for task_name, rows in records.items():
        task = known.get(task_name, TaskEntry(name=task_name, kind=""))
        for rain_set, cells in cells_of(task_name, rows, guard, summary.figures).items():
            by_rain_set.setdefault(rain_set, {})[task_name] = cells
            summary.comparisons.extend(with_lower_bound(rain_set, task, cells, derainers))
            summary.harmed.extend(harmed_by(rain_set, task, cells, derainers))
            pairs, tests = with_each_other(rain_set, task, cells, derainers)
            summary.pairs.extend(pairs)
            summary.friedman.extend(tests)
    for rain_set, of_tasks in by_rain_set.items():
        summary.correlations.extend(_correlations(rain_set, of_tasks, derainers, tasks))
    return summary


def cells_of(
    task: str, rows: pd.DataFrame, guard: Guard, figures: list[Figure] | None = None
) -> dict[str, Cells]:
    """Return what is known of every cell of a task, by rain set.

    Args:
        task: Its name.
        rows: Its records.
        guard: Through which it summarises.
        figures: To which the figures of the cells are added.
    """
    found: dict[str, Cells] = {}
    for rain_set, of_set in rows.groupby("rain_set", sort=False):
        cells: dict[str, CellFigures] = {}
        for derainer, cell in of_set.groupby("derainer", sort=False):
            place = (str(rain_set), str(derainer), task)
            of_cell, cells[str(derainer)] = _summarise_cell(place, cell, guard)
            if figures is not None:
                figures.extend(of_cell)
        found[str(rain_set)] = cells
    return found


def _summarise_cell(
    place: tuple[str, str, str], cell: pd.DataFrame, guard: Guard
) -> tuple[list[Figure], CellFigures]:
    rows = cell[cell["status"] == "ok"].sort_values("image").reset_index(drop=True)
    said = TaskAnswer()
    if len(rows):
        try:
            _check_one_protocol(rows)
            said = _ask_task(place[2], rows, guard)
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
            *interval_of(said.resampled.get(value.metric, np.array([math.nan])), len(rows)),
            value.infinite,
        )
        for value in said.values
    ]
    failures = len(cell) - len(rows)
    if failures:
        figures.append(Figure(*place, FAILED, float(failures), len(cell), ""))
    values = {one.metric: one.value for one in said.values}
    return figures, CellFigures(rows, values, said.resampled, said.own)


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


def _ask_task(name: str, rows: pd.DataFrame, guard: Guard) -> TaskAnswer:
    """Have the class of a task summarise rows, and resample what it can."""
    kind = str(rows["kind"].iloc[0])

    def ask() -> TaskAnswer:
        task: type[Task] = registry.load("tasks", kind)  # type: ignore[assignment]
        values = [
            Value(str(one[0]), float(one[1]), int(one[2]), str(one[3]), *map(int, one[4:]))
            for one in task.summarise(rows)
        ]
        _check_names(values)
        if not can_be_resampled(len(rows)):
            return TaskAnswer(values)
        resampled, own = _resampled(task, rows, values)
        return TaskAnswer(values, resampled, own or _of_images(task, rows, list(resampled)))

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
) -> tuple[Mapping[str, FloatArray], Mapping[str, FloatArray]]:
    """Return (R,) values of each metric that a task resamples and gives back as it is.

    Beside them stand the (N,) values of each image by itself, where there are few enough to be
    asked for at the same time.

    Raises:
        TaskError: If they have another shape.
    """
    names = [one.metric for one in values]
    parts = [_drawn(task, rows, weights, names) for weights in _weights(len(rows))]
    drawn = {one: np.concatenate([part[one] for part in parts]) for one in parts[0]}
    exact = {
        one.metric: drawn[one.metric]
        for one in values
        if one.metric in drawn and math.isclose(drawn[one.metric][0], one.value, abs_tol=SAME)
    }
    resampled = {name: figures[1 : RESAMPLES + 1] for name, figures in exact.items()}
    few = len(rows) <= IMAGES_AT_A_TIME
    alone = {name: figures[RESAMPLES + 1 :] for name, figures in exact.items() if few}
    return resampled, alone


def _weights(images: int) -> Iterator[FloatArray]:
    """Yield weights in parts: every image once, the resamples, and of few images each alone."""
    before = [np.ones((1, images))]
    after = [np.eye(images)] if images <= IMAGES_AT_A_TIME else []  # whose draws are one part
    for part in draws_in_parts(images):
        yield np.concatenate([*before, part, *after])
        before = []


def _of_images(
    task: type[Task], rows: pd.DataFrame, metrics: Sequence[str]
) -> Mapping[str, FloatArray]:
    """Return (N,) values of each image by itself, of metrics that are not in the rows already."""
    asked = [one for one in metrics if "/" not in one and one not in rows]
    if not asked:
        return {}
    parts = [
        _drawn(task, part.reset_index(drop=True), np.eye(len(part)), asked)
        for start in range(0, len(rows), IMAGES_AT_A_TIME)
        for part in [rows.iloc[start : start + IMAGES_AT_A_TIME]]
    ]
    return {one: np.concatenate([part[one] for part in parts]) for one in asked}


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


def _correlations(
    rain_set: str,
    cells: Mapping[str, Cells],
    derainers: Sequence[DerainerEntry],
    tasks: Sequence[TaskEntry],
) -> list[Correlation]:
    """Correlate the first quality of pictures with every task that rain can cost something."""
    judged = [
        (one, Judged(one.headline[0], one.metric(one.headline[0]), cells[one.name]))
        for one in tasks
        if one.name in cells and one.headline and one.metric(one.headline[0]).direction
    ]
    of_pictures = [pair for pair in judged if pair[0].looks_at == "picture"]
    if not of_pictures:
        return []
    quality_task, quality = of_pictures[0]
    names = [one.name for one in derainers if one.bound is None]
    lower = next((one.name for one in derainers if one.bound == "lower"), "")
    rows = []
    for task, of_task in judged:
        if not task.can_lose:
            continue
        found = {
            "derainers": over_derainers(quality, of_task, names),
            "images": over_images(quality, of_task, names, lower),
        }
        place = (rain_set, quality_task.name, quality.name, task.name, of_task.name)
        rows += [
            Correlation(*place, over, one.derainers, one.n, one.correlation, *one.interval)
            for over, one in found.items()
            if one is not None
        ]
    return rows
