"""The plot of what rain costs every class, and of what each derainer gives back."""

import math
from collections.abc import Iterator

import pandas as pd

from harness.metric import Metric
from harness.report.plots.style import Drawing, panels, short
from harness.report.printing import printed
from harness.run_folder.manifest import TaskEntry
from harness.run_folder.run_data import RunData

MOST_CLASSES = 20
"""Of a task with more classes, those that rain costs most are drawn."""


def per_class_drawings(run: RunData) -> Iterator[Drawing]:
    """Draw, for each task with figures by class and each rain set, classes against derainers."""
    for position, rain_set in enumerate(run.rain_sets):
        for task in run.tasks_of(rain_set.name):
            changes = class_changes(run, rain_set.name, task)
            if not changes.empty:
                metric = task.metric(_base(run, rain_set.name, task))
                name = f"per-class-{task.name}-{position + 1}"
                yield _draw(changes, rain_set.name, task, metric, name)


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


def _draw(
    changes: pd.DataFrame, rain_set: str, task: TaskEntry, metric: Metric, name: str
) -> Drawing:
    import seaborn

    figure, (axes,) = panels(1, 1, 2.0 + 0.78 * len(changes.columns), 1.5 + 0.29 * len(changes))
    reach = float(changes.abs().max().max())
    texts = changes.map(_signed).where(changes.notna())
    seaborn.heatmap(
        changes,
        ax=axes,
        cmap="vlag_r",
        center=0,
        vmin=-reach,
        vmax=reach,
        annot=texts.fillna(""),
        fmt="",
        annot_kws={"fontsize": 8.5},
        cbar=False,
        linewidths=1.2,
        linecolor="white",
    )
    axes.axvline(1, color="white", linewidth=7)
    axes.set(xlabel="", ylabel="")
    axes.set_title(f"{rain_set}: {task.name}", pad=8)
    axes.tick_params(length=0)
    labels = [short(str(column)) for column in changes.columns]
    axes.set_xticks(axes.get_xticks(), labels, rotation=30, ha="right", rotation_mode="anchor")
    axes.set_yticks(axes.get_yticks(), [short(str(row)) for row in changes.index], rotation=0)
    caption = f"{rain_set}, {task.name}: {metric.label} of each class, the hardest hit first."
    alternative = (
        f"Heat map of {task.name} by class on {rain_set}: loss to rain and gain of every derainer."
    )
    return Drawing(name, caption, alternative, figure)
