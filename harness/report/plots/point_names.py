"""Names of points in a plot: beside the points where there is room for all, else in a legend."""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from harness.report.plots.palette import EDGE
from harness.report.plots.style import SMALL, legend_below, names_in_lines
from harness.statistics.resampling import FloatArray

CLEAR = 1.0
"""Square pixels of others that a name may cover."""

DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
REACHES = (8, 16, 28, 44)
"""Points (1/72 inch) between a dot and its name, in the order of preference."""


class Point(NamedTuple):
    """A mark of a plot, in data coordinates, and what it stands for."""

    x: float
    y: float
    name: str
    mark: Line2D


class Place(NamedTuple):
    """Where a name could stand: what is in its way there, in square pixels, and how far it is."""

    covered: float
    reach: int
    text: Annotation
    box: Bbox

    @property
    def cost(self) -> float:
        """By which places are chosen."""
        return self.covered + self.reach


def name_points(figure: Figure, named: Sequence[tuple[Axes, Sequence[Point]]]) -> None:
    """Write each point's name beside it, tied to it by a thin line where it stands farther away.

    Where some name would cover a point, another name or a line, or stand beyond its panel, a
    legend below the panels of the figure names all points instead.

    Args:
        figure: Of all the panels.
        named: Its panels, their limits and other texts final, with their points.
    """
    written: list[Annotation] = []
    for axes, points in named:
        places = _places(axes, points)
        written += [one.text for one in places]
        if any(one.covered > CLEAR for one in places):
            break
    else:
        return
    for text in written:
        text.remove()
    handles = {point.name: point.mark for _, points in named for point in points}
    legend_below(figure, handles)


def _places(axes: Axes, points: Sequence[Point]) -> list[Place]:
    """Write the names into a panel, and return where."""
    figure = axes.figure
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    figure.draw_without_rendering()  # type: ignore[union-attr]
    dots = [axes.transData.transform((point.x, point.y)) for point in points]
    radius = 5 * figure.dpi / 72
    taken = [Bbox.from_extents(x - radius, y - radius, x + radius, y + radius) for x, y in dots]
    texts = [text.get_window_extent(renderer) for text in axes.texts]
    names = names_in_lines([point.name for point in points])
    found: list[Place] = []
    for point, dot, name in zip(points, dots, names, strict=True):
        best: Place | None = None
        for reach, direction in product(REACHES, DIRECTIONS):
            text = _name_beside(axes, point, name, direction, reach)
            place = _place(text, reach, dot, [*taken, *texts], texts, renderer)
            if best is None or place.cost < best.cost - 1e-6:
                if best is not None:
                    best.text.remove()
                best = place
            else:
                text.remove()
        if best is not None:
            texts.append(best.box)
            found.append(best)
    return found


def _place(
    text: Annotation,
    reach: int,
    dot: FloatArray,
    taken: Sequence[Bbox],
    texts: Sequence[Bbox],
    renderer: RendererBase,
) -> Place:
    """Return what a name covers where it was tried.

    Args:
        text: The name.
        reach: How far from its dot.
        dot: (2,) the dot, in pixels.
        taken: Boxes of the dots and texts that it must not cover.
        texts: Boxes of the texts, through which no line to it may lead.
        renderer: Of the figure.
    """
    text.update_positions(renderer)
    box = Text.get_window_extent(text, renderer)  # the annotation's would hold its line
    frame = text.axes.get_window_extent(renderer) if text.axes else box
    covered = sum(_overlap(box, other) for other in taken)
    covered += 2 * (box.width * box.height - _overlap(box, frame))
    if reach > REACHES[0]:
        middle = np.array([(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2])
        along = [dot + share * (middle - dot) for share in np.linspace(0, 1, 12)]
        crossed = [one for one in texts if any(one.contains(*place) for place in along)]
        covered += sum(one.width * one.height for one in crossed)
    return Place(covered, reach, text, box)


def _name_beside(
    axes: Axes, point: Point, name: str, direction: tuple[int, int], reach: int
) -> Annotation:
    dx, dy = direction
    line = {"arrowstyle": "-", "color": EDGE, "linewidth": 0.6, "shrinkA": 1, "shrinkB": 4}
    text = axes.annotate(
        name,
        (point.x, point.y),
        (dx * reach, dy * reach),
        textcoords="offset points",
        fontsize=SMALL,
        ha={1: "left", -1: "right", 0: "center"}[dx],
        va={1: "bottom", -1: "top", 0: "center"}[dy],
        arrowprops=line if reach > REACHES[0] else None,
    )
    text.set_in_layout(False)  # a name that was tried must not push the panels about
    return text


def _overlap(one: Bbox, other: Bbox) -> float:
    shared = Bbox.intersection(one, other)
    return float(shared.width * shared.height) if shared is not None else 0.0
