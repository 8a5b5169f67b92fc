"""The plot of restoration quality against what the tasks make of it."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.report.clauses import correlation_with_interval
from harness.report.plots.front import on_the_front
from harness.report.plots.marks import harm_mark
from harness.report.plots.palette import EDGE, REFERENCE_COLOUR, derainer_style
from harness.report.plots.plot_drawing import Drawing
from harness.report.plots.point_names import Panel, Point, name_points
from harness.report.plots.sheets import BESIDE, TALLEST, numbered, shared_out
from harness.report.plots.style import SMALL, column_width, panels
from harness.report.roles import agreement_of, losing, quality_metric, telling_correlations
from harness.report.tables.model import HARM
from harness.run_folder.manifest import TaskEntry
from harness.run_folder.run_data import RunData
from harness.run_folder.run_figures import RunFigures

HEIGHT = 2.5
HEIGHT_OF_A_NAME = 0.09
"""Inches that a panel grows by for each point past the sixth."""

RING = 11
"""Points across, around a dot of 6."""

RINGED = (
    "In a ring: no derainer that takes no more time a megapixel, on the machine where costs were "
    "measured, does better in the task."
)

HEIGHT_OF_A_LINE = 9
"""Points of a line of what is said of a panel."""

LONGEST_AXIS = 30
"""Letters that the side of a panel has room for."""


class _Shown(NamedTuple):
    """A panel: a rain set, a task, (derainer, quality, task's metric) of each point, the front."""

    rain_set: str
    task: TaskEntry
    points: list[tuple[str, float, float]]
    ringed: list[str]


def prediction_drawings(run: RunData) -> Iterator[Drawing]:
    """Draw restoration quality against what the tasks make of it: does one predict the other?"""
    quality = quality_metric(run)
    if quality is None:
        return
    shown = [
        _Shown(rain_set.name, task, points, sorted(on_the_front(run, rain_set.name, task)))
        for rain_set in run.rain_sets
        for task in losing(run, rain_set.name)
        if len(points := _points(run, rain_set.name, quality, task)) > 1
    ]
    most = max((len(one.points) for one in shown), default=0)
    lines = max((len(_agreement(run, one.rain_set, one.task)) for one in shown), default=0)
    height = HEIGHT + HEIGHT_OF_A_LINE * lines / 72 + HEIGHT_OF_A_NAME * max(0, most - 6)
    height = min(TALLEST, height)
    sheets = shared_out(shown, height)
    for name, of_sheet in zip(numbered("quality-against-tasks", len(sheets)), sheets, strict=True):
        yield _drawing(run, quality, of_sheet, height, name)


def _drawing(
    run: RunData, quality: tuple[TaskEntry, str], shown: Sequence[_Shown], height: float, name: str
) -> Drawing:
    described = quality[0].metric(quality[1])
    better = "higher" if described.direction > 0 else "lower"
    caption = (
        "Does a better picture make a better prediction? Two derainers agree if the one with the "
        f"{better} {described.label} is also ahead in the task; grey is the rainy input. Rank "
        "correlation: Spearman's, 1 where both put all in one order, with its 95% interval over "
        "images; of gains: of the images' own, the mean over derainers. "
        f"{HARM}: the task does worse than on the rainy input."
    )
    if run.costs is not None:
        caption += f" {RINGED}"
    alternative = f"Scatter plot of {described.label} against the tasks' metrics."
    places = [(one.rain_set, one.task.name, one.task.headline[0]) for one in shown]
    places += [(one.rain_set, quality[0].name, quality[1]) for one in shown]
    return Drawing(name, caption, alternative, _draw, (run.part(places), quality, shown, height))


def _draw(
    run: RunFigures, quality: tuple[TaskEntry, str], shown: Sequence[_Shown], height: float
) -> Figure:
    described = quality[0].metric(quality[1])
    figure, axes = panels(len(shown), BESIDE, column_width(len(shown)), height)
    style, named = derainer_style(run), []
    for panel, (rain_set, task, points, ringed) in zip(axes, shown, strict=True):
        panel.margins(0.16)
        panel.grid()
        drawn = []
        for derainer, x, y in points:
            colour, marker = style[derainer]
            (dot,) = panel.plot(x, y, marker, color=colour, markersize=6)
            if derainer in ringed:
                panel.plot(x, y, "o", color=EDGE, markersize=RING, fillstyle="none")
            mark = harm_mark(run, rain_set, derainer, task)
            drawn.append(Point(x, y, run.labels[derainer], dot, mark))
        orders = _agreement(run, rain_set, task)
        panel.set_title(rain_set, pad=6 + HEIGHT_OF_A_LINE * len(orders))
        _write_below_title(panel, orders)
        panel.set_xlabel(f"{quality[0].name}: {described.axis_label}")
        panel.set_ylabel(_in_two_lines(task.name, task.metric(task.headline[0]).axis_label))
        named.append(Panel(panel, drawn))
    name_points(figure, named)
    return figure


def _agreement(run: RunFigures, rain_set: str, task: TaskEntry) -> list[str]:
    """Return how far the orders agree, in a line for each way of telling it."""
    order = agreement_of(run, rain_set, task)
    lines = [f"{order.agreeing} of {order.pairs} pairs agree"]
    lines += [
        f"rank correlation{' of gains' * (one.over == 'images')} {correlation_with_interval(one)}"
        for one in telling_correlations(run, rain_set, task)
    ]
    return lines


def _write_below_title(axes: Axes, lines: Sequence[str]) -> None:
    """Write lines between a panel and its title, where no point can be."""
    axes.annotate(
        "\n".join(lines),
        (0, 1),
        (0, 4),
        xycoords="axes fraction",
        textcoords="offset points",
        color=REFERENCE_COLOUR,
        fontsize=SMALL,
    )


def _in_two_lines(task: str, label: str) -> str:
    """Return a metric of a task as an axis has room for it."""
    text = f"{task}: {label}"
    return text if len(text) <= LONGEST_AXIS else f"{task}:\n{label}"


def _points(
    run: RunData, rain_set: str, quality: tuple[TaskEntry, str], task: TaskEntry
) -> list[tuple[str, float, float]]:
    """Return (derainer, quality, task's metric) for all but the clean image."""
    points = []
    for entry in (*run.references, *run.derainers):
        x = run.value(rain_set, entry.name, quality[0].name, quality[1])
        y = run.value(rain_set, entry.name, task.name, task.headline[0])
        if math.isfinite(x) and math.isfinite(y) and entry.bound != "upper":
            points.append((entry.name, x, y))
    return points
