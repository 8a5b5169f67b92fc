"""What a report tells of a task follows from its role, and of a derainer from its bound."""

from harness.run_folder.manifest import TaskEntry
from harness.run_folder.run_data import RunData
from harness.statistics.agreement import Agreement, agreement


def losing(run: RunData, rain_set: str) -> list[TaskEntry]:
    """Return the tasks that judged a rain set and that rain can cost something."""
    return [task for task in run.tasks_of(rain_set) if task.can_lose and task.headline]


def of_pictures(run: RunData, rain_set: str) -> list[TaskEntry]:
    """Return the tasks that judged the restored pictures of a rain set for themselves."""
    tasks = run.tasks_of(rain_set)
    return [task for task in tasks if task.looks_at == "picture" and task.headline]


def quality_metric(run: RunData) -> tuple[TaskEntry, str] | None:
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


def is_complete(run: RunData, rain_set: str, derainer: str, task: str) -> bool:
    """Return whether no image failed in the cell or in the cells that bound it."""
    rows = (run.lower(rain_set), derainer, run.upper(rain_set))
    return not any(run.failed(rain_set, row, task).failures for row in rows)


def agreement_of(run: RunData, rain_set: str, task: TaskEntry) -> Agreement:
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
    run: RunData, rain_set: str, names: list[str], task: TaskEntry, name: str
) -> list[float]:
    sign = task.metric(name).direction
    return [sign * run.value(rain_set, entry, task.name, name) for entry in names]
