"""What a report tells of a task follows from its role, and of a derainer from its bound."""

import json
import math

from harness.run_folder.manifest import TaskEntry
from harness.run_folder.run_data import RunData
from harness.run_folder.run_figures import RunFigures
from harness.run_folder.summary import SIGNIFICANT, Comparison, Correlation
from harness.statistics.agreement import Agreement, agreement
from harness.statistics.resampling import LEAST_IMAGES

LEAST_DERAINERS = 5
"""Whose order says anything of a correlation: three stand in one of six orders by chance."""


def losing(run: RunData, rain_set: str) -> list[TaskEntry]:
    """Return the tasks that judged a rain set and that rain can cost something."""
    return [task for task in run.tasks_of(rain_set) if task.can_lose and task.headline]


def of_pictures(run: RunData, rain_set: str) -> list[TaskEntry]:
    """Return the tasks that judged the restored pictures of a rain set for themselves."""
    tasks = run.tasks_of(rain_set)
    return [task for task in tasks if task.looks_at == "picture" and task.headline]


def ranked_tasks(run: RunData, rain_set: str) -> list[TaskEntry]:
    """Return the tasks that judged a rain set, those of pictures first."""
    tasks = [task for task in run.tasks_of(rain_set) if task.headline]
    return sorted(tasks, key=lambda task: task.looks_at != "picture")


def quality_metric(run: RunFigures) -> tuple[TaskEntry, str] | None:
    """Return the task and metric by which restored pictures are ranked first, None without one."""
    for task in run.tasks:
        if task.looks_at == "picture" and task.headline:
            name = task.headline[0]
            if task.metric(name).direction:
                return task, name
    return None


def has_a_share(run: RunData, rain_set: str, task: TaskEntry, name: str) -> bool:
    """Return whether some derainer's share of a loss is known."""
    shares = (run.compared(rain_set, one.name, task.name, name).share for one in run.derainers)
    return any(share == share for share in shares)  # NaN is not equal to itself


def loss_of(run: RunData, rain_set: str, task: TaskEntry, name: str) -> Comparison:
    """Return what rain costs a task: the clean image compared with the rainy one."""
    lower, upper = run.bounds(rain_set)
    known = run.compared(rain_set, upper, task.name, name)
    if known.n:
        return known
    start, end = (run.value(rain_set, row, task.name, name) for row in (lower, upper))
    images = run.measured(rain_set, lower, task.name, name).n
    return known._replace(n=images, gain=task.metric(name).direction * (end - start))


def too_few(images: int) -> bool:
    """Return whether something was judged, and on too few images to tell derainers apart."""
    return 0 < images < LEAST_IMAGES


def images_judged(run: RunData, rain_set: str) -> int:
    """Return on how many images of a rain set figures stand at most."""
    return max((one.n for one in run.figures if one.rain_set == rain_set), default=0)


def best_of(run: RunData, rain_set: str, task: str, name: str) -> str | None:
    """Return the name of the best complete derainer by a metric, None where none is."""
    sign = run.metric(task, name).direction
    ranked = {
        entry.name: sign * run.value(rain_set, entry.name, task, name)
        for entry in run.derainers
        if not run.failed(rain_set, entry.name, task).failures
    }
    known = {entry: value for entry, value in ranked.items() if sign and not math.isnan(value)}
    return max(known, key=lambda entry: known[entry]) if known else None


def tied_with(run: RunData, rain_set: str, task: str, name: str, derainer: str | None) -> list[str]:
    """Return the derainers that differ from one by no more than noise, in their order."""
    return [
        entry.name
        for entry in run.derainers
        if derainer is not None
        and (pair := run.pair(rain_set, task, name, derainer, entry.name)) is not None
        and pair.p_holm >= SIGNIFICANT
    ]


def classes_judged(run: RunData, rain_set: str, task: TaskEntry) -> tuple[int, int]:
    """Return of how many classes of a rain set's truth a task makes figures, and of how many."""
    judged = {name.partition("/")[2] for name in run.metrics(rain_set, task.name) if "/" in name}
    rows = run.records(task.name, ["read"], [("rain_set", "==", rain_set)])
    read = json.loads(rows["read"].iloc[0]) if "read" in rows and len(rows) else None
    known = (
        [one for one in read.values() if isinstance(one, list)] if isinstance(read, dict) else []
    )
    return len(judged), max(map(len, known), default=0)


def telling_correlations(run: RunFigures, rain_set: str, task: TaskEntry) -> list[Correlation]:
    """Return whether better pictures go with better figures of a task, where it says anything."""
    return [
        one
        for one in run.correlations
        if (one.rain_set, one.task) == (rain_set, task.name) and math.isfinite(one.correlation)
        if one.over != "derainers" or one.derainers >= LEAST_DERAINERS
    ]


def is_complete(run: RunFigures, rain_set: str, derainer: str, task: str) -> bool:
    """Return whether no image failed in the cell or in the cells that bound it."""
    rows = (run.lower(rain_set), derainer, run.upper(rain_set))
    return not any(run.failed(rain_set, row, task).failures for row in rows)


def agreement_of(run: RunFigures, rain_set: str, task: TaskEntry) -> Agreement:
    """Compare the order by restoration quality with the order by the task's first metric.

    Derainers with failed images in either are left out.
    """
    quality = quality_metric(run)
    if quality is None or not task.metric(task.headline[0]).direction:
        return Agreement(0, 0)
    complete = [
        entry.name
        for entry in run.derainers
        if not run.failed(rain_set, entry.name, task.name).failures
        and not run.failed(rain_set, entry.name, quality[0].name).failures
    ]
    return agreement(
        _signed(run, rain_set, complete, *quality),
        _signed(run, rain_set, complete, task, task.headline[0]),
    )


def _signed(
    run: RunFigures, rain_set: str, names: list[str], task: TaskEntry, name: str
) -> list[float]:
    sign = task.metric(name).direction
    return [sign * run.value(rain_set, entry, task.name, name) for entry in names]
