"""All comparisons of one rain set and task at once, corrected for how many they are."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import pandas as pd

from harness.run_folder.manifest import DerainerEntry, TaskEntry
from harness.run_folder.summary import Comparison, Friedman, Harmed, Pair
from harness.statistics.comparing import (
    CellFigures,
    compare,
    compare_pair,
    corrected,
    corrected_pairs,
    harmed_images,
)
from harness.statistics.testing import friedman_test

Cells = Mapping[str, CellFigures]
"""Of one rain set and task, by derainer."""


def with_lower_bound(
    rain_set: str, task: TaskEntry, cells: Cells, derainers: Sequence[DerainerEntry]
) -> list[Comparison]:
    """Compare every derainer, and the upper bound, with the rainy input by every metric."""
    bounds = {one.bound: one.name for one in derainers[::-1] if one.name in cells}
    lower, upper = (bounds.get(bound) for bound in ("lower", "upper"))
    if lower is None or not cells[lower].values:
        return []
    competing = [one.name for one in derainers if one.bound is None and one.name in cells]
    best = cells[upper] if upper is not None else None
    compared: list[Comparison] = []
    for name in _metrics(cells, [*competing, *([upper] if upper else [])]):
        metric = task.metric(name)
        rows = [
            compare(
                (rain_set, one, task.name),
                name,
                metric,
                cells[one],
                cells[lower],
                best if one != upper else None,
                task.can_lose,
            )
            for one in [*competing, *([upper] if upper else [])]
            if name in cells[one].values
        ]
        compared += corrected(rows, competing)
    return compared


def harmed_by(
    rain_set: str, task: TaskEntry, cells: Cells, derainers: Sequence[DerainerEntry]
) -> list[Harmed]:
    """Return the images that each derainer harms, by the metrics that the joint table shows."""
    lower = next((one.name for one in derainers if one.bound == "lower" and one.name in cells), "")
    return [
        image
        for one in derainers
        if lower and one.bound is None and one.name in cells
        for name in task.headline
        for image in harmed_images(
            (rain_set, one.name, task.name), name, task.metric(name), cells[one.name], cells[lower]
        )
    ]


def with_each_other(
    rain_set: str, task: TaskEntry, cells: Cells, derainers: Sequence[DerainerEntry]
) -> tuple[list[Pair], list[Friedman]]:
    """Compare every two derainers that compete, and all at once, by every metric that is ranked."""
    competing = [one.name for one in derainers if one.bound is None and one.name in cells]
    pairs: list[Pair] = []
    tests: list[Friedman] = []
    for name in _metrics(cells, competing):
        metric = task.metric(name)
        known = [one for one in competing if name in cells[one].values]
        if not metric.direction or len(known) < 2:
            continue
        place = (rain_set, task.name)
        pairs += corrected_pairs(
            [
                compare_pair(place, name, metric, (a, cells[a]), (b, cells[b]))
                for a, b in combinations(known, 2)
            ]
        )
        own = [cells[one].of_images(name) for one in known]
        known_own = [one for one in own if one is not None]
        if len(known_own) < len(known):
            continue
        table = pd.concat(known_own, axis=1, join="inner").to_numpy().T
        if found := friedman_test(table):
            n, statistic, p = found
            tests.append(Friedman(*place, name, len(known), n, statistic, p))
    return pairs, tests


def _metrics(cells: Cells, names: Sequence[str]) -> list[str]:
    """Return the metrics of some derainers, apart from those of single classes."""
    found = dict.fromkeys(name for one in names for name in cells[one].values)
    return [name for name in found if "/" not in name]
