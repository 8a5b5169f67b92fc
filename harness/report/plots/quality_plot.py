"""The plot of restoration quality against what the tasks make of it."""

import math

from harness.report.plots.palette import derainer_style
from harness.report.plots.point_names import Panel, Point, Words, name_points
from harness.report.plots.style import Drawing, column_width, panels
from harness.report.roles import agreement_of, losing, quality_metric
from harness.run_folder.manifest import TaskEntry
from harness.run_folder.run_data import RunData

LONGEST_AXIS = 30
"""Letters that the side of a panel has room for."""


def prediction_drawing(run: RunData) -> Drawing | None:
    """Draw restoration quality against what the tasks make of it: does one predict the other?"""
    quality = quality_metric(run)
    if quality is None:
        return None
    shown = [
        (rain_set.name, task, points)
        for rain_set in run.rain_sets
        for task in losing(run, rain_set.name)
        if len(points := _points(run, rain_set.name, quality, task)) > 1
    ]
    if not shown:
        return None
    described = quality[0].metric(quality[1])
    better = "higher" if described.direction > 0 else "lower"
    most = max(len(points) for *_, points in shown)
    figure, axes = panels(len(shown), 2, column_width(len(shown)), 2.5 + 0.09 * max(0, most - 6))
    style, named = derainer_style(run), []
    for panel, (rain_set, task, points) in zip(axes, shown, strict=True):
        panel.margins(0.16)
        panel.grid()
        marks = []
        for name, x, y in points:
            colour, marker = style[name]
            (mark,) = panel.plot(x, y, marker, color=colour, markersize=6)
            marks.append(Point(x, y, run.labels[name], mark))
        panel.set_title(rain_set)
        panel.set_xlabel(f"{quality[0].name}: {described.axis_label}")
        panel.set_ylabel(_in_two_lines(task.name, task.metric(task.headline[0]).axis_label))
        order = agreement_of(run, rain_set, task)
        words = Words(f"{order.agreeing} of {order.pairs} pairs agree")
        named.append(Panel(panel, marks, [words]))
    name_points(figure, named)
    caption = (
        "Does a better picture make a better prediction? Two derainers agree if the one with the "
        f"{better} {described.label} is also ahead in the task; grey is the rainy input."
    )
    alternative = f"Scatter plot of {described.label} against the tasks' metrics."
    return Drawing("quality-against-tasks", caption, alternative, figure)


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
