"""Names below the ticks of a horizontal axis, slanted as far as they must be not to touch."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from harness.report.plots.style import names_in_lines

ANGLES = (0, 30, 60, 90)
"""Degrees, in the order of preference."""

GAP = 4.0
"""Points (1/72 inch) between two names beside each other."""

BESIDE_PANEL = 40.0
"""Points that the figures of the vertical axis take, under which the first name may reach."""


class TickNames(NamedTuple):
    """Names below ticks that are 1 apart, the outer ones 0.25 from the ends of the axis.

    Attributes:
        names: In lines, the first on the left.
        angle: Degrees by which they are slanted.
        sizes: Width and height of each where it is not slanted, in points.
    """

    names: tuple[str, ...]
    angle: int
    sizes: tuple[tuple[float, float], ...]

    @property
    def depth(self) -> float:
        """Points that the names take below the axis."""
        return self._longest * self._rise + self._tallest * self._run

    def fit(self, width: float) -> bool:
        """Return whether none touches the next below a panel that is so many points wide."""
        reach = max(0.0, self._longest * self._run - BESIDE_PANEL) if self.angle else 0.0
        apart = (width - BESIDE_PANEL - reach) / max(1.0, len(self.names) - 0.5)
        if self.angle:
            return apart * self._rise > self._tallest + 1
        widths = [size[0] for size in self.sizes]
        return all(apart > (one + other) / 2 + GAP for one, other in pairwise(widths))

    def write(self, axes: Axes) -> None:
        """Write the names below the ticks 0, 1, 2 and so on."""
        ticks = axes.set_xticks(range(len(self.names)), self.names)
        for tick in ticks if self.angle else ():
            tick.label1.set(rotation=self.angle, ha="right", rotation_mode="anchor")
            tick.label1.set(va="center" if self.angle == 90 else "top")

    @property
    def _longest(self) -> float:
        return max(size[0] for size in self.sizes)

    @property
    def _tallest(self) -> float:
        return max(size[1] for size in self.sizes)

    @property
    def _rise(self) -> float:
        return math.sin(math.radians(self.angle))

    @property
    def _run(self) -> float:
        return math.cos(math.radians(self.angle))


def slanted(labels: Sequence[str], angle: int) -> TickNames:
    """Return names for the ticks, to be written at an angle."""
    names = names_in_lines(labels)
    return TickNames(tuple(names), angle, tuple(map(_size, names)))


def _size(text: str) -> tuple[float, float]:
    """Return the width and height of the letters of a tick, in points."""
    figure = Figure(dpi=72)
    canvas = FigureCanvasAgg(figure)
    written = figure.text(0, 0, text, fontsize=rcParams["xtick.labelsize"])
    box = written.get_window_extent(canvas.get_renderer())  # type: ignore[no-untyped-call]
    return float(box.width), float(box.height)
