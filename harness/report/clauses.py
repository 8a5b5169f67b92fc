"""Clauses that the sentences of a report share: who is behind by noise, who harms."""

import math
from collections.abc import Mapping, Sequence

from harness.metric import Metric
from harness.report.printing import percent, printed
from harness.report.roles import is_complete, tied_with
from harness.run_folder.manifest import TaskEntry
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import Comparison, Correlation

MOST_NAMED = 4
"""Of derainers of which a sentence says the same; of more it names some, and the tables all."""


def all_against_rain(run: RunData, rain_set: str, task: TaskEntry) -> dict[str, Comparison]:
    """Return the derainers that finished against the rainy input, by a task's first metric."""
    return {
        entry.name: against_rain(run, rain_set, task, task.headline[0], entry.name)
        for entry in run.derainers
        if is_complete(run, rain_set, entry.name, task.name)
    }


def against_rain(
    run: RunData, rain_set: str, task: TaskEntry, name: str, derainer: str
) -> Comparison:
    """Return a derainer against the rainy input, by the figures alone where nobody compared."""
    known = run.compared(rain_set, derainer, task.name, name)
    if known.n or not run.lower(rain_set):
        return known
    start, end = (
        run.value(rain_set, one, task.name, name) for one in (run.lower(rain_set), derainer)
    )
    return known._replace(gain=task.metric(name).direction * (end - start))


def tied_best_first(
    run: RunData, rain_set: str, task: TaskEntry, name: str, best: str
) -> list[str]:
    """Return the labels of those that the best is ahead of by no more than noise."""
    sign = task.metric(name).direction
    tied = tied_with(run, rain_set, task.name, name, best)
    tied.sort(key=lambda one: -sign * run.value(rain_set, one, task.name, name))
    return [run.labels[one] for one in tied]


def no_more_than_noise(behind: Sequence[str]) -> str:
    """Return a clause on those that the best does not beat, "" where there are none."""
    if not behind:
        return ""
    return f"; {listed(behind)} {'is' if len(behind) == 1 else 'are'} behind by no more than noise"


def while_others_harm(run: RunData, compared: Mapping[str, Comparison], best: str) -> str:
    """Return a clause on the derainers below the rainy input, "" where there are none."""
    worst_first = sorted(compared.items(), key=lambda item: item[1].gain)
    below = {name: one for name, one in worst_first if one.harms and name != best}
    sure = [run.labels[name] for name, one in below.items() if one.surely_harms]
    unsure = [run.labels[name] for name, one in below.items() if not one.surely_harms]
    clauses = []
    if sure:
        clauses.append(f"{listed(sure)} {'makes' if len(sure) == 1 else 'make'} matters worse")
    if unsure:
        is_tested = all(one.is_tested for one in below.values() if not one.surely_harms)
        doubt = ", within noise" if is_tested else ""
        clauses.append(
            f"{listed(unsure)} {'falls' if len(unsure) == 1 else 'fall'} below the rain{doubt}"
        )
    return f", while {' and '.join(clauses)}" if clauses else ""


def name_of_judge(run: RunData, task: TaskEntry) -> str:
    """Return what a sentence calls the judge: with the task's name where another is called so."""
    if not task.judge:
        return task.name
    alone = sum(other.judge == task.judge for other in run.tasks) == 1
    return task.judge if alone else f"{task.judge} {task.name}"


def interval_of_gain(one: Comparison, metric: Metric) -> str:
    """Return the interval of a gain in the metric's digits."""
    low, high = (printed(end, metric.digits) for end in (one.gain_low, one.gain_high))
    return f"[{low}, {high}]"


def interval_of_share(one: Comparison) -> str:
    """Return the interval of a share as it stands behind it, "" without one."""
    if math.isnan(one.share_low):
        return ""
    return f" [{percent(one.share_low)}, {percent(one.share_high)}]"


def correlation_with_interval(one: Correlation) -> str:
    """Return a correlation, with its interval where there is one."""
    ends = [printed(end, 2) for end in (one.low, one.high)]
    interval = f" [{ends[0]}, {ends[1]}]" if math.isfinite(one.low) else ""
    return f"{printed(one.correlation, 2)}{interval}"


def listed(names: Sequence[str]) -> str:
    """Join names as a sentence does, the last of many as a number.

    >>> listed(["a", "b", "c"]), listed(["a", "b", "c", "d", "e"])
    ('a, b and c', 'a, b, c and 2 more')
    """
    if len(names) > MOST_NAMED:
        names = [*names[: MOST_NAMED - 1], f"{len(names) - MOST_NAMED + 1} more"]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
