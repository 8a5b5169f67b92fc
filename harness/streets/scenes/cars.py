"""Cars of several bodies."""

from dataclasses import dataclass

import numpy as np

from harness.streets.scenes.canvas import Rgb
from harness.streets.scenes.classes import LABEL, Mark
from harness.streets.scenes.painter import Painter, Points, patch
from harness.streets.scenes.solids import Hull, Pose, Rib, paint_extrusion
from harness.streets.scenes.vehicle_parts import (
    NUMBER_PLATE,
    paint_tyres,
    paint_wheels,
    window_glass,
)


@dataclass(frozen=True)
class Body:
    """Measures of a body in metres."""

    length: float
    width: float
    height: float
    waist: float
    """Height of the lower edge of the windows."""
    bonnet: float
    """Length of the bonnet."""
    boot: float
    """Length of the boot lid; near 0 for a hatchback."""


BODIES = {
    "saloon": Body(4.5, 1.80, 1.45, 0.94, 1.15, 0.75),
    "hatchback": Body(4.0, 1.75, 1.50, 0.96, 0.95, 0.10),
    "estate": Body(4.6, 1.80, 1.50, 0.95, 1.15, 0.08),
    "suv": Body(4.5, 1.88, 1.72, 1.08, 1.05, 0.10),
    "small": Body(3.5, 1.65, 1.52, 0.96, 0.70, 0.08),
    "van": Body(5.0, 1.95, 2.05, 1.15, 0.85, 0.05),
}
_PAINTS = [
    (222, 222, 222), (188, 190, 194), (120, 124, 130), (44, 46, 50), (30, 48, 92), (146, 30, 34),
    (66, 92, 140), (168, 156, 132), (40, 78, 60), (204, 168, 60), (98, 34, 44), (84, 84, 88),
]  # fmt: skip


@dataclass(frozen=True)
class Car:
    """A car on the road."""

    pose: Pose
    body: str
    """Key of `BODIES`."""
    paint_colour: Rgb
    taxi: bool
    instance: int

    @property
    def distance(self) -> float:
        """Metres that order the painting: those to its nearest corner."""
        body = BODIES[self.body]
        return float(self.pose.footprint(body.length, body.width)[:, 2].min())

    def footprint(self) -> tuple[Points, float]:
        """Outline on the ground and height, for its shadow."""
        body = BODIES[self.body]
        return self.pose.footprint(body.length * 0.96, body.width * 0.96), body.height * 0.85

    def paint(self, painter: Painter) -> None:
        """Paint wheels, body, windows and lights."""
        body = BODIES[self.body]
        mark = Mark(LABEL["car"], self.instance)
        paint_tyres(painter, self.pose, body.length, body.width, 0.315, mark)
        a, b = 0.5 * body.length, 0.5 * body.width
        lower = [
            Rib(-a, 0.26, b * 0.95),
            Rib(-a - 0.02, 0.62, b),
            Rib(-a + 0.08, body.waist, b * 0.97),
            Rib(a - body.bonnet, body.waist + 0.02, b * 0.97),
            Rib(a - 0.12, body.waist - 0.18, b * 0.93),
            Rib(a, 0.58, b * 0.96),
            Rib(a - 0.02, 0.26, b * 0.93),
        ]
        hull = paint_extrusion(painter, self.pose, lower, self.paint_colour, mark)
        cabin = [
            Rib(-a + body.boot + 0.05, body.waist, b * 0.94),
            Rib(-a + body.boot + (0.55 if body.boot > 0.3 else 0.32), body.height, b * 0.76),
            Rib(a - body.bonnet - 0.75, body.height, b * 0.76),
            Rib(a - body.bonnet + 0.05, body.waist, b * 0.94),
        ]
        top = paint_extrusion(painter, self.pose, cabin, self.paint_colour, mark)
        paint_wheels(painter, self.pose, body.length, body.width, 0.315, hull)
        _paint_carwindow_glass(painter, top)
        _paint_car_ends(painter, hull)
        for side in (hull.left, hull.right):
            if side is not None:
                quad = np.stack([side[0], side[-1], side[4], side[2]])
                white, black = np.full(3, 255.0) * painter.light.ambient, np.full(3, 10.0)
                painter.detail(patch(quad, 0.02, 0.98, 0.70, 0.80), white, 0.16)
                painter.detail(patch(quad, 0.0, 1.0, 0.0, 0.42), black, 0.16)
                for door in (0.32, 0.60):
                    painter.detail(patch(quad, door, door + 0.008, 0.12, 0.95), black, 0.5)
                sill = np.stack([side[0], side[-1], side[-1] + [0, 0.1, 0], side[0] + [0, 0.1, 0]])
                painter.detail(sill, np.array([34.0, 34.0, 36.0]) * painter.light.ambient)
        if self.taxi:
            box = [
                Rib(-0.2, body.height, 0.3),
                Rib(-0.15, body.height + 0.22, 0.3),
                Rib(0.05, body.height + 0.22, 0.3),
            ]
            paint_extrusion(
                painter,
                self.pose,
                [*box, Rib(0.1, body.height, 0.3)],
                np.array([240.0, 220.0, 120.0]),
                mark,
            )


def _paint_carwindow_glass(painter: Painter, cabin: Hull) -> None:
    glass = window_glass(painter)
    for index, gain in ((0, 1.0), (2, 1.12)):
        if index in cabin.strips:
            painter.detail(patch(cabin.strips[index], 0.06, 0.94, 0.10, 0.92), glass * gain)
            painter.detail(
                patch(cabin.strips[index], 0.06, 0.94, 0.58, 0.92), glass * gain * 1.28, 0.6
            )
    for side in (cabin.left, cabin.right):
        if side is None:
            continue
        quad = np.stack([side[0], side[3], side[2], side[1]])
        for left, right in ((0.07, 0.44), (0.50, 0.92)):
            painter.detail(patch(quad, left, right, 0.12, 0.86), glass * 0.95)
            painter.detail(patch(quad, left, right, 0.6, 0.86), glass * 1.2, 0.6)


def _paint_car_ends(painter: Painter, hull: Hull) -> None:
    """Lights, plates, grille and bumpers of whichever end shows."""
    light = painter.light
    dark = np.array([40.0, 41.0, 44.0]) * light.ambient
    plate = NUMBER_PLATE * light.ambient * 0.9
    lamp = (
        np.array([255.0, 250.0, 226.0])
        if light.lamps
        else np.array([214.0, 218.0, 222.0]) * light.ambient
    )
    tail = (
        np.array([255.0, 40.0, 34.0])
        if light.lamps
        else np.array([176.0, 24.0, 28.0]) * light.ambient
    )
    if 0 in hull.strips:
        painter.detail(patch(hull.strips[0], 0.0, 1.0, 0.0, 0.38), dark)
        painter.detail(patch(hull.strips[0], 0.36, 0.64, 0.5, 0.86), plate)
    if 1 in hull.strips:
        for left, right in ((0.03, 0.22), (0.78, 0.97)):
            painter.detail(patch(hull.strips[1], left, right, 0.28, 0.86), tail)
    if 5 in hull.strips:
        painter.detail(patch(hull.strips[5], 0.0, 1.0, 0.0, 0.42), dark)
        painter.detail(patch(hull.strips[5], 0.36, 0.64, 0.4, 0.72), plate)
    if 4 in hull.strips:
        painter.detail(patch(hull.strips[4], 0.27, 0.73, 0.02, 0.7), dark)
        for left, right in ((0.03, 0.24), (0.76, 0.97)):
            painter.detail(patch(hull.strips[4], left, right, 0.12, 0.85), lamp)


def sample_car(rng: np.random.Generator, pose: Pose, instance: int) -> Car:
    """Draw a car for a place."""
    body = str(rng.choice(list(BODIES), p=[0.26, 0.24, 0.14, 0.18, 0.1, 0.08]))
    colour = np.array(_PAINTS[int(rng.integers(len(_PAINTS)))]) * rng.uniform(0.88, 1.08)
    if body == "van" and rng.random() < 0.6:
        colour = np.array([226.0, 226.0, 224.0])
    return Car(pose, body, np.clip(colour, 20, 240), bool(rng.random() < 0.08), instance)
