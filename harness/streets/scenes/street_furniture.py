"""Lamp posts, traffic lights and traffic signs."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.streets.scenes.canvas import Rgb
from harness.streets.scenes.classes import LABEL, Mark
from harness.streets.scenes.painter import Painter, Points, points, ring

_ACROSS = (np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))
_WHITE = np.array([236.0, 236.0, 232.0])
_RED = np.array([200.0, 36.0, 40.0])
_BLUE = np.array([36.0, 84.0, 170.0])
_YELLOW = np.array([240.0, 196.0, 40.0])
_GREEN = np.array([30.0, 112.0, 72.0])
_BLACK = np.array([34.0, 34.0, 36.0])
SIGN_SHAPES = ("circle", "ring", "triangle", "rectangle", "diamond", "board", "octagon")


@dataclass(frozen=True)
class Pole:
    """A lamp post or the post of a traffic light."""

    x: float
    z: float
    height: float
    radius: float
    colour: Rgb
    arm: float
    """Metres that the lamp's arm reaches, signed; 0 without an arm."""
    signal: int | None
    """Lit lamp of a traffic light, 0 red, 1 amber, 2 green; None for a lamp post."""

    @property
    def distance(self) -> float:
        """Metres that order the painting."""
        return self.z

    def footprint(self) -> tuple[Points, float]:
        """Outline on the ground and height, for its shadow."""
        r = self.radius
        square = points((self.x - r, 0, self.z), (self.x + r, 0, self.z), (self.x, 0, self.z + r))
        return square, self.height

    def paint(self, painter: Painter) -> None:
        """Paint the post and what it carries."""
        mark = Mark(LABEL["pole"])
        foot, top = np.array([self.x, 0.0, self.z]), np.array([self.x, self.height, self.z])
        painter.limb(foot, top, (self.radius * 1.15, self.radius * 0.85), self.colour, mark)
        painter.limb(
            foot,
            foot + np.array([0, 0.9, 0]),
            (self.radius * 1.4, self.radius * 1.3),
            self.colour * 0.9,
            mark,
        )
        if self.arm:
            tip = top + np.array([self.arm, 0.35, 0.0])
            painter.limb(top, tip, (self.radius * 0.75, self.radius * 0.6), self.colour, mark)
            lamp = (
                np.array([255.0, 236.0, 190.0])
                if painter.light.lamps
                else np.array([205.0, 205.0, 200.0])
            )
            end = tip + np.array([0.45 * np.sign(self.arm), -0.05, 0.0])
            painter.limb(tip, end, (0.13, 0.1), self.colour, mark)
            painter.detail(ring(0.5 * (tip + end) - [0, 0.08, 0], _ACROSS, 0.12, 8), lamp)
        if self.signal is not None:
            self._paint_signal(painter, mark)

    def _paint_signal(self, painter: Painter, mark: Mark) -> None:
        half, low, high = 0.2, self.height - 0.95, self.height + 0.1
        z = self.z - 0.1
        box = points(
            (self.x - half, low, z),
            (self.x + half, low, z),
            (self.x + half, high, z),
            (self.x - half, high, z),
        )
        painter.face(box, _BLACK * 1.2, mark)
        lamps = [
            np.array([250.0, 60.0, 40.0]),
            np.array([250.0, 180.0, 50.0]),
            np.array([70.0, 230.0, 140.0]),
        ]
        for index, lamp in enumerate(lamps):
            centre = np.array([self.x, high - 0.2 - 0.32 * index, z])
            painter.detail(
                ring(centre, _ACROSS, 0.125, 10), lamp if index == self.signal else lamp * 0.25
            )


@dataclass(frozen=True)
class Sign:
    """A traffic sign on its own post."""

    x: float
    z: float
    size: float
    """Half the plate's height in metres."""
    centre: float
    """Metres from the ground to the plate's centre."""
    shape: str
    """One of `SIGN_SHAPES`."""
    variant: int
    instance: int

    @property
    def distance(self) -> float:
        """Metres that order the painting."""
        return self.z

    def footprint(self) -> tuple[Points, float]:
        """Outline on the ground and height, for its shadow."""
        return points(
            (self.x - 0.06, 0, self.z), (self.x + 0.06, 0, self.z), (self.x, 0, self.z + 0.1)
        ), self.centre

    def paint(self, painter: Painter) -> None:
        """Paint the post, then the plate."""
        post = Mark(LABEL["pole"])
        grey = np.array([150.0, 152.0, 152.0])
        feet = (-0.7 * self.size, 0.7 * self.size) if self.shape == "board" else (0.0,)
        for offset in feet:
            foot = np.array([self.x + offset, 0.0, self.z + 0.05])
            painter.limb(foot, foot + np.array([0, self.centre, 0]), (0.075, 0.075), grey, post)
        mark = Mark(LABEL["sign"], self.instance)
        light = painter.light
        gain = light.shade(np.ones(3), np.array([0.0, 0.3, -0.95]))
        outline, layers = _plate(self.shape, self.variant)
        painter.face(self._place(outline), layers[0][1], mark)
        for layer, colour in layers:
            painter.detail(self._place(layer), colour * gain)

    def _place(self, plate: npt.NDArray[np.float64]) -> Points:
        """Plate coordinates (N, 2), in half heights from the centre, to street coordinates."""
        flat = np.zeros((len(plate), 3))
        flat[:, 0] = self.x + plate[:, 0] * self.size
        flat[:, 1] = self.centre + plate[:, 1] * self.size
        flat[:, 2] = self.z
        return flat


Layer = tuple[npt.NDArray[np.float64], Rgb]


def _plate(shape: str, variant: int) -> tuple[npt.NDArray[np.float64], list[Layer]]:
    """Outline of a plate and its coloured layers from the lowest to the uppermost."""
    symbol = _symbol(variant)
    if shape == "triangle":
        outline = np.array([[-1.1, -0.9], [1.1, -0.9], [0.0, 1.05]])
        inner = outline * 0.64 - [0.0, 0.1]
        face = _YELLOW if variant % 3 == 0 else _WHITE
        return outline, [(outline, _RED), (inner, face), (symbol * 0.6 - [0, 0.25], _BLACK)]
    if shape in ("circle", "ring"):
        outline = _polygon(24, 0.0)
        if shape == "circle":
            base = _BLUE if variant % 2 else _RED
            bar = np.array([[-0.62, -0.17], [0.62, -0.17], [0.62, 0.17], [-0.62, 0.17]])
            return outline, [
                (outline, _WHITE),
                (outline * 0.92, base),
                (bar if base is _RED else symbol, _WHITE),
            ]
        return outline, [(outline, _RED), (outline * 0.7, _WHITE), (symbol * 0.75, _BLACK)]
    if shape == "octagon":
        outline = _polygon(8, np.pi / 8)
        bar = np.array([[-0.6, -0.22], [0.6, -0.22], [0.6, 0.22], [-0.6, 0.22]])
        return outline, [(outline, _WHITE), (outline * 0.9, _RED), (bar, _WHITE)]
    if shape == "diamond":
        outline = _polygon(4, 0.0) * 1.1
        return outline, [(outline, _WHITE), (outline * 0.86, _YELLOW), (symbol * 0.7, _BLACK)]
    wide = 1.75 if shape == "board" else 0.85
    outline = np.array([[-wide, -1.0], [wide, -1.0], [wide, 1.0], [-wide, 1.0]])
    base = (_BLUE, _GREEN, _BLUE, _WHITE)[variant % 4]
    ink = _BLACK if base is _WHITE else _WHITE
    layers = [(outline, ink), (outline * [0.95, 0.92], base)]
    if shape == "rectangle":
        return outline, [*layers, (symbol * 0.8, ink)]
    for row in (0.5, 0.0, -0.5):
        end = 0.4 + 0.35 * ((variant + int(4 * row)) % 3)
        line = np.array(
            [[-1.35, row - 0.11], [end, row - 0.11], [end, row + 0.11], [-1.35, row + 0.11]]
        )
        layers.append((line, ink))
    return outline, layers


def _polygon(corners: int, start: float) -> npt.NDArray[np.float64]:
    angle = start + np.arange(corners) * 2 * np.pi / corners
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _symbol(variant: int) -> npt.NDArray[np.float64]:
    """A pictogram: arrow up, arrow aside, bar, bend."""
    shapes = [
        [
            [-0.12, -0.6],
            [0.12, -0.6],
            [0.12, 0.1],
            [0.4, 0.1],
            [0.0, 0.62],
            [-0.4, 0.1],
            [-0.12, 0.1],
        ],
        [
            [-0.6, -0.12],
            [0.1, -0.12],
            [0.1, -0.4],
            [0.62, 0.0],
            [0.1, 0.4],
            [0.1, 0.12],
            [-0.6, 0.12],
        ],
        [[-0.14, -0.6], [0.14, -0.6], [0.14, 0.6], [-0.14, 0.6]],
        [[-0.45, -0.55], [-0.2, -0.55], [-0.2, 0.1], [0.5, 0.1], [0.5, 0.4], [-0.45, 0.4]],
    ]
    return np.array(shapes[variant % 4])


def sample_sign(rng: np.random.Generator, x: float, z: float, instance: int) -> Sign:
    """Draw a sign for a place."""
    shape = str(rng.choice(SIGN_SHAPES, p=[0.22, 0.16, 0.2, 0.14, 0.08, 0.12, 0.08]))
    size = float(rng.uniform(0.42, 0.62) if shape == "board" else rng.uniform(0.34, 0.50))
    centre = float(rng.uniform(2.1, 2.8))
    return Sign(x, z, size, centre, shape, int(rng.integers(12)), instance)
