"""The plot of what heavier rain does to the same scenes, and how far each derainer follows."""

import math
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from harness.report.plots.marks import harm_mark
from harness.report.plots.palette import REFERENCE_COLOUR, derainer_style
from harness.report.plots.plot_drawing import Drawing
from harness.report.plots.style import SMALL, column_width, legend_below, panels
from harness.report.plots.tick_names import ANGLES, TickNames, slanted
from harness.report.printing import printed
from harness.report.roles import quality_metric
from harness.report.tables.model import HARM
from harness.run_folder.manifest import TaskEntry
from harness.run_folder.run_data import RunData
from harness.run_folder.run_figures import RunFigures

HEIGHT = 2.25
"""Inches of a panel without the names below it."""

MOST_BESIDE = 3


def severity_drawings(run: RunData) -> Iterator[Drawing]:
    """Draw each task's first metric by strength of rain, for rain sets of the same clean images."""
    for position, sets in enumerate(same_scenes(run)):
        tasks = [task for task in run.tasks if task.headline and _has_all(run, sets, task)]
        if tasks:
            yield _drawing(run, sets, tasks, f"severity-{position + 1}")


def same_scenes(run: RunData) -> list[list[str]]:
    """Return rain sets of the same clean images, each time the lightest first.

    A run keeps no digest of a clean image alone. Those of two rain sets count as the same where the
    images have the same names and sizes, and what a task makes of the clean ones prints the same
    for every task that judged both. How hard it rains is told by what the rainy input has of the
    first metric of restoration.
    """
    quality = quality_metric(run)
    if quality is None:
        return []
    task, name = quality
    groups: list[list[_Scenes]] = []
    for one in _scenes(run, task):
        group = next((of for of in groups if of[0].same_clean_images(one)), None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    sign = task.metric(name).direction

    def lightness(rain_set: str) -> float:
        return sign * run.value(rain_set, run.lower(rain_set), task.name, name)

    listed = [
        [one.rain_set for one in group if math.isfinite(lightness(one.rain_set))]
        for group in groups
    ]
    return [sorted(sets, key=lightness, reverse=True) for sets in listed if len(sets) > 1]


class _Scenes(NamedTuple):
    """What a run knows of the clean images of a rain set.

    Attributes:
        rain_set: Its name.
        sizes: Width and height of each image by its name; of one that never loaded, nothing.
        clean: By task, what the first metric of the clean images prints.
    """

    rain_set: str
    sizes: dict[str, tuple[int, int] | None]
    clean: dict[str, str]

    def same_clean_images(self, other: "_Scenes") -> bool:
        """Return whether nothing tells these clean images from those of another rain set."""
        both = self.clean.keys() & other.clean.keys()
        return (
            self.sizes.keys() == other.sizes.keys()
            and all(
                size == other.sizes[image] or None in (size, other.sizes[image])
                for image, size in self.sizes.items()
            )
            and all(self.clean[task] == other.clean[task] for task in both)
        )


def _scenes(run: RunData, quality: TaskEntry) -> Iterator[_Scenes]:
    rows = run.records(quality.name, ["rain_set", "image", "width", "height"])
    for rain_set, of_set in rows.groupby("rain_set", sort=False):
        sizes: dict[str, tuple[int, int] | None] = dict.fromkeys(of_set["image"])
        if {"width", "height"} <= set(of_set.columns):
            loaded = of_set[of_set["width"] > 0]
            seen = zip(loaded["image"], loaded["width"], loaded["height"], strict=True)
            sizes |= {str(image): (int(width), int(height)) for image, width, height in seen}
        yield _Scenes(str(rain_set), sizes, _clean_figures(run, str(rain_set)))


def _clean_figures(run: RunData, rain_set: str) -> dict[str, str]:
    clean = {}
    for task in run.tasks_of(rain_set):
        for name in task.headline[:1]:
            value = run.value(rain_set, run.upper(rain_set), task.name, name)
            if not math.isnan(value):
                clean[task.name] = printed(value, task.metric(name).digits)
    return clean


def _has_all(run: RunData, sets: list[str], task: TaskEntry) -> bool:
    values = [run.value(one, run.lower(one), task.name, task.headline[0]) for one in sets]
    return all(map(math.isfinite, values))


def _columns(sets: list[str], beside: int) -> tuple[int, TickNames]:
    """Return how many panels can stand beside each other, and the names that fit below them."""
    for columns, angle in product(range(beside, 0, -1), ANGLES):
        ticks = slanted(sets, angle)
        if ticks.fit(72 * column_width(beside) / columns):
            return columns, ticks
    return 1, slanted(sets, ANGLES[-1])


def _drawing(run: RunData, sets: list[str], tasks: list[TaskEntry], name: str) -> Drawing:
    caption = (
        "The same scenes in rain of several strengths, the lightest first by what is left of the "
        "rainy input. Dashed: the rainy input. "
        f"{HARM}: some figure is worse than the rainy input's."
    )
    alternative = f"Lines of each derainer over {', '.join(sets)}."
    part = run.part([(one, task.name, task.headline[0]) for one in sets for task in tasks])
    return Drawing(name, caption, alternative, _draw, (part, sets, tasks))


def _draw(run: RunFigures, sets: list[str], tasks: list[TaskEntry]) -> Figure:
    beside = min(MOST_BESIDE, len(tasks))
    columns, ticks = _columns(sets, beside)
    figure, axes = panels(len(tasks), columns, column_width(beside), HEIGHT + ticks.depth / 72)
    style, lines, marks = derainer_style(run), dict[str, Line2D](), dict[str, str]()
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
            lines[label] = line
            marks[label] = marks.get(label) or "".join(
                dict.fromkeys(harm_mark(run, one, row, task) for one in sets)
            )
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
        ticks.write(panel)
        panel.set_xlim(-0.25, len(sets) - 0.75)
        panel.margins(y=0.12)
        panel.grid(axis="y")
        panel.set_title(f"{task.name}: {task.metric(metric).axis_label}")
    legend_below(figure, {label + marks[label]: line for label, line in lines.items()})
    return figure
