"""The plots of what a derainer achieves against what it costs."""

import math
from collections.abc import Callable, Iterator, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from harness.report.plots.front import pareto_front
from harness.report.plots.marks import MEANING, harm_mark
from harness.report.plots.palette import EDGE, PAPER, REFERENCE_COLOUR, derainer_style
from harness.report.plots.plot_drawing import Drawing
from harness.report.plots.point_names import Panel, Point, Words, name_points
from harness.report.plots.sheets import TALLEST, numbered, shared_out
from harness.report.plots.style import column_width, panels
from harness.report.printing import printed
from harness.report.tables.cost_table import costed_of
from harness.report.tables.model import DAGGER
from harness.run_folder.costs import Cost, MeasuredCosts
from harness.run_folder.manifest import TaskEntry
from harness.run_folder.run_data import RunData
from harness.run_folder.run_figures import RunFigures

HEIGHT = 2.7
HEIGHT_OF_A_NAME = 0.11
"""Inches that a panel grows by for each derainer past the sixth."""

CostOf = Callable[[Cost], float | None]


def cost_drawings(run: RunData) -> Iterator[Drawing]:
    """Draw each task's first metric against time and against multiply-accumulates."""
    if run.costs is None:
        return
    costs = {one.name: one.cost for one in costed_of(run) if one.cost and not one.cost.error}
    for task in run.tasks:
        if task.headline:
            sets = [one.name for one in run.rain_sets if _has_a_point(run, one.name, task, costs)]
            sheets = shared_out(sets, _height(costs), beside=1)
            names = numbered(f"cost-{task.name}", len(sheets))
            for name, of_sheet in zip(names, sheets, strict=True):
                yield _drawing(run, run.costs, costs, task, of_sheet, name)


def _height(costs: dict[str, Cost]) -> float:
    return min(TALLEST, HEIGHT + HEIGHT_OF_A_NAME * max(0, len(costs) - 6))


def _drawing(
    run: RunData,
    measured: MeasuredCosts,
    costs: dict[str, Cost],
    task: TaskEntry,
    sets: Sequence[str],
    file_name: str,
) -> Drawing:
    described = task.metric(task.headline[0])
    better = {1: ", higher is better", -1: ", lower is better"}.get(described.direction, "")
    caption = (
        f"{described.label} of {task.name} against what it costs, on a logarithmic scale: "
        f"farther left is cheaper{better}. The lines are the rainy input and the clean "
        f"image; the steps join the derainers that none beats at less cost. "
        f"Milliseconds are of one machine. Hollow: images failed ({DAGGER}). {MEANING}"
    )
    alternative = f"Scatter plot of {task.name} {described.label} against the derainers' cost."
    part = run.part([(one, task.name, task.headline[0]) for one in sets])
    shown = (part, measured, costs, task, sets)
    return Drawing(file_name, caption, alternative, _draw, shown)


def _draw(
    run: RunFigures,
    measured: MeasuredCosts,
    costs: dict[str, Cost],
    task: TaskEntry,
    sets: Sequence[str],
) -> Figure:
    name = task.headline[0]
    axes_of_cost: list[tuple[str, CostOf]] = [
        ("ms / megapixel", measured.milliseconds_per_megapixel)
    ]
    if any(cost.macs for cost in costs.values()):
        size = f"{measured.width} x {measured.height}"
        axes_of_cost.append((f"GMACs on {size}", _gmacs))
    columns = len(axes_of_cost)
    figure, axes = panels(len(sets) * columns, columns, column_width(columns), _height(costs))
    named = []
    for index, panel in enumerate(axes):
        rain_set, (axis_label, cost_of) = sets[index // columns], axes_of_cost[index % columns]
        points = _draw_points(panel, run, rain_set, task, costs, cost_of)
        _draw_front(panel, points, task.metric(name).direction)
        words = _draw_references(panel, run, rain_set, task)
        panel.set_title(rain_set)
        panel.set_xlabel(axis_label)
        if index % columns == 0:
            panel.set_ylabel(f"{task.name}: {task.metric(name).axis_label}")
        named.append(Panel(panel, points, words))
    for start in range(0, len(axes), columns):
        _share_figures(axes[start : start + columns])
    name_points(figure, named)
    return figure


def _share_figures(row: Sequence[Axes]) -> None:
    """Let panels beside each other show the same range of figures, told once."""
    lows, highs = zip(*(panel.get_ylim() for panel in row), strict=True)
    for index, panel in enumerate(row):
        panel.set_ylim(min(lows), max(highs))
        panel.tick_params(axis="y", labelleft=index == 0)


def _gmacs(cost: Cost) -> float | None:
    return cost.macs / 1e9 if cost.macs else None


def _has_a_point(run: RunData, rain_set: str, task: TaskEntry, costs: dict[str, Cost]) -> bool:
    values = (run.value(rain_set, name, task.name, task.headline[0]) for name in costs)
    return any(map(math.isfinite, values))


def _draw_points(
    axes: Axes,
    run: RunFigures,
    rain_set: str,
    task: TaskEntry,
    costs: dict[str, Cost],
    cost_of: CostOf,
) -> list[Point]:
    """Draw a point a derainer, and return them with their names."""
    style, points = derainer_style(run), []
    for name, cost in costs.items():
        x, y = cost_of(cost), run.value(rain_set, name, task.name, task.headline[0])
        if not x or not math.isfinite(y):
            continue
        colour, marker = style[name]
        failed = run.failed(rain_set, name, task.name).failures > 0
        face = PAPER if failed else colour
        (dot,) = axes.plot(x, y, marker, color=colour, markerfacecolor=face, markersize=6)
        points.append(Point(x, y, run.labels[name], dot, harm_mark(run, rain_set, name, task)))
    axes.set_xscale("log")
    axes.margins(0.16)
    if points:
        cheapest, dearest = (pick(one.x for one in points) for pick in (min, max))
        room = max(1.6, (dearest / cheapest) ** 0.16)
        axes.set_xlim(cheapest / room, dearest * room)
        spread = math.log10(dearest / cheapest * room**2)
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0,) if spread > 2 else (1.0, 2.0, 5.0)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.grid()
    return points


def _draw_front(axes: Axes, points: Sequence[Point], direction: int) -> None:
    front = pareto_front([(one.x, one.y) for one in points], direction) if direction else []
    if len(front) > 1:
        costs, figures = zip(*front, strict=True)
        axes.plot(costs, figures, drawstyle="steps-post", color=EDGE, linewidth=1, zorder=0.8)


def _draw_references(axes: Axes, run: RunFigures, rain_set: str, task: TaskEntry) -> list[Words]:
    """Draw the rainy input and the clean image as lines, and return what is to be said of them."""
    name, words = task.headline[0], []
    lines = (("rainy", (4, 3)), ("clean", (1, 0)))
    for row, (word, dashes) in zip(run.bounds(rain_set), lines, strict=True):
        value = run.value(rain_set, row, task.name, name)
        if math.isfinite(value):
            axes.axhline(value, color=REFERENCE_COLOUR, linewidth=1.1, dashes=dashes, zorder=0.5)
            words.append(Words(f"{word} {printed(value, task.metric(name).digits)}", value))
    return words
