"""The figures of a run, in memory: plots see no more of it, and so follow from `content`."""

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

from harness.run_folder.manifest import DerainerEntry, TaskEntry
from harness.run_folder.summary import FAILED, Comparison, Correlation, Figure
from harness.terms import Bound

Place = tuple[str, str, str]
"""A rain set, a task and a metric."""


class Failed(NamedTuple):
    """How many of a cell's images failed."""

    failures: int
    images: int


class RunFigures:
    """Figures of cells, and what is known of their tasks and derainers.

    Attributes:
        entries: All derainers and references, in the order of the configuration.
        tasks: In the order of the configuration.
        figures: Of every cell; see `Figure`.
        comparisons: Of derainers, and the upper bound, with the lower one.
        correlations: Of restoration quality with tasks; see `Correlation`.
        labels: What tables and plots call each derainer: the name which the configuration gives
            it; where it gives none, the method's title, unless another is called so too.
    """

    def __init__(
        self,
        entries: Sequence[DerainerEntry],
        tasks: Sequence[TaskEntry],
        figures: Sequence[Figure],
        comparisons: Sequence[Comparison] = (),
        correlations: Sequence[Correlation] = (),
    ) -> None:
        self.entries, self.tasks = tuple(entries), tuple(tasks)
        self.figures, self.comparisons = figures, comparisons
        self.correlations = correlations
        self.labels = _labels(self.entries)
        self._cells = {(one.rain_set, one.derainer, one.task, one.metric): one for one in figures}
        self._restored = {(one.rain_set, one.derainer) for one in figures}
        self._compared = {
            (one.rain_set, one.derainer, one.task, one.metric): one for one in comparisons
        }
        self._part: frozenset[Place] | None = None

    def part(self, places: Collection[Place]) -> "RunFigures":
        """Return what is known of some metrics, and how many images failed there.

        To ask it for another metric is an error, for its answer would not be that of the run.
        """
        chosen = frozenset([*places, *((*place[:2], FAILED) for place in places)])
        sets, tasks = ({one[index] for one in chosen} for index in (0, 1))
        part = RunFigures(
            self.entries,
            [task for task in self.tasks if task.name in tasks],
            [one for one in self.figures if (one.rain_set, one.task, one.metric) in chosen],
            [one for one in self.comparisons if (one.rain_set, one.task, one.metric) in chosen],
            [one for one in self.correlations if (one.rain_set, one.task, one.metric) in chosen],
        )
        part.labels = self.labels
        part._restored = {one for one in self._restored if one[0] in sets}
        part._part = chosen
        return part

    @property
    def content(self) -> tuple[object, ...]:
        """All that the answers follow from."""
        known = (self.entries, self.tasks, self.figures, self.comparisons, self.correlations)
        return (*known, self.labels, sorted(self._restored), sorted(self._part or ()))

    @property
    def references(self) -> list[DerainerEntry]:
        """The rows that bound the table, the lower ones first."""
        found = [entry for entry in self.entries if entry.is_reference]
        return sorted(found, key=lambda entry: entry.bound != "lower")

    @property
    def derainers(self) -> list[DerainerEntry]:
        """The derainers that compete, in the order of the configuration."""
        return [entry for entry in self.entries if not entry.is_reference]

    def lower(self, rain_set: str) -> str:
        """Return the name of the row that deraining starts from on a rain set, "" without one."""
        return self._bound(rain_set, "lower")

    def upper(self, rain_set: str) -> str:
        """Return the name of the row that bounds what deraining can give back, "" without one."""
        return self._bound(rain_set, "upper")

    def bounds(self, rain_set: str) -> tuple[str, str]:
        """Return the names of both, the lower one first."""
        return self.lower(rain_set), self.upper(rain_set)

    def _bound(self, rain_set: str, bound: Bound) -> str:
        """Return the first of the bounds that restored the rain set; another may refuse it."""
        names = (one.name for one in self.references if one.bound == bound)
        return next((name for name in names if (rain_set, name) in self._restored), "")

    def measured(self, rain_set: str, derainer: str, task: str, metric: str) -> Figure:
        """Return a metric of a cell; one that was not measured is NaN on no image."""
        place = self._place(rain_set, derainer, task, metric)
        return self._cells.get(place, Figure(*place, math.nan, 0, ""))

    def value(self, rain_set: str, derainer: str, task: str, metric: str) -> float:
        """Return the value of a metric of a cell, NaN where there is none."""
        return self.measured(rain_set, derainer, task, metric).value

    def compared(self, rain_set: str, derainer: str, task: str, metric: str) -> Comparison:
        """Return a derainer against the bounds; what is not known is NaN."""
        place = self._place(rain_set, derainer, task, metric)
        return self._compared.get(place, Comparison(*place, 0, math.nan))

    def failed(self, rain_set: str, derainer: str, task: str) -> Failed:
        """Return how many images of a cell failed."""
        found = self._cells.get(self._place(rain_set, derainer, task, FAILED))
        return Failed(int(found.value), found.n) if found else Failed(0, 0)

    def _place(
        self, rain_set: str, derainer: str, task: str, metric: str
    ) -> tuple[str, str, str, str]:
        """Return where a figure stands.

        Raises:
            LookupError: If it is no figure of this part of a run.
        """
        if self._part is not None and (rain_set, task, metric) not in self._part:
            raise LookupError(f"{metric} of {task} on {rain_set} is not in this part of the run")
        return rain_set, derainer, task, metric


def _labels(entries: Sequence[DerainerEntry]) -> dict[str, str]:
    wanted = {
        entry.name: entry.name if entry.is_named else entry.title or entry.name for entry in entries
    }
    called = list(wanted.values())
    return {name: name if called.count(label) > 1 else label for name, label in wanted.items()}
