"""The plot of what heavier rain does to the same scenes, and how far each derainer follows."""

import math
from collections.abc import Iterator

from matplotlib.lines import Line2D

from harness.report.plots.palette import REFERENCE_COLOUR, derainer_style
from harness.report.plots.style import (
    SMALL,
    Drawing,
    column_width,
    in_lines,
    legend_below,
    panels,
)
from harness.report.roles import quality_metric
from harness.run_folder.manifest import TaskEntry
from harness.run_folder.run_data import RunData

HEIGHT = 2.4


def severity_drawings(run: RunData) -> Iterator[Drawing]:
    """Draw, for rain sets of the same images, every task's first metric from light to heavy."""
    for position, sets in enumerate(same_scenes(run)):
        tasks = [task for task in run.tasks if task.headline and _has_all(run, sets, task)]
        if tasks:
            yield _drawing(run, sets, tasks, f"severity-{position + 1}")


def same_scenes(run: RunData) -> list[list[str]]:
    """Return rain sets of the same images, each time the lightest first.

    How hard it rains is told by what the rainy input has of the first metric of restoration.
    """
    quality = quality_metric(run)
    if quality is None:
        return []
    task, name = quality
    rows = run.records(task.name, ["rain_set", "image"])
    scenes: dict[frozenset[str], list[str]] = {}
    for rain_set, of_set in rows.groupby("rain_set", sort=False):
        scenes.setdefault(frozenset(of_set["image"]), []).append(str(rain_set))
    sign = task.metric(name).direction

    def lightness(rain_set: str) -> float:
        return sign * run.value(rain_set, run.lower(rain_set), task.name, name)

    listed = [[one for one in sets if math.isfinite(lightness(one))] for sets in scenes.values()]
    return [sorted(sets, key=lightness, reverse=True) for sets in listed if len(sets) > 1]


def _has_all(run: RunData, sets: list[str], task: TaskEntry) -> bool:
    values = [run.value(one, run.lower(one), task.name, task.headline[0]) for one in sets]
    return all(map(math.isfinite, values))


def _drawing(run: RunData, sets: list[str], tasks: list[TaskEntry], name: str) -> Drawing:
    columns = min(3, len(tasks))
    figure, axes = panels(len(tasks), columns, column_width(columns), HEIGHT)
    style, handles = derainer_style(run), dict[str, Line2D]()
    for panel, task in zip(axes, tasks, strict=True):
        metric = task.headline[0]
        lower = run.lower(sets[0])
        rows = [
            (lower, run.labels[lower]),
            *((one.name, run.labels[one.name]) for one in run.derainers),
        ]
        for row, label in rows:
            values = [run.value(one, row, task.name, metric) for one in sets]
            colour, marker = style[row]
            dashes = (4, 3) if row == lower else (1, 0)
            (line,) = panel.plot(
                range(len(sets)), values, marker=marker, color=colour, dashes=dashes, markersize=4.5
            )
            handles[label] = line
        clean = run.value(sets[0], run.upper(sets[0]), task.name, metric)
        if math.isfinite(clean):
            panel.axhline(clean, color=REFERENCE_COLOUR, linewidth=1, zorder=0.5)
            panel.annotate(
                "clean",
                (1, clean),
                (0, 3),
                xycoords=panel.get_yaxis_transform(),
                textcoords="offset points",
                ha="right",
                color=REFERENCE_COLOUR,
                fontsize=SMALL,
            )
        panel.set_xticks(range(len(sets)), [in_lines(one) for one in sets])
        panel.set_xlim(-0.25, len(sets) - 0.75)
        panel.margins(y=0.12)
        panel.grid(axis="y")
        panel.set_title(f"{task.name}: {task.metric(metric).axis_label}")
    legend_below(figure, handles)
    caption = (
        "The same scenes in rain of several strengths, the lightest first by what is left of the "
        "rainy input. Dashed: the rainy input."
    )
    alternative = f"Lines of each derainer over {', '.join(sets)}."
    return Drawing(name, caption, alternative, figure)
