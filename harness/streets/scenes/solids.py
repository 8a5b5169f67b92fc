"""Bodies of vehicles as extruded profiles."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from harness.streets.scenes.canvas import Rgb
from harness.streets.scenes.classes import Mark
from harness.streets.scenes.painter import Painter, Points


@dataclass(frozen=True)
class Pose:
    """Where a thing stands and which way it faces."""

    x: float
    z: float
    heading: float
    """Radians; 0 faces away from the camera, pi/2 to the right, pi towards the camera."""

    def place(self, forward: float, right: float, up: float) -> Points:
        """Street coordinates (3,) of a point given in the thing's own metres."""
        sine, cosine = np.sin(self.heading), np.cos(self.heading)
        return np.array(
            [self.x + forward * sine + right * cosine, up, self.z + forward * cosine - right * sine]
        )

    def footprint(self, length: float, width: float) -> Points:
        """Outline (4, 3) on the ground."""
        a, b = 0.5 * length, 0.5 * width
        return np.stack(
            [self.place(a, b, 0), self.place(a, -b, 0), self.place(-a, -b, 0), self.place(-a, b, 0)]
        )


class Rib(NamedTuple):
    """One corner of a profile."""

    forward: float
    up: float
    half_width: float


class Hull(NamedTuple):
    """What of a convex body one sees."""

    left: Points | None
    """The side outline (ribs, 3), None where it looks away; so is `right`."""
    right: Points | None
    strips: dict[int, Points]
    """Faces across, by the index of the rib that they begin at.

    Each is (4, 3): lower left, lower right, upper right, upper left.
    """


def paint_extrusion(painter: Painter, pose: Pose, ribs: list[Rib], colour: Rgb, mark: Mark) -> Hull:
    """Paint the convex body that a profile spans.

    Args:
        painter: what to paint on.
        pose: where it stands.
        ribs: the profile from the lower rear over the top to the lower front.
        colour: its paint.
        mark: what it belongs to.

    Returns:
        the faces that are turned to the camera.
    """
    left = np.stack([pose.place(rib.forward, -rib.half_width, rib.up) for rib in ribs])
    right = np.stack([pose.place(rib.forward, rib.half_width, rib.up) for rib in ribs])
    inside = 0.5 * (left.mean(axis=0) + right.mean(axis=0))
    strips: dict[int, Points] = {}
    for index in range(len(ribs) - 1):
        quad = np.stack([left[index], right[index], right[index + 1], left[index + 1]])
        if ribs[index].up > ribs[index + 1].up or index >= len(ribs) // 2:
            quad = np.stack([right[index + 1], left[index + 1], left[index], right[index]])
        if painter.face(quad, colour, mark, inside):
            strips[index] = quad
    seen_left = painter.face(left, colour * 0.94, mark, inside)
    seen_right = painter.face(right, colour * 0.94, mark, inside)
    return Hull(left if seen_left else None, right if seen_right else None, strips)
