"""The plot of a task's first metric by derainer."""

import math
from collections.abc import Iterator, Sequence

from matplotlib.axes import Axes

from harness.report.plots.marks import MEANING, harm_mark
from harness.report.plots.palette import INK, PAPER, REFERENCE_COLOUR, derainer_style
from harness.report.plots.plot_drawing import Drawing
from harness.report.plots.sheets import row_sheets
from harness.report.plots.style import (
    SMALL,
    write_beside,
    write_bounds,
)
from harness.report.printing import printed
from harness.report.tables.model import DAGGER
from harness.run_folder.manifest import DerainerEntry, TaskEntry
from harness.run_folder.run_data import RunData
from harness.run_folder.run_figures import RunFigures

DASHED, WHOLE = (4, 3), (1, 0)


def level_drawings(run: RunData, task: TaskEntry) -> Iterator[Drawing]:
    """Draw a task's first metric by derainer, with the rainy and the clean image as lines."""
    name = task.headline[0]
    sets = [one.name for one in run.rain_sets if name in run.metrics(one.name, task.name)]
    described = task.metric(name)
    sides = {1: ("right", "left"), -1: ("left", "right")}.get(described.direction)
    meaning = (
        f": to the {sides[0]} of it deraining helps, to the {sides[1]} it harms" if sides else ""
    )
    caption = (
        f"{described.label} of {task.name} after each derainer. Each line starts at the rainy "
        f"input{meaning}. Thin lines: 95% interval over images, where it is known. Hollow: images "
        f"failed ({DAGGER}). {MEANING}"
    )
    alternative = f"Dot plot of {task.name} {described.label} by derainer and rain set."
    for sheet in row_sheets(run, f"level-{task.name}", [(one, task) for one in sets]):
        yield sheet.drawing(run, _draw_levels, _axis, caption, alternative)


def _axis(task: TaskEntry) -> str:
    return f"{task.name}: {task.metric(task.headline[0]).axis_label}"


def _draw_levels(
    axes: Axes, run: RunFigures, rain_set: str, task: TaskEntry, derainers: Sequence[DerainerEntry]
) -> None:
    name = task.headline[0]
    described, style = task.metric(name), derainer_style(run)
    rainy, clean = (run.value(rain_set, row, task.name, name) for row in run.bounds(rain_set))
    of_all = [run.measured(rain_set, entry.name, task.name, name) for entry in run.derainers]
    known = [rainy, clean, *(value for one in of_all for value in (one.value, one.low, one.high))]
    finite = [value for value in known if math.isfinite(value)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    margin = max(high - low, 10**-described.digits) * 0.08
    axes.set_xlim(low - margin, high + margin)
    bounds = [(rainy, "rainy", DASHED), (clean, "clean", WHOLE)]
    write_bounds(
        axes,
        [(value, f"{word} {printed(value, described.digits)}", how) for value, word, how in bounds],
    )
    for place, entry in enumerate(derainers):
        one = run.measured(rain_set, entry.name, task.name, name)
        colour, marker = style[entry.name]
        failed = run.failed(rain_set, entry.name, task.name).failures > 0
        if not math.isfinite(one.value):
            write_absence(axes, low, place, failed)
            continue
        start = rainy if math.isfinite(rainy) else one.value
        axes.plot([start, one.value], [place, place], color=colour, linewidth=2.2, alpha=0.55)
        if one.low < one.high:
            axes.plot([one.low, one.high], [place, place], color=INK, linewidth=1)
        face = PAPER if failed else colour
        axes.plot(one.value, place, marker, color=colour, markerfacecolor=face, markersize=6)
        marks = DAGGER * failed + harm_mark(run, rain_set, entry.name, task)
        write_beside(axes, place, printed(one.value, described.digits) + marks)
    axes.locator_params(axis="x", nbins=5)


def write_absence(axes: Axes, left: float, place: float, failed: bool) -> None:
    """Write in a row without a figure why there is none."""
    words = "all images failed" if failed else "not defined"
    around = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.8}
    axes.text(left, place, words, va="center", color=REFERENCE_COLOUR, bbox=around, fontsize=SMALL)
