"""What stands on a street, and the ground that it takes."""

from dataclasses import dataclass, field
from typing import Protocol

from harness.streets.scenes.buildings import Building
from harness.streets.scenes.classes import BOX_CLASSES
from harness.streets.scenes.painter import Painter, Points
from harness.streets.scenes.street import Lawn, Street


class Paintable(Protocol):
    """Anything that stands on the street."""

    @property
    def distance(self) -> float:
        """Metres that order the painting."""

    def footprint(self) -> tuple[Points, float]:
        """Outline on the ground and height, for its shadow."""

    def paint(self, painter: Painter) -> None:
        """Paint it."""


@dataclass
class Layout:
    """All things of a scene. Instances are numbered from 1 in the order of `classes`."""

    street: Street
    buildings: list[Building] = field(default_factory=list)
    things: list[Paintable] = field(default_factory=list)
    classes: list[int] = field(default_factory=list)
    """Index into `BOX_CLASSES` of each instance."""
    lawns: list[Lawn] = field(default_factory=list)
    taken: list[tuple[float, float, float, float]] = field(default_factory=list)
    """Ground in use: least x, greatest x, least z, greatest z."""

    def number(self, name: str) -> int:
        """Register an instance of a box class and return its number."""
        self.classes.append(BOX_CLASSES.index(name))
        return len(self.classes)

    def claim(self, x: float, z: float, half_width: float, half_length: float) -> bool:
        """Reserve ground; False where something stands already."""
        left, right, near, far = x - half_width, x + half_width, z - half_length, z + half_length
        if any(left < b and a < right and near < d and c < far for a, b, c, d in self.taken):
            return False
        self.taken.append((left, right, near, far))
        return True
