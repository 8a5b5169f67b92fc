"""The plots of a report, each a sentence about the run that can be seen."""

import math
from collections.abc import Iterator

from matplotlib.axes import Axes
from matplotlib.ticker import MultipleLocator

from harness.metric import Metric
from harness.report.plots.heatmap import per_class_drawings
from harness.report.plots.palette import REFERENCE_COLOUR, derainer_style
from harness.report.plots.style import (
    Drawing,
    clean_rows,
    label_points,
    panels,
    plot_style,
    write_above,
)
from harness.report.printing import printed
from harness.report.roles import (
    agreement_of,
    has_a_share,
    is_complete,
    losing,
    quality_metric,
)
from harness.report.tables.model import DAGGER
from harness.run_folder.manifest import TaskEntry
from harness.run_folder.run_data import RunData

WIDTH = 6.4
BEHIND_TEXT = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
ROW_HEIGHT = 0.30
FARTHEST_LEFT = -1.5
"""Shares below this are cut off in the plot; the number beside the bar is not."""
LONGEST_AXIS = 30
"""Letters that the side of a panel has room for."""
MOST_DOTS = 100
"""Of a cell's images drawn as dots; more are told by the box alone."""


def drawings(run: RunData) -> Iterator[Drawing]:
    """Draw every plot for which the run has figures, in the order of the page."""
    with plot_style():
        drawn = [recovered_drawing(run)]
        drawn += [level_drawing(run, task) for task in run.tasks if task.headline]
        drawn += [prediction_drawing(run), distribution_drawing(run)]
        yield from (drawing for drawing in drawn if drawing is not None)
        yield from per_class_drawings(run)


def level_drawing(run: RunData, task: TaskEntry) -> Drawing | None:
    """Draw a task's first metric by derainer, with the rainy and the clean image as lines."""
    name = task.headline[0]
    sets = [one.name for one in run.rain_sets if name in run.metrics(one.name, task.name)]
    if not sets or not run.derainers:
        return None
    figure, axes = panels(len(sets), 2, WIDTH, 0.95 + ROW_HEIGHT * len(run.derainers))
    for index, (panel, rain_set) in enumerate(zip(axes, sets, strict=True)):
        _draw_levels(panel, run, rain_set, task, name)
        names = [run.labels[entry.name] for entry in run.derainers]
        clean_rows(panel, names, shown=index % 2 == 0)
        panel.set_title(rain_set, pad=18)
        panel.set_xlabel(f"{task.name}: {task.metric(name).axis_label}")
        panel.locator_params(axis="x", nbins=5)
    described = task.metric(name)
    sides = {1: ("right", "left"), -1: ("left", "right")}.get(described.direction)
    meaning = (
        f": to the {sides[0]} of it deraining helps, to the {sides[1]} it harms" if sides else ""
    )
    caption = (
        f"{described.label} of {task.name} after each derainer. Each line starts at the rainy "
        f"input{meaning}. Hollow: images failed ({DAGGER})."
    )
    alternative = f"Dot plot of {task.name} {described.label} by derainer and rain set."
    return Drawing(f"level-{task.name}", caption, alternative, figure)


def _draw_levels(axes: Axes, run: RunData, rain_set: str, task: TaskEntry, name: str) -> None:
    described, style = task.metric(name), derainer_style(run)
    rainy, clean = (run.value(rain_set, row, task.name, name) for row in run.bounds(rain_set))
    values = [run.value(rain_set, entry.name, task.name, name) for entry in run.derainers]
    finite = [value for value in (rainy, clean, *values) if math.isfinite(value)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    margin = max(high - low, 10**-described.digits) * 0.28
    axes.set_xlim(low - margin, high + margin)
    for value, word, dashes in ((rainy, "rainy", (4, 3)), (clean, "clean", (1, 0))):
        if math.isfinite(value):
            axes.axvline(value, color=REFERENCE_COLOUR, linewidth=1.1, dashes=dashes)
            write_above(axes, value, f"{word} {printed(value, described.digits)}")
    for place, (entry, value) in enumerate(zip(run.derainers, values, strict=True)):
        colour, marker = style[entry.name]
        failed = run.failed(rain_set, entry.name, task.name).failures > 0
        text = printed(value, described.digits) + (DAGGER if failed else "")
        if not math.isfinite(value):
            write_absence(axes, low, place, failed)
            continue
        start = rainy if math.isfinite(rainy) else value
        axes.plot([start, value], [place, place], color=colour, linewidth=2.2, alpha=0.55)
        face = "white" if failed else colour
        axes.plot(value, place, marker, color=colour, markerfacecolor=face, markersize=7)
        side = -1 if value < start else 1
        axes.annotate(
            text,
            (value, place),
            (side * 7, 0),
            textcoords="offset points",
            va="center",
            ha="left" if side > 0 else "right",
            bbox=BEHIND_TEXT,
        )


def recovered_drawing(run: RunData) -> Drawing | None:
    """Draw the share of the loss that each derainer gave back, by rain set and task."""
    shown = [
        (rain_set.name, task)
        for rain_set in run.rain_sets
        for task in losing(run, rain_set.name)
        if has_a_share(run, rain_set.name, task, task.headline[0])
    ]
    if not shown:
        return None
    figure, axes = panels(len(shown), 2, WIDTH, 0.95 + ROW_HEIGHT * len(run.derainers))
    for index, (panel, (rain_set, task)) in enumerate(zip(axes, shown, strict=True)):
        _draw_shares(panel, run, rain_set, task)
        names = [run.labels[entry.name] for entry in run.derainers]
        clean_rows(panel, names, shown=index % 2 == 0)
        panel.set_title(rain_set, pad=18)
        panel.set_xlabel(_of_the_loss(task.metric(task.headline[0])))
    caption = (
        "How much of what rain costs each task comes back: 0 is the rainy input, 1 the clean "
        "image; below 0 deraining made matters worse. Thin lines: 95% bootstrap interval over "
        f"images, where it can be had exactly. Hollow: images failed ({DAGGER})."
    )
    alternative = "Bar chart of the recovered share of the loss by derainer, task and rain set."
    return Drawing("recovered", caption, alternative, figure)


def _of_the_loss(metric: Metric) -> str:
    if metric.direction > 0:
        return f"share of the lost {metric.label} given back"
    return f"share of the added {metric.label} taken back"


def _draw_shares(axes: Axes, run: RunData, rain_set: str, task: TaskEntry) -> None:
    style, name = derainer_style(run), task.headline[0]
    compared = [run.compared(rain_set, entry.name, task.name, name) for entry in run.derainers]
    shares = [one.share for one in compared]
    finite = [share for share in shares if math.isfinite(share)]
    left = max(min(0.0, *finite, 0.0), FARTHEST_LEFT)
    axes.set_xlim(left - (0.3 if left < 0 else 0.02), max(1.0, *finite, 1.0) + 0.16)
    axes.xaxis.set_major_locator(MultipleLocator(0.5))
    for value, word, dashes in ((0.0, "rainy", (4, 3)), (1.0, "clean", (1, 0))):
        axes.axvline(value, color=REFERENCE_COLOUR, linewidth=1.1, dashes=dashes, zorder=0.5)
        write_above(axes, value, word)
    for place, (entry, one) in enumerate(zip(run.derainers, compared, strict=True)):
        share, (colour, _) = one.share, style[entry.name]
        failed = not is_complete(run, rain_set, entry.name, task.name)
        text = printed(share, 2) + (DAGGER if failed else "")
        if not math.isfinite(share):
            write_absence(axes, 0.03, place, failed)
            continue
        face = "white" if failed else colour
        axes.barh(place, share, 0.58, color=face, edgecolor=colour, linewidth=1.2)
        low, high = one.share_low, one.share_high
        if math.isnan(low):
            low = high = share
        if low < high:
            axes.plot([low, high], [place, place], color="#222222", linewidth=1.2)
        end = max(min(low, share), FARTHEST_LEFT) if share < 0 else max(high, share)
        axes.annotate(
            text,
            (end, place),
            (-4 if share < 0 else 4, 0),
            textcoords="offset points",
            va="center",
            ha="right" if share < 0 else "left",
        )


def write_absence(axes: Axes, left: float, place: float, failed: bool) -> None:
    """Write in a row without a figure why there is none."""
    words = "all images failed" if failed else "not defined"
    axes.text(left, place, words, va="center", color=REFERENCE_COLOUR, bbox=BEHIND_TEXT)


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
    figure, axes = panels(len(shown), 2, WIDTH, 2.7 + 0.09 * max(0, most - 6))
    style = derainer_style(run)
    for panel, (rain_set, task, points) in zip(axes, shown, strict=True):
        panel.margins(0.16)
        panel.grid()
        for name, x, y in points:
            colour, marker = style[name]
            panel.plot(x, y, marker, color=colour, markersize=7.5)
        panel.set_title(rain_set)
        panel.set_xlabel(f"{quality[0].name}: {described.axis_label}")
        panel.set_ylabel(_in_two_lines(task.name, task.metric(task.headline[0]).axis_label))
        order = agreement_of(run, rain_set, task)
        panel.text(
            0.98,
            0.03,
            f"{order.agreeing} of {order.pairs} pairs agree",
            transform=panel.transAxes,
            ha="right",
            color=REFERENCE_COLOUR,
            fontsize=8.5,
        )
    for panel, (_, _, points) in zip(axes, shown, strict=True):
        named = [(x, y, run.labels[name]) for name, x, y in points]
        label_points(panel, named)
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


def distribution_drawing(run: RunData) -> Drawing | None:
    """Draw how restoration quality varies from image to image."""
    import seaborn

    quality = quality_metric(run)
    if quality is None:
        return None
    (task, name), style = quality, derainer_style(run)
    described = task.metric(name)
    rows = run.records(task.name, ["rain_set", "derainer", "status", name])
    if name not in rows:
        return None
    rows = rows[(rows["status"] == "ok") & rows[name].abs().lt(math.inf)]
    sets = [one.name for one in run.rain_sets if (rows["rain_set"] == one.name).any()]
    order = [one.name for one in (*run.references, *run.derainers) if one.bound != "upper"]
    if not sets:
        return None
    figure, axes = panels(len(sets), 2, WIDTH, 0.95 + ROW_HEIGHT * len(order))
    for index, (panel, rain_set) in enumerate(zip(axes, sets, strict=True)):
        cell = rows[rows["rain_set"] == rain_set]
        shared = {"data": cell, "x": name, "y": "derainer", "order": order, "ax": panel}
        shared |= {"hue": "derainer", "hue_order": order, "legend": False}
        shared["palette"] = {one: style[one][0] for one in order}
        seaborn.boxplot(**shared, whis=(5, 95), showfliers=False, width=0.55, fill=False)
        if cell.groupby("derainer").size().max() <= MOST_DOTS:
            seaborn.stripplot(**shared, size=3, alpha=0.5, jitter=False)
        clean_rows(panel, [run.labels[one] for one in order], shown=index % 2 == 0)
        panel.set(ylabel="", xlabel=f"{described.axis_label} of an image", title=rain_set)
    caption = (
        f"{described.label} image by image: the box holds the middle half of the images, its "
        "line the median, the whiskers nine tenths."
    )
    alternative = f"Box plots of {described.label} by image, for each derainer and rain set."
    return Drawing("per-image", caption, alternative, figure)
