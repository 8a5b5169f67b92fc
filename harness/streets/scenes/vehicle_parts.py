"""What cars and buses share: glass, tyres, wheels."""

import numpy as np

from harness.streets.scenes.canvas import Rgb
from harness.streets.scenes.classes import Mark
from harness.streets.scenes.painter import Painter, ring
from harness.streets.scenes.solids import Hull, Pose

NUMBER_PLATE: Rgb = np.array([226.0, 222.0, 200.0])
_TYRE = np.array([30.0, 30.0, 32.0])
_HUB = np.array([138.0, 140.0, 144.0])


def window_glass(painter: Painter) -> Rgb:
    """Window glass: dark, with some of the sky in it."""
    light = painter.light
    return np.asarray(24.0 + 0.14 * light.horizon * light.ambient + 0.12 * light.zenith)


def _wheel_places(length: float, width: float) -> list[tuple[float, float]]:
    reach = 0.5 * length - 0.17 * length
    return [
        (reach, -0.5 * width),
        (reach, 0.5 * width),
        (-reach, -0.5 * width),
        (-reach, 0.5 * width),
    ]


def paint_tyres(
    painter: Painter, pose: Pose, length: float, width: float, radius: float, mark: Mark
) -> None:
    """Tyres as they show under the body from in front or behind."""
    for forward, right in _wheel_places(length, width):
        inner = right - np.sign(right) * 0.24
        outer = right - np.sign(right) * 0.03
        for back in (-radius * 0.8, radius * 0.8):
            quad = np.stack(
                [
                    pose.place(forward + back, inner, 0.0),
                    pose.place(forward + back, outer, 0.0),
                    pose.place(forward + back, outer, 0.4),
                    pose.place(forward + back, inner, 0.4),
                ]
            )
            painter.face(quad, _TYRE, mark)


def paint_wheels(
    painter: Painter, pose: Pose, length: float, width: float, radius: float, hull: Hull
) -> None:
    """Wheels on the sides that face the camera."""
    axes = (pose.place(1, 0, 0) - pose.place(0, 0, 0), np.array([0.0, 1.0, 0.0]))
    gain = painter.light.ambient
    for forward, right in _wheel_places(length, width):
        if (hull.left if right < 0 else hull.right) is None:
            continue
        centre = pose.place(forward, right, radius)
        painter.detail(ring(centre, axes, radius * 1.18, 16), _TYRE * 0.6 * gain)
        painter.detail(ring(centre, axes, radius, 16), _TYRE * gain)
        painter.detail(ring(centre, axes, radius * 0.62, 12), _HUB * gain)
        painter.detail(ring(centre, axes, radius * 0.2, 8), _TYRE * 2 * gain)
