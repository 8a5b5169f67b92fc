"""City buses with one or two decks."""

from dataclasses import dataclass

import numpy as np

from harness.streets.scenes.canvas import Rgb
from harness.streets.scenes.classes import LABEL, Mark
from harness.streets.scenes.painter import Painter, Points, patch
from harness.streets.scenes.solids import Pose, Rib, paint_extrusion
from harness.streets.scenes.vehicle_parts import (
    NUMBER_PLATE,
    paint_tyres,
    paint_wheels,
    window_glass,
)


@dataclass(frozen=True)
class Bus:
    """A city bus."""

    pose: Pose
    length: float
    height: float
    paint_colour: Rgb
    stripe: Rgb
    instance: int

    @property
    def distance(self) -> float:
        """Metres that order the painting: those to its nearest corner."""
        return float(self.pose.footprint(self.length, 2.5)[:, 2].min())

    def footprint(self) -> tuple[Points, float]:
        """Outline on the ground and height, for its shadow."""
        return self.pose.footprint(self.length, 2.4), self.height

    def paint(self, painter: Painter) -> None:
        """Paint the box, then windows, doors, lights and the route display."""
        mark = Mark(LABEL["car"], self.instance)
        paint_tyres(painter, self.pose, self.length, 2.5, 0.48, mark)
        a = 0.5 * self.length
        ribs = [
            Rib(-a, 0.32, 1.25),
            Rib(-a, self.height - 0.15, 1.24),
            Rib(-a + 0.15, self.height, 1.15),
            Rib(a - 0.2, self.height, 1.15),
            Rib(a, self.height - 0.2, 1.24),
            Rib(a + 0.02, 0.32, 1.25),
        ]
        hull = paint_extrusion(painter, self.pose, ribs, self.paint_colour, mark)
        decks = 2 if self.height > 3.8 else 1
        for side, flip in ((hull.left, False), (hull.right, True)):
            if side is not None:
                self._paint_side(painter, side, flip, decks)
        if 0 in hull.strips:
            self._paint_rear(painter, hull.strips[0], decks)
        if 4 in hull.strips:
            self._paint_front(painter, hull.strips[4], decks)
        paint_wheels(painter, self.pose, self.length, 2.5, 0.48, hull)

    def _paint_side(self, painter: Painter, side: Points, right_side: bool, decks: int) -> None:
        glass, gain = window_glass(painter), painter.light.ambient
        quad = np.stack([side[0], side[5], side[4], side[1]])
        painter.detail(patch(quad, 0.0, 1.0, 0.0, 0.16), self.stripe * gain)
        for deck in range(decks):
            low, high = (0.40, 0.86) if decks == 1 else ((0.22, 0.48), (0.62, 0.88))[deck]
            count = 6
            for index in range(count):
                left = 0.04 + index * 0.93 / count
                window = patch(quad, left, left + 0.86 * 0.93 / count, low, high)
                painter.detail(window, glass * (1.0 + 0.12 * (index % 2)))
                if painter.light.lamps:
                    painter.detail(window, np.array([240.0, 214.0, 150.0]), 0.35)
        if right_side:
            top = 0.86 if decks == 1 else 0.5
            for left in (0.88, 0.48):
                painter.detail(patch(quad, left, left + 0.09, 0.05, top), glass * 0.8)

    def _paint_front(self, painter: Painter, front: Points, decks: int) -> None:
        glass, gain = window_glass(painter), painter.light.ambient
        lamp = (
            np.array([255.0, 250.0, 226.0])
            if painter.light.lamps
            else np.array([220.0, 222.0, 224.0]) * gain
        )
        top = 0.84 if decks == 1 else 0.5
        painter.detail(patch(front, 0.05, 0.95, 0.30 if decks == 1 else 0.2, top), glass * 1.1)
        painter.detail(patch(front, 0.05, 0.95, 0.64 * top, top), glass * 1.4, 0.5)
        if decks == 2:
            painter.detail(patch(front, 0.05, 0.95, 0.64, 0.90), glass * 1.1)
        display = patch(front, 0.14, 0.86, top + 0.02, top + 0.12)
        painter.detail(display, np.array([24.0, 22.0, 20.0]))
        painter.detail(patch(display, 0.12, 0.8, 0.25, 0.75), np.array([250.0, 160.0, 40.0]))
        painter.detail(patch(front, 0.0, 1.0, 0.0, 0.07), np.array([40.0, 40.0, 42.0]) * gain)
        for left in (0.05, 0.79):
            painter.detail(patch(front, left, left + 0.16, 0.11, 0.18), lamp)
        painter.detail(patch(front, 0.4, 0.6, 0.09, 0.15), NUMBER_PLATE * gain)

    def _paint_rear(self, painter: Painter, rear: Points, decks: int) -> None:
        glass, gain = window_glass(painter), painter.light.ambient
        tail = (
            np.array([255.0, 40.0, 34.0])
            if painter.light.lamps
            else np.array([180.0, 28.0, 30.0]) * gain
        )
        painter.detail(patch(rear, 0.10, 0.90, 0.52 if decks == 1 else 0.66, 0.86), glass)
        painter.detail(patch(rear, 0.0, 1.0, 0.0, 0.08), np.array([40.0, 40.0, 42.0]) * gain)
        painter.detail(patch(rear, 0.14, 0.86, 0.12, 0.42), self.paint_colour * gain * 0.72)
        painter.detail(patch(rear, 0.14, 0.86, 0.24, 0.27), self.paint_colour * gain * 0.5)
        for left in (0.02, 0.88):
            painter.detail(patch(rear, left, left + 0.10, 0.14, 0.38), tail)
        painter.detail(patch(rear, 0.38, 0.62, 0.09, 0.14), NUMBER_PLATE * gain)


def sample_bus(rng: np.random.Generator, pose: Pose, instance: int) -> Bus:
    """Draw a bus for a place."""
    liveries = [
        (176, 34, 36),
        (32, 76, 148),
        (44, 118, 78),
        (222, 174, 44),
        (224, 224, 220),
        (66, 140, 160),
        (206, 104, 40),
    ]
    colour = np.array(liveries[int(rng.integers(len(liveries)))]) * rng.uniform(0.9, 1.08)
    stripe = np.array(liveries[int(rng.integers(len(liveries)))]) * 0.8
    double = rng.random() < 0.25
    return Bus(
        pose,
        float(rng.uniform(9.0, 11.5)),
        4.3 if double else float(rng.uniform(2.95, 3.2)),
        colour,
        stripe,
        instance,
    )
