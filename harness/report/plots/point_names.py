"""Names of points in a plot: beside the points where there is room for all, else in a legend."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from harness.report.plots.label_spots import (
    NO_LEADER,
    Spot,
    boxes_meet,
    chosen_spots,
    distances,
    segments_cross,
    segments_meet_boxes,
)
from harness.report.plots.palette import EDGE, INK, REFERENCE_COLOUR
from harness.report.plots.style import SMALL, legend_below, names_in_lines
from harness.statistics.resampling import FloatArray

REACHES = (8, 13, 19, 26, 34, 44, 56, 70)
"""Points (1/72 inch) between a dot and its name, in the order of preference."""

DIRECTIONS = sorted(
    (way for way in product((1.0, 0.5, 0.0, -0.5, -1.0), repeat=2) if max(map(abs, way)) == 1),
    key=lambda way: (0.5 in map(abs, way), abs(way[1]), -way[0], -way[1]),
)
"""To the right and upwards, in the order of preference: sides, above and below, corners."""

RADIUS = 4.5
"""Points around the middle of a dot into which nothing else may come."""

CLEAR = 1.5
"""Points that a text keeps from all else."""

NEAR = 40.0
"""Points between dots whose names stand in their order."""

LEADER_COST, CROSSING_COST, TURN_COST = 6.0, 20.0, 0.05
"""Points farther away that a name may be to need no leader, one that crosses no line, and to stand
in a direction before the next one."""

STRANGER, STRANGER_COST = 14.0, 2.0
"""Points from another's dot within which a name could be taken for that one's, and the points
farther away that it may be to keep each of them."""

ALONG_A_LINE = (1.0, 0.0, 0.75, 0.25, 0.5)
"""Where words of a line may stand, in the order of preference: 0 is its left end."""


class Point(NamedTuple):
    """A dot of a plot, in data coordinates, and what it stands for.

    Attributes:
        x: To the right.
        y: Upwards.
        name: Whose it is.
        dot: As it is drawn.
        mark: What stands behind the name, in a legend if any point of the name bears it.
    """

    x: float
    y: float
    name: str
    dot: Line2D
    mark: str = ""


class Words(NamedTuple):
    """What a level line stands for, and the height of the line."""

    text: str
    level: float


class Panel(NamedTuple):
    """A panel, its limits and lines final, with what is to be written into it."""

    axes: Axes
    points: Sequence[Point]
    words: Sequence[Words] = ()


def name_points(figure: Figure, panels: Sequence[Panel]) -> None:
    """Write each point's name beside it, tied to it by a thin line where it stands farther away.

    Names and words cover no line, no point, no leader and no other text. Where some panel has no
    room for that, a legend below the panels names all points instead.

    Args:
        figure: Of all the panels.
        panels: Its panels.
    """
    figure.draw_without_rendering()  # lays the panels out
    rooms = [_Room.of(panel.axes, panel.points) for panel in panels]
    words = [
        [_words(room, one) for one in panel.words]
        for room, panel in zip(rooms, panels, strict=True)
    ]
    labels = [[*_names(room), *own] for room, own in zip(rooms, words, strict=True)]
    spots = [_chosen(room, of) for room, of in zip(rooms, labels, strict=True)]
    if any(one is None for one in spots):
        legend_below(figure, _legend([one for panel in panels for one in panel.points]))
        labels, spots = words, [_chosen(room, of) for room, of in zip(rooms, words, strict=True)]
    for room, of_panel, chosen in zip(rooms, labels, spots, strict=True):
        for place, label in enumerate(of_panel):
            _write(room, label, chosen[place] if chosen else label.spots[0])


def _legend(points: Sequence[Point]) -> dict[str, Line2D]:
    marks: dict[str, str] = {}
    for one in points:
        marks[one.name] = marks.get(one.name) or one.mark
    return {one.name + marks[one.name]: one.dot for one in points}


@dataclass(frozen=True)
class _Room:
    """A panel and what it shows already, measured in points.

    Attributes:
        axes: The panel.
        points: Those to be named.
        scale: Points of a pixel.
        frame: Box of the panel, (4,).
        dots: Where the points are, (N, 2).
        texts: Boxes of the texts, (N, 4).
        lines: Segments of the lines, (N, 4).
    """

    axes: Axes
    points: Sequence[Point]
    scale: float
    frame: FloatArray
    dots: FloatArray
    texts: FloatArray
    lines: FloatArray

    @classmethod
    def of(cls, axes: Axes, points: Sequence[Point]) -> "_Room":
        """Measure a panel."""
        figure = axes.figure
        scale = 72 / figure.dpi
        renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
        texts = [text.get_window_extent(renderer).extents for text in axes.texts]
        dots = axes.transData.transform([(one.x, one.y) for one in points] or np.empty((0, 2)))
        drawn = [line for line in axes.lines if len(np.atleast_1d(line.get_xdata())) > 1]
        corners = [line.get_transform().transform(line.get_path().vertices) for line in drawn]
        lines = [np.concatenate([one[:-1], one[1:]], axis=1) for one in corners]
        return cls(
            axes,
            points,
            scale,
            np.array(axes.get_window_extent(renderer).extents) * scale,
            dots * scale,
            np.array(texts).reshape(-1, 4) * scale,
            np.concatenate([np.empty((0, 4)), *lines]) * scale,
        )

    def size(self, text: str) -> tuple[float, float]:
        """Return the width and height of a text."""
        renderer = self.axes.figure.canvas.get_renderer()  # type: ignore[attr-defined]
        written = self.axes.text(0, 0, text, fontsize=SMALL)
        box = written.get_window_extent(renderer)
        written.remove()
        return float(box.width) * self.scale, float(box.height) * self.scale


class _Label(NamedTuple):
    """A text to be written, the spots that are tried, and the number of its point if it has one."""

    text: str
    spots: list[Spot]
    point: int | None = None


def _names(room: _Room) -> list[_Label]:
    names = names_in_lines([point.name + point.mark for point in room.points])
    return [
        _Label(name, _around(room, place, room.size(name)), place)
        for place, name in enumerate(names)
    ]


def _around(room: _Room, place: int, size: tuple[float, float]) -> list[Spot]:
    """Return the spots for a point's name that meet nothing of what is drawn."""
    dot, others = room.dots[place], np.delete(room.dots, place, axis=0)
    spots = []
    for reach, (turn, way) in product(REACHES, enumerate(DIRECTIONS)):
        left, low = (
            at + one * reach / math.hypot(*way) - length * (1 - one) / 2
            for at, one, length in zip(dot, way, size, strict=True)
        )
        box = np.array([left, low, left + size[0], low + size[1]])
        if not _is_free(room, box):
            continue
        end = np.clip(dot, box[:2], box[2:])
        length = np.hypot(*(end - dot))
        way_there, leader = (
            np.array([[*(dot + (end - dot) * min(1.0, start / length)), *end]])
            for start in (1.0, RADIUS)  # lines of its own lead through the middle of a dot
        )
        apart = np.hypot(*(others - np.clip(others, box[:2], box[2:])).T)
        cost = (
            reach + turn * TURN_COST + CROSSING_COST * segments_cross(way_there, room.lines).sum()
        )
        cost += STRANGER_COST * max(0.0, STRANGER - apart.min(initial=STRANGER))
        if reach == REACHES[0] and (apart > length + CLEAR).all():
            spots.append(Spot((*box,), NO_LEADER, cost))
            continue
        passed = (distances(others, leader) < RADIUS).any()
        if not passed and not segments_meet_boxes(leader, room.texts).any():
            spots.append(Spot((*box,), (*leader[0],), cost + LEADER_COST))
    return spots


def _words(room: _Room, words: Words) -> _Label:
    """Return words with the spots along their line where they meet nothing, or with the first."""
    (width, height), (left, _, right, _) = room.size(words.text), room.frame + CLEAR * _INWARDS
    level = room.axes.transData.transform((0, words.level))[1] * room.scale
    along = [left + share * (right - left - width) for share in ALONG_A_LINE]
    heights = (level + 2 * CLEAR, level - 2 * CLEAR - height)
    boxes = [np.array([x, y, x + width, y + height]) for x, y in product(along, heights)]
    spots = [Spot((*box,), NO_LEADER, 2.0 * turn) for turn, box in enumerate(boxes)]
    free = [spot for spot, box in zip(spots, boxes, strict=True) if _is_free(room, box)]
    return _Label(words.text, free or spots[:1])


_INWARDS = np.array([1, 1, -1, -1])


def _is_free(room: _Room, box: FloatArray) -> bool:
    """Return whether a box lies within the panel and meets none of its dots, lines and texts."""
    wide = (box - CLEAR * _INWARDS)[None]
    dots = np.concatenate([room.dots - RADIUS, room.dots + RADIUS], axis=1)
    inside = (room.frame - box) * _INWARDS <= 0
    return bool(inside.all()) and not (
        boxes_meet(wide, dots).any()
        or boxes_meet(wide, room.texts).any()
        or segments_meet_boxes(room.lines, wide).any()
    )


def _chosen(room: _Room, labels: Sequence[_Label]) -> list[Spot] | None:
    dots = [None if label.point is None else room.dots[label.point] for label in labels]
    return chosen_spots([label.spots for label in labels], dots, NEAR)


def _write(room: _Room, label: _Label, spot: Spot) -> None:
    """Write a text at its spot, so that it stays there when the panel's size changes a little."""
    left, low, right, high = spot.box
    frame_low, frame_size = room.frame[:2], room.frame[2:] - room.frame[:2]
    if label.point is None:
        at = (np.array([left, low]) - frame_low) / frame_size
        placed: dict[str, Any] = {"xy": (*at,), "xycoords": "axes fraction"}
        colour, alignment = REFERENCE_COLOUR, "left"
    else:
        point, dot = room.points[label.point], room.dots[label.point]
        placed = {"xy": (point.x, point.y), "xytext": (left - dot[0], low - dot[1])}
        placed |= {"textcoords": "offset points"}
        colour = INK
        alignment = "left" if dot[0] < left else "right" if dot[0] > right else "center"
        if not np.isnan(spot.leader[0]):
            end = ((spot.leader[2] - left) / (right - left), (spot.leader[3] - low) / (high - low))
            line = {"arrowstyle": "-", "color": EDGE, "linewidth": 0.6, "patchA": None}
            placed["arrowprops"] = line | {"relpos": end, "shrinkA": 0, "shrinkB": RADIUS}
    text = room.axes.annotate(
        label.text,
        ha="left",
        va="bottom",
        multialignment=alignment,
        color=colour,
        fontsize=SMALL,
        **placed,
    )
    text.set_in_layout(False)  # a name must not push the panels about
