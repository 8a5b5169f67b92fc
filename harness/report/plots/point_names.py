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
    """Where a name could stand, seen from its dot.

    Attributes:
        direction: To the right and upwards, -1, 0 or 1 each.
        reach: How far, in points.
        box: Which it would fill, in pixels.
        covered: What is in its way there, in square pixels.
    """

    direction: tuple[int, int]
    reach: int
    box: Bbox
    covered: float

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
        lines = names_in_lines([point.name for point in points])
        in_lines = [point._replace(name=one) for point, one in zip(points, lines, strict=True)]
        places = _places(axes, in_lines)
        if any(one.covered > CLEAR for one in places):
            break
        written += [_name(axes, *one) for one in zip(in_lines, places, strict=True)]
    else:
        return
    for text in written:
        text.remove()
    handles = {point.name: point.mark for _, points in named for point in points}
    legend_below(figure, handles)


def _places(axes: Axes, points: Sequence[Point]) -> list[Place]:
    """Return where the names stand in a panel, one chosen after the other."""
    figure = axes.figure
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    figure.draw_without_rendering()  # type: ignore[union-attr]
    frame = axes.get_window_extent(renderer)
    dots = [axes.transData.transform((point.x, point.y)) for point in points]
    radius = 5 * figure.dpi / 72
    taken = [Bbox.from_extents(x - radius, y - radius, x + radius, y + radius) for x, y in dots]
    texts = [text.get_window_extent(renderer) for text in axes.texts]
    found: list[Place] = []
    for point, dot in zip(points, dots, strict=True):
        size = _size(axes, point, renderer)
        tried = []
        for reach, direction in product(REACHES, DIRECTIONS):
            box = _box(dot, size, direction, reach * figure.dpi / 72)
            covered = sum(_overlap(box, other) for other in [*taken, *texts])
            covered += 2 * (box.width * box.height - _overlap(box, frame))
            if reach > REACHES[0]:
                covered += _crossed(dot, box, texts)
            tried.append(Place(direction, reach, box, covered))
        best = _first_of_the_least(tried)
        texts.append(best.box)
        found.append(best)
    return found


def _first_of_the_least(places: Sequence[Place]) -> Place:
    """Return the place of the least cost, the earliest of those that cost the same."""
    best = places[0]
    for one in places[1:]:
        if one.cost < best.cost - 1e-6:
            best = one
    return best


def _size(axes: Axes, point: Point, renderer: RendererBase) -> tuple[float, float]:
    """Return the width and height of a point's name in pixels."""
    text = _name(axes, point, Place((1, 1), REACHES[0], Bbox.null(), 0.0))
    text.update_positions(renderer)
    box = Text.get_window_extent(text, renderer)  # the annotation's would hold its line
    text.remove()
    return float(box.width), float(box.height)


def _box(
    dot: FloatArray, size: tuple[float, float], direction: tuple[int, int], reach: float
) -> Bbox:
    """Return what a name of a size fills that stands so many pixels from its dot."""
    aside = zip(dot, size, direction, strict=True)
    left, low = (at + way * reach - length * (1 - way) / 2 for at, length, way in aside)
    return Bbox.from_bounds(left, low, *size)


def _crossed(dot: FloatArray, box: Bbox, texts: Sequence[Bbox]) -> float:
    """Return the square pixels of the texts through which the line from a dot to its name leads."""
    middle = np.array([(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2])
    along = [dot + share * (middle - dot) for share in np.linspace(0, 1, 12)]
    crossed = [one for one in texts if any(one.contains(*place) for place in along)]
    return float(sum(one.width * one.height for one in crossed))


def _name(axes: Axes, point: Point, place: Place) -> Annotation:
    """Write a point's name."""
    dx, dy = place.direction
    line = {"arrowstyle": "-", "color": EDGE, "linewidth": 0.6, "shrinkA": 1, "shrinkB": 4}
    text = axes.annotate(
        point.name,
        (point.x, point.y),
        (dx * place.reach, dy * place.reach),
        textcoords="offset points",
        fontsize=SMALL,
        ha={1: "left", -1: "right", 0: "center"}[dx],
        va={1: "bottom", -1: "top", 0: "center"}[dy],
        arrowprops=line if place.reach > REACHES[0] else None,
    )
    text.set_in_layout(False)  # a name must not push the panels about
    return text


def _overlap(one: Bbox, other: Bbox) -> float:
    shared = Bbox.intersection(one, other)
    return float(shared.width * shared.height) if shared is not None else 0.0
