"""How much of what rain costs a task comes back when the rain is taken out."""

import math
from itertools import combinations
from typing import NamedTuple

from harness.report.metrics import metric
from harness.run_folder.manifest import TaskEntry
from harness.run_folder.run_data import CLEAN, RAINY, RESTORATION, RunData

LEAST_LOSS = 0.005
"""Below half a point lost to rain the share divides by noise and is left undefined."""


def recovered_share(rainy: float, derained: float, clean: float) -> float:
    """Return the share of the loss that deraining gave back.

    0 is no better than the rainy input, 1 as good as the clean image; below 0 deraining harms.
    NaN where there is nothing to recover: the loss is below `LEAST_LOSS` in size, or one of the
    three is not finite.

    >>> round(recovered_share(0.3, 0.4, 0.5), 6)
    0.5
    >>> recovered_share(0.5, 0.4, 0.5)
    nan
    """
    loss = clean - rainy
    if not all(map(math.isfinite, (rainy, derained, clean))) or abs(loss) < LEAST_LOSS:
        return math.nan
    return (derained - rainy) / loss


def loses_to_rain(rainy: float, clean: float, higher_is_better: bool) -> bool:
    """Return whether rain costs something at all, so that a share of it has a meaning."""
    loss = clean - rainy if higher_is_better else rainy - clean
    return math.isfinite(loss) and loss >= LEAST_LOSS


def share_of(run: RunData, rain_set: str, derainer: str, task: str, name: str) -> float:
    """Return the recovered share of a cell; NaN also where rain costs nothing."""
    rainy, derained, clean = (
        run.value(rain_set, row, task, name) for row in (RAINY, derainer, CLEAN)
    )
    if not loses_to_rain(rainy, clean, metric(name).higher_is_better):
        return math.nan
    return recovered_share(rainy, derained, clean)


def is_complete(run: RunData, rain_set: str, derainer: str, task: str) -> bool:
    """Return whether no image failed in the cell or in the two cells it is measured against."""
    return not any(run.failed(rain_set, row, task).failures for row in (RAINY, derainer, CLEAN))


def downstream(run: RunData, rain_set: str) -> list[TaskEntry]:
    """Return the tasks for which a loss can be stated: all but restoration."""
    return [task for task in run.tasks_of(rain_set) if task.kind != RESTORATION and task.headline]


class Agreement(NamedTuple):
    """In how many pairs of derainers the one ahead in one metric is ahead in the other."""

    agreeing: int
    pairs: int


def agreement(first: list[float], second: list[float]) -> Agreement:
    """Compare two orders of the same derainers; pairs that tie in either are not counted.

    >>> agreement([30.0, 28.0, 25.0], [0.5, 0.6, 0.3])
    Agreement(agreeing=2, pairs=3)
    """
    signs = [
        (a[0] - b[0]) * (a[1] - b[1])
        for a, b in combinations(zip(first, second, strict=True), 2)
        if all(map(math.isfinite, (*a, *b)))
    ]
    untied = [sign for sign in signs if sign != 0]
    return Agreement(sum(sign > 0 for sign in untied), len(untied))


def quality_metric(run: RunData) -> tuple[str, str] | None:
    """Return the (task, metric) by which restoration is judged first, None without such a task."""
    for task in run.tasks:
        if task.kind == RESTORATION and task.headline:
            return task.name, task.headline[0]
    return None


def agreement_of(run: RunData, rain_set: str, task: TaskEntry) -> Agreement:
    """Compare the order by restoration quality with the order by the task's first metric.

    Derainers with failed images in either are left out.
    """
    quality = quality_metric(run)
    if quality is None:
        return Agreement(0, 0)
    complete = [
        entry.name
        for entry in run.derainers
        if not run.failed(rain_set, entry.name, task.name).failures
        and not run.failed(rain_set, entry.name, quality[0]).failures
    ]
    return agreement(
        _signed(run, rain_set, complete, *quality),
        _signed(run, rain_set, complete, task.name, task.headline[0]),
    )


def _signed(run: RunData, rain_set: str, names: list[str], task: str, name: str) -> list[float]:
    sign = 1 if metric(name).higher_is_better else -1
    return [sign * run.value(rain_set, entry, task, name) for entry in names]
