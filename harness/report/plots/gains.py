"""The plot of what each derainer gains over the rainy input in what a task makes of its images."""

import math
from collections.abc import Iterator, Sequence

from matplotlib.axes import Axes

from harness.report.plots.levels import DASHED, write_absence
from harness.report.plots.marks import MEANING, harm_mark
from harness.report.plots.palette import INK, derainer_style
from harness.report.plots.per_image_plot import write_harmed
from harness.report.plots.plot_drawing import Drawing
from harness.report.plots.sheets import row_sheets
from harness.report.plots.style import write_beside, write_bounds
from harness.report.printing import percent
from harness.report.roles import losing
from harness.run_folder.manifest import DerainerEntry, TaskEntry
from harness.run_folder.run_data import RunData
from harness.run_folder.run_figures import RunFigures


def gain_drawings(run: RunData) -> Iterator[Drawing]:
    """Draw the paired differences of each task that rain can cost something, with intervals."""
    for task in run.tasks:
        shown = [one.name for one in run.rain_sets if _has_an_interval(run, one.name, task)]
        described = task.metric(task.headline[0]) if shown else None
        if described is None:
            continue
        caption = (
            f"What each derainer changes of {described.label} of {task.name} against the rainy "
            "input, on the same images: left of the line it harms. Thin lines: 95% interval of the "
            "difference over images. Beside it: the share of images harmed, by their own figure. "
            f"{MEANING}"
        )
        alternative = f"Dot plot of the gain in {described.label} by derainer and rain set."
        for sheet in row_sheets(run, f"gains-{task.name}", [(one, task) for one in shown]):
            yield sheet.drawing(run, _draw_gains, _axis, caption, alternative)


def _axis(task: TaskEntry) -> str:
    return f"{task.name}: gain in {task.metric(task.headline[0]).axis_label}"


def _has_an_interval(run: RunData, rain_set: str, task: TaskEntry) -> bool:
    compared = (
        run.compared(rain_set, entry.name, task.name, task.headline[0])
        for entry in run.derainers
        if task in losing(run, rain_set)
    )
    return any(math.isfinite(one.gain_low) for one in compared)


def _draw_gains(
    axes: Axes, run: RunFigures, rain_set: str, task: TaskEntry, derainers: Sequence[DerainerEntry]
) -> None:
    name, style = task.headline[0], derainer_style(run)
    of_all = [run.compared(rain_set, entry.name, task.name, name) for entry in run.derainers]
    ends = [end for one in of_all for end in (one.gain, one.gain_low, one.gain_high)]
    finite = [0.0, *(end for end in ends if math.isfinite(end))]
    margin = 0.05 * (max(finite) - min(finite) or 1)
    axes.set_xlim(min(finite) - margin, max(finite) + margin)
    write_bounds(axes, [(0.0, "rainy", DASHED)])
    for place, entry in enumerate(derainers):
        one, (colour, marker) = (
            run.compared(rain_set, entry.name, task.name, name),
            style[entry.name],
        )
        if not math.isfinite(one.gain):
            failed = run.failed(rain_set, entry.name, task.name).failures > 0
            write_absence(axes, 0, place, failed)
            continue
        axes.plot([one.gain_low, one.gain_high], [place, place], color=INK, linewidth=1)
        axes.plot(one.gain, place, marker, color=colour, markersize=6)
        share = percent(one.harmed) if math.isfinite(one.harmed) else ""
        write_beside(axes, place, share + harm_mark(run, rain_set, entry.name, task))
    axes.locator_params(axis="x", nbins=5)
    write_harmed(axes)
