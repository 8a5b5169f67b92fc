"""Houses along the street: two walls and a roof each."""

from dataclasses import dataclass

import cv2
import numpy as np

from harness.streets.scenes.canvas import Rgb
from harness.streets.scenes.classes import LABEL, Mark
from harness.streets.scenes.facades import FacadeStyle, Texture, facade_texture, sample_facade
from harness.streets.scenes.painter import Painter, Points, points

_NEAREST_WALL = 1.6
_STOREYS = {
    "city": (3, 6),
    "high street": (2, 4),
    "terrace": (2, 3),
    "suburb": (1, 2),
    "works": (1, 3),
}
_PITCHED = {"city": 0.3, "high street": 0.6, "terrace": 0.85, "suburb": 1.0, "works": 0.3}


@dataclass(frozen=True)
class Building:
    """A block whose front runs along the street."""

    side: int
    """-1 left, +1 right of the street."""
    front: float
    """Metres from the centre line to the front."""
    near: float
    """Metres to its nearer end."""
    far: float
    """Metres to its farther end."""
    height: float
    """Metres to the eaves."""
    ridge: float
    """Metres from the eaves to the ridge; 0 for a flat roof."""
    style: FacadeStyle
    roof: Rgb
    seed: int

    @property
    def distance(self) -> float:
        """Metres that order the painting."""
        return self.near

    def footprint(self) -> tuple[Points, float]:
        """Outline on the ground and height, for its shadow."""
        a, b = self.side * self.front, self.side * (self.front + 9.0)
        outline = points((a, 0, self.near), (a, 0, self.far), (b, 0, self.far), (b, 0, self.near))
        return outline, self.height

    def paint(self, painter: Painter) -> None:
        """Paint roof, end wall and front."""
        rng = np.random.default_rng(self.seed)
        mark = Mark(LABEL["building"])
        near = max(self.near, _NEAREST_WALL)
        x, back = self.side * self.front, self.side * (self.front + 9.0)
        if self.ridge > 0:
            self._paint_roof(painter, near, mark, rng)
        if self.near >= _NEAREST_WALL:
            end = facade_texture(rng, self.style, 9.0, self.height)
            corners = points(
                (x, self.height, near), (back, self.height, near), (back, 0, near), (x, 0, near)
            )
            painter.panel(_lit(painter, end, np.array([0.0, 0.0, -1.0])), corners, mark)
        front = facade_texture(rng, self.style, self.far - self.near, self.height)
        cut = int((near - self.near) / (self.far - self.near) * front.shape[1])
        front = front[:, cut:]
        corners = points(
            (x, self.height, near), (x, self.height, self.far), (x, 0, self.far), (x, 0, near)
        )
        painter.panel(_lit(painter, front, np.array([-float(self.side), 0.0, 0.0])), corners, mark)

    def _paint_roof(
        self, painter: Painter, near: float, mark: Mark, rng: np.random.Generator
    ) -> None:
        x, back = self.side * (self.front - 0.3), self.side * (self.front + 9.0)
        middle, top = self.side * (self.front + 4.5), self.height + self.ridge
        if self.near >= _NEAREST_WALL:
            gable = points((x, self.height, near), (middle, top, near), (back, self.height, near))
            painter.face(gable, self.style.wall * 0.9, mark)
        slope = points(
            (x, self.height, near),
            (x, self.height, self.far),
            (middle, top, self.far),
            (middle, top, near),
        )
        painter.face(slope, self.roof, mark)
        place = float(rng.uniform(near, self.far))
        lower, upper = top - 0.6, top + 1.1
        pot = points(
            (middle, lower, place),
            (middle, upper, place),
            (middle, upper, place + 1),
            (middle, lower, place + 1),
        )
        pot[2:, 0] += self.side * 0.8
        painter.face(pot, self.style.wall * 0.75, mark)


def _lit(painter: Painter, texture: Texture, normal: Points) -> Texture:
    """The texture under the scene's light."""
    red, green, blue = painter.light.shade(np.ones(3), normal).tolist()
    return np.asarray(cv2.multiply(texture, (red, green, blue, 1.0)), np.uint8)


def sample_building(
    rng: np.random.Generator,
    district: str,
    side: int,
    front: float,
    near: float,
    far: float,
    lamps: bool,
) -> Building:
    """Draw a house for a plot."""
    style = sample_facade(rng, district, lamps)
    low, high = _STOREYS[district]
    storeys = int(rng.integers(low, high + 1)) + (2 if style.kind == "office" else 0)
    pitched = style.kind not in ("office", "industrial") and rng.random() < _PITCHED[district]
    return Building(
        side=side,
        front=front,
        near=near,
        far=far,
        height=storeys * style.storey + 0.8,
        ridge=float(rng.uniform(1.8, 3.2)) if pitched else 0.0,
        style=style,
        roof=np.array([[92.0, 74.0, 68.0], [78.0, 80.0, 86.0], [136.0, 82.0, 62.0]])[
            int(rng.integers(3))
        ]
        * rng.uniform(0.85, 1.15),
        seed=int(rng.integers(2**31)),
    )
