"""The plot of what rain costs every class, and of what each derainer gives back."""

import math
from collections.abc import Iterator

import pandas as pd
import seaborn
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from harness.report.plots.palette import PAPER
from harness.report.plots.plot_drawing import Drawing
from harness.report.plots.style import (
    DOUBLE_COLUMN,
    SINGLE_COLUMN,
    SMALL,
    names_in_lines,
    panels,
)
from harness.report.printing import printed
from harness.run_folder.manifest import TaskEntry
from harness.run_folder.run_data import RunData

MOST_CLASSES = 20
"""Of a task with more classes, those that rain costs most are drawn."""

ON_LIGHT, ON_DARK = "#1A1A1A", "#FAFAFA"
"""Letters within cells, whose colours stay on a dark screen."""


def per_class_drawings(run: RunData) -> Iterator[Drawing]:
    """Draw, for each task with figures by class and each rain set, classes against derainers.

    Those of a task have one scale, so that colours say the same on every rain set.
    """
    changes = {
        (position, rain_set.name, task.name): class_changes(run, rain_set.name, task)
        for position, rain_set in enumerate(run.rain_sets)
        for task in run.tasks_of(rain_set.name)
    }
    known = {place: table for place, table in changes.items() if not table.empty}
    for (position, rain_set, task_name), table in known.items():
        task = next(one for one in run.tasks if one.name == task_name)
        metric = task.metric(_base(run, rain_set, task))
        alike = (other for (_, _, name), other in known.items() if name == task_name)
        reach = max(float(other.abs().max().max()) for other in alike)
        name = f"per-class-{task_name}-{position + 1}"
        caption = f"{rain_set}, {task_name}: {metric.label} of each class, the hardest hit first."
        alternative = (
            f"Heat map of {task_name} by class on {rain_set}: loss to rain and gain of every "
            "derainer."
        )
        shown = (table, f"{rain_set}: {task_name}", metric.axis_label, reach)
        yield Drawing(name, caption, alternative, _draw, shown)


def class_changes(run: RunData, rain_set: str, task: TaskEntry) -> pd.DataFrame:
    """Return by class (rows) what rain takes and what each derainer adds to the rainy figure.

    The first column, ``lost to rain``, is the rainy figure less the clean one; the others are the
    derained figure less the rainy one, all with the other sign where less is better: below 0 is
    worse. Classes without both references are left out.
    """
    sign = task.metric(_base(run, rain_set, task)).direction
    listed = []
    for name in run.metrics(rain_set, task.name):
        base, slash, class_name = name.partition("/")
        if not slash or base != _base(run, rain_set, task):
            continue
        rainy, clean = (run.value(rain_set, row, task.name, name) for row in run.bounds(rain_set))
        if not sign or not math.isfinite(clean - rainy):
            continue
        changes = {"class": class_name, "lost to rain": sign * (rainy - clean)}
        for entry in run.derainers:
            derained = run.value(rain_set, entry.name, task.name, name)
            changes[run.labels[entry.name]] = sign * (derained - rainy)
        listed.append(changes)
    if not listed:
        return pd.DataFrame()
    table = pd.DataFrame(listed).set_index("class")
    return table.dropna(axis="columns", how="all").nsmallest(MOST_CLASSES, "lost to rain")


def _base(run: RunData, rain_set: str, task: TaskEntry) -> str:
    """Return the first metric that the task states by class, for example ``iou``."""
    names = run.metrics(rain_set, task.name)
    return next((name.partition("/")[0] for name in names if "/" in name), "")


def _signed(change: float) -> str:
    text = printed(change, 2)
    return f"+{text}" if change > 0 and float(text) else text


def _draw(changes: pd.DataFrame, title: str, of_what: str, reach: float) -> Figure:
    rows, columns = changes.shape
    width = SINGLE_COLUMN if columns <= 4 else DOUBLE_COLUMN
    figure, (axes,) = panels(1, 1, width, 1.35 + 0.24 * rows)
    reach = reach or 1.0
    seaborn.heatmap(
        changes,
        vmin=-reach,
        vmax=reach,
        cmap="RdBu",
        annot=changes.map(lambda change: _signed(change) if math.isfinite(change) else ""),
        fmt="",
        annot_kws={"fontsize": SMALL},
        linewidths=1,
        linecolor=PAPER,
        cbar=False,
        ax=axes,
    )
    mesh = axes.collections[0]
    for text in axes.texts:  # seaborn has them white on dark cells
        text.set_color(ON_DARK if to_rgb(text.get_color())[0] > 0.5 else ON_LIGHT)
    axes.set(xlabel="", ylabel="")
    axes.spines[:].set_visible(False)
    axes.axvline(1, color=PAPER, linewidth=5)
    axes.set_title(title, pad=8)
    axes.tick_params(length=0)
    heads = names_in_lines([str(one) for one in changes.columns])
    axes.set_xticks(
        [place + 0.5 for place in range(columns)],
        heads,
        rotation=30,
        ha="right",
        rotation_mode="anchor",
    )
    sides = names_in_lines([str(one) for one in changes.index])
    axes.set_yticks([place + 0.5 for place in range(rows)], sides, rotation=0)
    bar = figure.colorbar(mesh, ax=axes, fraction=0.05, pad=0.02)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0)
    bar.set_label(f"change of {of_what}", fontsize=SMALL)
    return figure
