"""The plot of what each derainer changes of single images, against the rainy input."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import seaborn
from matplotlib.axes import Axes
from pandas.api.types import is_numeric_dtype

from harness.report.plots.levels import write_absence
from harness.report.plots.marks import MEANING, harm_mark
from harness.report.plots.palette import INK, REFERENCE_COLOUR, derainer_style
from harness.report.plots.plot_drawing import Drawing
from harness.report.plots.sheets import row_sheets
from harness.report.plots.style import (
    SMALL,
    write_above,
    write_beside,
)
from harness.report.printing import percent
from harness.report.roles import quality_metric
from harness.run_folder.manifest import DerainerEntry, TaskEntry
from harness.run_folder.run_data import RunData
from harness.run_folder.run_figures import RunFigures
from harness.statistics.comparing import image_differences
from harness.statistics.resampling import FloatArray

MOST_DOTS = 100
"""Of a cell's images drawn as dots; more are told by the box alone."""


def per_image_drawings(run: RunData) -> Iterator[Drawing]:
    """Draw the paired differences of restoration quality, image by image."""
    quality = quality_metric(run)
    if quality is None:
        return
    task, name = quality
    gains = {
        rain_set.name: of_set
        for rain_set in run.rain_sets
        if (of_set := _gains(run, rain_set.name, task, name))
    }
    label = task.metric(name).label
    caption = (
        f"What each derainer changes of {label}, image by image, against the rainy input: left of "
        "the line it harms. The box holds the middle half of the images, its line the median, the "
        "whiskers nine tenths; the mark with an edge is the mean. Beside it: the share of images "
        f"harmed. {MEANING}"
    )
    alternative = f"Box plots of the gain in {label} by image, for each derainer and rain set."
    for sheet in row_sheets(run, "per-image", [(one, task) for one in gains]):
        draw = partial(_draw, {rain_set: gains[rain_set] for rain_set, _ in sheet.shown})
        yield sheet.drawing(run, draw, _axis, caption, alternative)


def _axis(task: TaskEntry) -> str:
    return f"gain in {task.metric(task.headline[0]).axis_label} of an image"


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


def _draw(
    of_sets: Mapping[str, Mapping[str, FloatArray]],
    axes: Axes,
    run: RunFigures,
    rain_set: str,
    task: TaskEntry,
    derainers: Sequence[DerainerEntry],
) -> None:
    style, gains = derainer_style(run), of_sets[rain_set]
    farthest = [0.0, *(float(value) for of in gains.values() for value in of)]
    margin = 0.05 * (max(farthest) - min(farthest) or 1)
    axes.set_xlim(min(farthest) - margin, max(farthest) + margin)
    axes.axvline(0, color=REFERENCE_COLOUR, linewidth=1, dashes=(4, 3), zorder=0.5)
    write_above(axes, 0, "rainy")
    for place, entry in enumerate(derainers):
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
        mark = harm_mark(run, rain_set, entry.name, task)
        write_beside(axes, place, percent((of_cell < 0).mean()) + mark)
    axes.locator_params(axis="x", nbins=5)
    write_harmed(axes)


def write_harmed(axes: Axes) -> None:
    """Write above the figures beside a panel that they are shares of images harmed."""
    axes.annotate(
        "harmed",
        (1, 1),
        (4, 4),
        xycoords="axes fraction",
        textcoords="offset points",
        color=REFERENCE_COLOUR,
        fontsize=SMALL,
    )
