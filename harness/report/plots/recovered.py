"""The plot of how much of what rain costs the tasks comes back."""

import math
from collections.abc import Iterator, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import MultipleLocator

from harness.report.plots.levels import DASHED, WHOLE, write_absence
from harness.report.plots.marks import MEANING, harm_mark
from harness.report.plots.palette import INK, PAPER, derainer_style
from harness.report.plots.plot_drawing import Drawing
from harness.report.plots.sheets import row_sheets
from harness.report.plots.style import (
    write_beside,
    write_bounds,
)
from harness.report.printing import printed
from harness.report.roles import has_a_share, is_complete, losing
from harness.report.tables.model import DAGGER
from harness.run_folder.manifest import DerainerEntry, TaskEntry
from harness.run_folder.run_data import RunData
from harness.run_folder.run_figures import RunFigures

FARTHEST_LEFT = -1.5
"""Shares below this are cut off in the plot; the number beside the bar is not."""

REACH = 0.25
"""By which an interval may end beyond the bars and still be shown whole."""


def recovered_drawings(run: RunData) -> Iterator[Drawing]:
    """Draw the share of the loss that each derainer gave back, by rain set and task."""
    shown = [
        (rain_set.name, task)
        for rain_set in run.rain_sets
        for task in losing(run, rain_set.name)
        if has_a_share(run, rain_set.name, task, task.headline[0])
    ]
    caption = (
        "How much of what rain costs each task comes back: 0 is the rainy input, 1 the clean "
        "image; below 0 deraining made matters worse. Thin lines: Fieller's 95% interval over "
        f"images; an arrow where it goes on beyond the panel. Hollow: images failed ({DAGGER}). "
        f"{MEANING}"
    )
    alternative = "Bar chart of the recovered share of the loss by derainer, task and rain set."
    for sheet in row_sheets(run, "recovered", shown):
        yield sheet.drawing(run, _draw_shares, _of_the_loss, caption, alternative)


def _of_the_loss(task: TaskEntry) -> str:
    metric = task.metric(task.headline[0])
    if metric.direction > 0:
        return f"share of the lost {metric.label} given back"
    return f"share of the added {metric.label} taken back"


def _draw_shares(
    axes: Axes, run: RunFigures, rain_set: str, task: TaskEntry, derainers: Sequence[DerainerEntry]
) -> None:
    style, name = derainer_style(run), task.headline[0]
    compared = [run.compared(rain_set, entry.name, task.name, name) for entry in run.derainers]
    shares = [one.share for one in compared]
    finite = [share for share in shares if math.isfinite(share)]
    left, right = max(min([0.0, *finite]), FARTHEST_LEFT), max([1.0, *finite])
    low = min([one.share_low for one in compared if one.share_low >= left - REACH], default=left)
    high = max([one.share_high for one in compared if one.share_high <= right + REACH], default=0)
    margin = 0.1 if left < 0 else 0.02
    axes.set_xlim(min(left, low) - margin, max(right, high) + 0.04)
    axes.xaxis.set_major_locator(MultipleLocator(0.5))
    write_bounds(axes, [(0.0, "rainy", DASHED), (1.0, "clean", WHOLE)])
    for place, entry in enumerate(derainers):
        one = run.compared(rain_set, entry.name, task.name, name)
        share, (colour, _) = one.share, style[entry.name]
        failed = not is_complete(run, rain_set, entry.name, task.name)
        text = printed(share, 2) + DAGGER * failed + harm_mark(run, rain_set, entry.name, task)
        if not math.isfinite(share):
            write_absence(axes, 0.03, place, failed)
            continue
        face = PAPER if failed else colour
        axes.barh(place, share, 0.58, color=face, edgecolor=colour, linewidth=1.2)
        if one.share_low < one.share_high:
            _draw_interval(axes, one.share_low, one.share_high, place)
        write_beside(axes, place, text)


def _draw_interval(axes: Axes, low: float, high: float, place: float) -> None:
    """Draw an interval, with an arrow at each edge of the panel that cuts it."""
    axes.plot([low, high], [place, place], color=INK, linewidth=1)
    left, right = axes.get_xlim()
    for cut, edge, marker in ((low < left, left, "<"), (high > right, right, ">")):
        if cut:
            axes.plot(edge, place, marker, color=INK, markersize=3.5, clip_on=False)
