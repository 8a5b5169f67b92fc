"""What moved between two runs of the same benchmark, in print and beyond its interval."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from harness.errors import ConfigError
from harness.metric import Metric
from harness.report.comparable import check_comparable
from harness.report.differences import Difference, differences
from harness.report.printing import printed
from harness.run.run_cells import recorded_cells
from harness.run.summarising import Cells
from harness.run_folder.manifest import read_manifest
from harness.run_folder.records import holds_records
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import Figure, read_summary
from harness.statistics.comparing import difference
from harness.statistics.resampling import LEAST_IMAGES, NO_INTERVAL, Interval


class Moved(NamedTuple):
    """A figure in two runs.

    Attributes:
        place: Rain set, derainer, task and metric, in words.
        before: As the first run has it, printed.
        after: As the second has it, printed, or why it has none to compare.
        change: By how much it is better, in the metric's unit; below 0 it is worse. NaN where it
            is missing.
        interval: Of the change, with both runs on the same images; or of the first run's figure
            less itself, where one of them has no records; NaN where neither is known.
        is_past_margin: Whether it is worse by more than the margin, and beyond the interval.
    """

    place: str
    before: str
    after: str
    change: float
    interval: Interval
    is_past_margin: bool

    @property
    def is_missing(self) -> bool:
        """Whether the second run has no figure of as many images."""
        return math.isnan(self.change)

    @property
    def has_interval(self) -> bool:
        """Whether chance is known."""
        return not math.isnan(self.interval.low)

    @property
    def has_moved(self) -> bool:
        """Whether it moved in print, and by more than chance would where that is known.

        On another processor every image moves a little to one side: its interval tells that from
        chance, and no reader of a table can.
        """
        by_chance = self.has_interval and self.interval.low <= 0 <= self.interval.high
        return self.before != self.after and not by_chance

    @property
    def line(self) -> str:
        """One line on it."""
        if self.is_missing:
            return f"{self.place}: {self.before} before, {self.after}"
        better = "better" if self.change > 0 else "worse"
        unsure = "" if self.has_interval else ", no interval"
        past = ", past the margin" if self.is_past_margin else ""
        return f"{self.place}: {self.before} -> {self.after}, {better}{past}{unsure}"


class Compared(NamedTuple):
    """Two runs compared.

    Attributes:
        figures: Every headline figure of the first.
        differences: In what else the runs differ.
    """

    figures: Sequence[Moved]
    differences: Sequence[Difference]

    @property
    def is_worse(self) -> bool:
        """Whether a figure is missing, or worse past the margin."""
        return any(one.is_missing or one.is_past_margin for one in self.figures)

    @property
    def lines(self) -> list[str]:
        """What is to be told: what moved, in what the runs differ, and counts at the end."""
        told = [one.line for one in self.figures if one.is_missing or one.has_moved]
        told += [f"the runs differ in {one.line}" for one in self.differences]
        return told + self._counts()

    def _counts(self) -> list[str]:
        missing = [one for one in self.figures if one.is_missing]
        there = [one for one in self.figures if not one.is_missing]
        sure = [one for one in there if one.has_interval]
        unsure = [one for one in there if not one.has_interval]
        told = []
        if sure:
            told.append(_moved_of(sure, "moved beyond their interval"))
        if unsure:
            told.append(
                f"{_moved_of(unsure, 'without an interval moved')}; without one, as below "
                f"{LEAST_IMAGES} images, nobody knows what is chance, so every change that shows "
                "in print counts (--margin lets small ones pass)"
            )
        if missing:
            told.append(
                f"{len(missing)} of {len(self.figures)} figures are missing in the second run, or "
                "stand on fewer images there"
            )
        return told


def _moved_of(figures: Sequence[Moved], how: str) -> str:
    moved_ones = sum(one.has_moved for one in figures)
    past = sum(one.is_past_margin for one in figures)
    return (
        f"{moved_ones} of {len(figures)} figures {how}, {past} of them for the worse and past the "
        "margin"
    )


class Margins(NamedTuple):
    """How much worse a figure may be: of each metric, and of those that are not named."""

    of_metrics: Mapping[str, float]
    of_others: float = 0.0

    def of(self, metric: str) -> float:
        """Return the margin of a metric in its unit."""
        return self.of_metrics.get(metric, self.of_others)


def moved(before: Path, after: Path, margins: Margins) -> Compared:
    """Compare the headline figures of two runs.

    Args:
        before: Folder of the first.
        after: Folder of the second.
        margins: How much worse a figure may be.

    Raises:
        ConfigError: If the runs judged other images, or by other protocols, or the first has
            nothing to compare.
        BenchError: If a file of a run is missing or damaged.
    """
    runs = _figures_alone(before), _figures_alone(after)
    check_comparable(runs)
    headline = _headline(runs[0])
    if not headline:
        raise ConfigError(
            f"{before}: has no figure to compare, for no task judged anything there; name a run "
            "with figures first"
        )
    both = all(map(holds_records, (before, after)))
    cells = (recorded_cells(before), recorded_cells(after)) if both else ({}, {})
    return Compared([_of_figure(runs, cells, one, margins) for one in headline], differences(runs))


def _figures_alone(directory: Path) -> RunData:
    """Read what a folder has at the least, as one that is kept to be compared with."""
    return RunData(directory, read_manifest(directory), read_summary(directory))


def _headline(run: RunData) -> list[Figure]:
    """Return the figures of headline metrics that a run has."""
    headline = {(task.name, name) for task in run.tasks for name in task.headline}
    return [
        one
        for one in run.figures
        if (one.task, one.metric) in headline and one.n and not math.isnan(one.value)
    ]


def _of_figure(
    runs: tuple[RunData, RunData],
    cells: tuple[Mapping[tuple[str, str], Cells], ...],
    before: Figure,
    margins: Margins,
) -> Moved:
    metric = runs[0].metric(before.task, before.metric)
    after = runs[1].measured(before.rain_set, before.derainer, before.task, before.metric)
    place = f"{before.rain_set} / {before.derainer} / {before.task} {metric.label}"
    was, now_is = (printed(one.value, metric.digits) for one in (before, after))
    if lack := _lack(runs[1], before, after, now_is):
        return Moved(place, was, lack, math.nan, NO_INTERVAL, False)
    change, interval = _change(before, after, metric, cells)
    worse_by = abs(change) if not metric.direction else -change
    found = Moved(place, was, now_is, change, interval, False)
    past = worse_by > margins.of(before.metric) and found.has_moved
    return found._replace(is_past_margin=past)


def _lack(run: RunData, before: Figure, after: Figure, now_is: str) -> str:
    """Return what the second run lacks of a figure of the first, "" where it has it."""
    if after.n and not math.isnan(after.value):
        few = after.n < before.n
        return f"now {now_is} on {after.n} of the {before.n} images" if few else ""
    parts = {
        "rain set": (before.rain_set, [one.name for one in run.rain_sets]),
        "derainer": (before.derainer, [one.name for one in run.manifest.derainers]),
        "task": (before.task, [one.name for one in run.tasks]),
    }
    for kind, (name, names) in parts.items():
        if name not in names:
            return f"now there is no {kind} {name}"
    return "now there is no figure"


def _change(
    before: Figure,
    after: Figure,
    metric: Metric,
    cells: tuple[Mapping[tuple[str, str], Cells], ...],
) -> tuple[float, Interval]:
    """Return by how much a figure is better, with the interval that says whether that is chance."""
    if math.isinf(before.value) and after.value == before.value:
        return 0.0, Interval(0.0, 0.0)  # every image is exact in both, which leaves no chance
    where = (before.rain_set, before.task)
    recorded = [of_run.get(where, {}).get(before.derainer) for of_run in cells]
    if recorded[0] is not None and recorded[1] is not None:
        found = difference(before.metric, metric, recorded[1], recorded[0])
        if math.isfinite(found.value):
            return found.value, found.interval
    sign = metric.direction or 1
    change = sign * (after.value - before.value)
    ends = sorted(change - sign * (end - before.value) for end in (before.low, before.high))
    return change, Interval(*ends)
