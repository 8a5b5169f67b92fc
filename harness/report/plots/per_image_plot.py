"""The plot of what each derainer changes of single images, against the rainy input."""

import numpy as np
import seaborn
from matplotlib.axes import Axes
from pandas.api.types import is_numeric_dtype

from harness.report.plots.levels import ROW_HEIGHT, write_absence
from harness.report.plots.palette import INK, REFERENCE_COLOUR, derainer_style
from harness.report.plots.style import (
    SMALL,
    Drawing,
    clean_rows,
    column_width,
    panels,
    write_above,
    write_beside,
)
from harness.report.roles import quality_metric
from harness.run_folder.manifest import TaskEntry
from harness.run_folder.run_data import RunData
from harness.statistics.comparing import image_differences
from harness.statistics.resampling import FloatArray

MOST_DOTS = 100
"""Of a cell's images drawn as dots; more are told by the box alone."""


def per_image_drawing(run: RunData) -> Drawing | None:
    """Draw the paired differences of restoration quality, image by image."""
    quality = quality_metric(run)
    if quality is None:
        return None
    task, name = quality
    gains = {
        rain_set.name: of_set
        for rain_set in run.rain_sets
        if (of_set := _gains(run, rain_set.name, task, name))
    }
    if not gains:
        return None
    figure, axes = panels(
        len(gains), 2, column_width(len(gains)), 0.8 + ROW_HEIGHT * len(run.derainers)
    )
    for index, (panel, (rain_set, of_set)) in enumerate(zip(axes, gains.items(), strict=True)):
        _draw(panel, run, of_set)
        names = [run.labels[entry.name] for entry in run.derainers]
        clean_rows(panel, names, shown=index % 2 == 0)
        panel.set_title(rain_set, pad=16)
        panel.set_xlabel(f"gain in {task.metric(name).axis_label} of an image")
        panel.locator_params(axis="x", nbins=5)
    label = task.metric(name).label
    caption = (
        f"What each derainer changes of {label}, image by image, against the rainy input: left of "
        "the line it harms. The box holds the middle half of the images, its line the median, the "
        "whiskers nine tenths; the mark with an edge is the mean. Beside it: the share of images "
        "harmed."
    )
    alternative = f"Box plots of the gain in {label} by image, for each derainer and rain set."
    return Drawing("per-image", caption, alternative, figure)


def _gains(run: RunData, rain_set: str, task: TaskEntry, name: str) -> dict[str, FloatArray]:
    """Return the gains of each derainer's images, none where the rainy input has no figures."""
    columns = ["derainer", "image", "status", name]
    rows = run.records(task.name, columns, [("rain_set", "==", rain_set)])
    if name not in rows or not is_numeric_dtype(rows[name]):
        return {}
    complete = rows[rows["status"] == "ok"].set_index("image")
    done = {str(key): of[name] for key, of in complete.groupby("derainer")}
    rainy = done.get(run.lower(rain_set))
    if rainy is None:
        return {}
    sign, gains = task.metric(name).direction, {}
    for entry in run.derainers:
        if entry.name in done:
            found = image_differences(done[entry.name], rainy)
            gains[entry.name] = sign * found[np.isfinite(found)]
    return gains


def _draw(axes: Axes, run: RunData, gains: dict[str, FloatArray]) -> None:
    style = derainer_style(run)
    farthest = [0.0, *(float(value) for of in gains.values() for value in of)]
    margin = 0.05 * (max(farthest) - min(farthest) or 1)
    axes.set_xlim(min(farthest) - margin, max(farthest) + margin)
    axes.axvline(0, color=REFERENCE_COLOUR, linewidth=1, dashes=(4, 3), zorder=0.5)
    write_above(axes, 0, "rainy")
    for place, entry in enumerate(run.derainers):
        of_cell, (colour, marker) = gains.get(entry.name, np.empty(0)), style[entry.name]
        if not len(of_cell):
            write_absence(axes, 0, place, failed=True)
            continue
        if len(of_cell) <= MOST_DOTS:
            axes.plot(of_cell, np.full(len(of_cell), place), ".", color=colour, alpha=0.45, ms=3)
        seaborn.boxplot(
            x=of_cell,
            y=np.full(len(of_cell), float(place)),
            orient="y",
            native_scale=True,
            width=0.55,
            whis=(5, 95),
            showfliers=False,
            fill=False,
            color=colour,
            linewidth=1,
            ax=axes,
        )
        axes.plot(of_cell.mean(), place, marker, color=colour, markeredgecolor=INK, markersize=4)
        write_beside(axes, place, f"{100 * (of_cell < 0).mean():.0f}%")
    axes.annotate(
        "harmed",
        (1, 1),
        (4, 4),
        xycoords="axes fraction",
        textcoords="offset points",
        color=REFERENCE_COLOUR,
        fontsize=SMALL,
    )
