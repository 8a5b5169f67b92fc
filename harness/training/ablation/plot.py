"""The plot of an ablation: how far each variant lies from the first, seed by seed."""

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.metric import Metric
from harness.report.plots.palette import DERAINER_COLOURS, REFERENCE_COLOUR
from harness.report.plots.plot_drawing import Drawing
from harness.report.plots.style import clean_rows, panels, write_above
from harness.report.printing import printed
from harness.report.tables.model import DAGGER
from harness.run_folder.manifest import TaskEntry
from harness.training.ablation.results import Results, mean

WIDTH = 7.6
ROW_HEIGHT = 0.24
ROOM_FOR_FIGURES = 0.5
"""Left and right of the points, as a share of their spread."""
BETTER, WORSE = DERAINER_COLOURS[0], DERAINER_COLOURS[1]


def ablation_drawing(results: Results) -> Drawing:
    """Draw every metric on every rain set, a row of panels a metric."""
    first = results.settings.reference
    caption = (
        f"What each variant changes against {first}: small dots are seeds, large ones their mean, "
        f"blue where it is better and orange where it is worse. Hollow: incomplete ({DAGGER})."
    )
    alternative = f"Dot plots of every variant's difference to {first}."
    return Drawing("ablation", caption, alternative, _draw, (results,))


def _draw(results: Results) -> Figure:
    shown = [
        (rain_set, *one) for rain_set in results.rain_sets for one in results.metrics(rain_set)
    ]
    order = {(task.name, name): None for _, task, name in shown}
    shown.sort(key=lambda one: list(order).index((one[1].name, one[2])))
    columns = len(results.rain_sets)
    height = 1.0 + ROW_HEIGHT * len(results.settings.variants)
    figure, axes = panels(len(shown), columns, WIDTH, height)
    for index, (panel, (rain_set, task, name)) in enumerate(zip(axes, shown, strict=True)):
        _draw_panel(panel, results, rain_set, task, name, with_names=index % columns == 0)
    return figure


def _draw_panel(
    axes: Axes, results: Results, rain_set: str, task: TaskEntry, name: str, with_names: bool
) -> None:
    described, first = task.metric(name), results.settings.reference
    start = mean(results.values(first, rain_set, task.name, name))
    variants = list(results.settings.variants)
    drawn = [0.0]
    for place, variant in enumerate(variants):
        values = results.values(variant, rain_set, task.name, name)
        changes = [value - start for value in values if math.isfinite(value - start)]
        complete = results.is_complete(variant, rain_set, task.name)
        if changes:
            _draw_row(axes, place, changes, complete, described)
            drawn += changes
        else:
            _write_beside(axes, 0, place, "no comparison" + DAGGER * (not complete))
    room = max(max(drawn) - min(drawn), 10**-described.digits) * ROOM_FOR_FIGURES
    axes.set_xlim(min(drawn) - room, max(drawn) + room)
    axes.axvline(0, color=REFERENCE_COLOUR, linewidth=1.1, zorder=0.5)
    clean_rows(axes, variants, shown=with_names)
    if with_names:
        axes.set_yticks(range(len(variants)), variants)  # whole: here is room for long names
    axes.set_title(rain_set, pad=18)
    write_above(axes, 0, f"{first} {printed(start, described.digits)}")
    axes.set_xlabel(f"change of {described.axis_label}")
    axes.locator_params(axis="x", nbins=5)


def _draw_row(
    axes: Axes, place: int, changes: list[float], complete: bool, described: Metric
) -> None:
    change = mean(changes)
    text = printed(change, described.digits)
    gain = described.direction * change
    colour = BETTER if gain > 0 else WORSE
    if gain == 0 or place == 0 or text == printed(0, described.digits):
        colour = REFERENCE_COLOUR
    axes.plot([0, change], [place, place], color=colour, linewidth=2.2, alpha=0.55)
    if len(changes) > 1:
        axes.plot(changes, [place] * len(changes), "o", color=colour, markersize=3.5, alpha=0.6)
    face = colour if complete else "white"
    axes.plot(change, place, "o", color=colour, markerfacecolor=face, markersize=7)
    if place:
        sign = "+" if change > 0 and colour != REFERENCE_COLOUR else ""
        farthest = min(changes) if change < 0 else max(changes)
        _write_beside(axes, farthest, place, sign + text + DAGGER * (not complete), change < 0)


def _write_beside(axes: Axes, x: float, place: int, text: str, left: bool = False) -> None:
    axes.annotate(
        text,
        (x, place),
        (-7 if left else 7, 0),
        textcoords="offset points",
        va="center",
        ha="right" if left else "left",
    )
