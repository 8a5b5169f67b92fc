"""What moved between two runs of the same benchmark: every figure, beyond its interval or not."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from harness.metric import Metric
from harness.report.comparable import check_comparable
from harness.report.printing import printed
from harness.run.run_cells import recorded_cells
from harness.run.summarising import Cells
from harness.run_folder.manifest import read_manifest
from harness.run_folder.records import holds_records
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import FAILED, Figure, read_summary
from harness.statistics.comparing import difference
from harness.statistics.resampling import Interval


class Moved(NamedTuple):
    """A figure in two runs.

    Attributes:
        place: Rain set, derainer, task and metric, in words.
        before: As the first run has it, printed.
        after: As the second has it, printed.
        change: By how much it is better, in the metric's unit; below 0 it is worse. NaN where one
            of the runs lacks it.
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
    def is_beyond_interval(self) -> bool:
        """Whether it moved by more than chance would; without an interval, whether in print."""
        if math.isnan(self.change):
            return True
        low, high = self.interval
        if math.isnan(low):
            return self.before != self.after
        return not low <= 0 <= high

    @property
    def line(self) -> str:
        """One line on it."""
        if math.isnan(self.change):
            return f"{self.place}: {self.before} before, {self.after} now"
        better = "better" if self.change > 0 else "worse"
        past = ", past the margin" if self.is_past_margin else ""
        return f"{self.place}: {self.before} -> {self.after}, {better}{past}"


class Margins(NamedTuple):
    """How much worse a figure may be: of each metric, and of those that are not named."""

    of_metrics: Mapping[str, float]
    of_others: float = 0.0

    def of(self, metric: str) -> float:
        """Return the margin of a metric in its unit."""
        return self.of_metrics.get(metric, self.of_others)


def moved(before: Path, after: Path, margins: Margins) -> list[Moved]:
    """Compare the headline figures of two runs.

    Args:
        before: Folder of the first.
        after: Folder of the second.
        margins: How much worse a figure may be.

    Raises:
        ConfigError: If the runs judged other images, or by other protocols.
        BenchError: If a file of a run is missing or damaged.
    """
    runs = _figures_alone(before), _figures_alone(after)
    check_comparable(runs)
    both = all(map(holds_records, (before, after)))
    cells = (recorded_cells(before), recorded_cells(after)) if both else ({}, {})
    return [_of_figure(runs, cells, one, margins) for one in _headline(runs)]


def _figures_alone(directory: Path) -> RunData:
    """Read what a folder has at the least, as one that is kept to be compared with."""
    return RunData(directory, read_manifest(directory), read_summary(directory))


def _headline(runs: Sequence[RunData]) -> list[Figure]:
    """Return the figures of headline metrics of the first run, by the rain sets of both."""
    first, second = runs
    sets = {one.name for one in second.rain_sets}
    headline = {(task.name, name) for task in first.tasks for name in task.headline}
    return [
        one
        for one in first.figures
        if one.rain_set in sets and (one.task, one.metric) in headline and one.metric != FAILED
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
    if not after.n:
        return Moved(place, was, "no figure", math.nan, Interval(math.nan, math.nan), True)
    change, interval = _change(before, after, metric, cells)
    worse_by = abs(change) if not metric.direction else -change
    found = Moved(place, was, now_is, change, interval, False)
    past = worse_by > margins.of(before.metric) and found.is_beyond_interval
    return found._replace(is_past_margin=past)


def _change(
    before: Figure,
    after: Figure,
    metric: Metric,
    cells: tuple[Mapping[tuple[str, str], Cells], ...],
) -> tuple[float, Interval]:
    """Return by how much a figure is better, with the interval that says whether that is chance."""
    where = (before.rain_set, before.task)
    recorded = [of_run.get(where, {}).get(before.derainer) for of_run in cells]
    if recorded[0] is not None and recorded[1] is not None:
        found = difference(before.metric, metric, recorded[1], recorded[0])
        if math.isfinite(found.value):
            return found.value, found.interval
    sign = metric.direction or 1
    change = 0.0 if after.value == before.value else sign * (after.value - before.value)
    ends = sorted(change - sign * (end - before.value) for end in (before.low, before.high))
    return change, Interval(*ends)
