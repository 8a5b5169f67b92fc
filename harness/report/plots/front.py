"""The derainers that no other beats at no more cost."""

import math
from collections.abc import Sequence

from harness.report.tables.cost_table import costed_of
from harness.run_folder.manifest import TaskEntry
from harness.run_folder.run_data import RunData


def pareto_front(
    points: Sequence[tuple[float, float]], direction: int
) -> list[tuple[float, float]]:
    """Return cost and figure of those that no other point beats at no more cost, cheapest first.

    >>> pareto_front([(1, 5), (2, 4), (3, 6)], 1)
    [(1, 5), (3, 6)]
    """
    front: list[tuple[float, float]] = []
    for cost, figure in sorted(points, key=lambda one: (one[0], -direction * one[1])):
        if not front or direction * figure > direction * front[-1][1]:
            front.append((cost, figure))
    return front


def on_the_front(run: RunData, rain_set: str, task: TaskEntry) -> set[str]:
    """Return the derainers that none beats by a task's first metric in no more time a megapixel.

    Args:
        run: Nothing is known of its derainers where no cost was measured.
        rain_set: On which they are judged.
        task: Whose first metric counts; where nobody says which direction is better, none is ahead.
    """
    direction = task.metric(task.headline[0]).direction
    if run.costs is None or not direction:
        return set()
    places = {
        one.name: (cost, run.value(rain_set, one.name, task.name, task.headline[0]))
        for one in costed_of(run)
        if one.cost
        and not one.cost.error
        and (cost := run.costs.milliseconds_per_megapixel(one.cost))
    }
    known = {name: place for name, place in places.items() if math.isfinite(place[1])}
    front = pareto_front(list(known.values()), direction)
    return {name for name, place in known.items() if place in front}
