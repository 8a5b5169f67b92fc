"""Paints solids, panels and limbs given in metres, by way of the camera and the light."""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from harness.streets.scenes.camera import NEAREST, Camera
from harness.streets.scenes.canvas import Canvas, Region, Rgb
from harness.streets.scenes.classes import Mark
from harness.streets.scenes.light import Light

Points = npt.NDArray[np.float64]
"""Street coordinates (N, 3) in metres: x, y, z."""

_ROUND = np.stack(
    [np.cos(np.linspace(0, 2 * np.pi, 12, False)), np.sin(np.linspace(0, 2 * np.pi, 12, False))],
    axis=1,
)


class Painter:
    """Canvas, camera and light together."""

    def __init__(self, canvas: Canvas, camera: Camera, light: Light) -> None:
        self.canvas = canvas
        self.camera = camera
        self.light = light

    def region_of(self, points: Points, margin: float = 6.0) -> Region:
        """The part of the canvas that the points cover."""
        return self.canvas.region_of(self.camera.project(points), margin)

    def face(
        self,
        corners: Points,
        colour: Rgb,
        mark: Mark,
        inside: npt.NDArray[np.float64] | None = None,
    ) -> bool:
        """Paint a flat polygon (N, 3), lit by its normal; tell whether it faces the camera.

        Args:
            corners: at least three, in order around the polygon.
            colour: under white light.
            mark: what it belongs to.
            inside: a point (3,) behind the face. With it, a face that looks away is left out.
        """
        seen = self.camera.straighten(corners)
        normal = np.cross(seen - seen[0], np.roll(seen, -1, axis=0) - seen[0]).sum(
            axis=0
        )  # Newell's area vector
        length = float(np.linalg.norm(normal))
        if length < 1e-9:
            return False
        normal /= length
        eye = np.array([0.0, self.camera.eye_height, 0.0])
        centre = seen.mean(axis=0)
        if inside is not None:
            behind = self.camera.straighten(inside[None])[0]
            if np.dot(normal, centre - behind) < 0:
                normal = -normal
            if np.dot(normal, eye - centre) <= 0:
                return False
        elif np.dot(normal, eye - centre) < 0:
            normal = -normal
        depth = max(float(centre[2]), NEAREST)
        self.canvas.fill(
            self.camera.project(corners), self.light.shade(colour, normal), mark, depth
        )
        return True

    def detail(self, corners: Points, colour: Rgb, opacity: float = 1.0) -> None:
        """Paint on a surface that is already there; `colour` is final, no light is applied."""
        self.canvas.tint(self.camera.project(corners), colour, opacity)

    def panel(
        self,
        texture: npt.NDArray[np.uint8],
        corners: Points,
        mark: Mark,
        behind_nearer: bool = False,
    ) -> None:
        """Lay a texture (h, w, 4) over a flat quadrilateral (4, 3).

        Its corners go clockwise from the upper left. With `behind_nearer`, it leaves the pixels
        that show something nearer.
        """
        depths = np.maximum(corners[:, 2], NEAREST)
        self.canvas.paste(texture, self.camera.project(corners), depths, mark, behind_nearer)

    def limb(
        self,
        start: Points,
        end: Points,
        radii: tuple[float, float],
        colour: Rgb,
        mark: Mark,
        flat: bool = False,
    ) -> None:
        """Paint a rounded, tapering bar between two points (3,), with a lit side unless `flat`."""
        ends = np.stack([start, end])
        centres = self.camera.project(ends)
        depth = max(float(ends[:, 2].mean()), NEAREST)
        scale = self.camera.focal / np.maximum(ends[:, 2], NEAREST)
        sizes = np.maximum(scale * np.asarray(radii), 0.5)
        outline = np.concatenate(
            [centre + size * _ROUND for centre, size in zip(centres, sizes, strict=True)]
        )
        hull = cv2.convexHull(outline.astype(np.float32))[:, 0]
        base = self.light.shade(colour, np.array([0.0, 0.2, -0.6]))
        self.canvas.fill(hull, base * (1.0 if flat else 0.82), mark, depth)
        if flat:
            return
        side = np.array(
            [np.sign(self.light.sun_direction[0]) * 0.35 * sizes.mean(), -0.2 * sizes.mean()]
        )
        lit = np.concatenate(
            [centre + side + 0.55 * s * _ROUND for centre, s in zip(centres, sizes, strict=True)]
        )
        lit_hull = cv2.convexHull(lit.astype(np.float32))[:, 0]
        self.canvas.tint(lit_hull, base * 1.12)

    def disc(
        self,
        centre: Points,
        axes: tuple[Points, Points],
        radius: float,
        colour: Rgb,
        mark: Mark,
        count: int = 20,
    ) -> None:
        """Paint a flat disc spanned by two unit vectors (3,); `colour` is final."""
        corners = ring(centre, axes, radius, count)
        depth = max(float(centre[2]), NEAREST)
        self.canvas.fill(self.camera.project(corners), colour, mark, depth)


def ring(centre: Points, axes: tuple[Points, Points], radius: float, count: int = 20) -> Points:
    """Points (count, 3) on a circle spanned by two unit vectors."""
    angles = np.linspace(0.0, 2 * np.pi, count, endpoint=False)[:, None]
    return np.asarray(centre + radius * (np.cos(angles) * axes[0] + np.sin(angles) * axes[1]))


def patch(corners: Points, left: float, right: float, low: float, high: float) -> Points:
    """A rectangle on a quadrilateral, in fractions of its width and height.

    Args:
        corners: (4, 3), lower left, lower right, upper right, upper left.
        left: from 0 at the left edge to 1 at the right edge; so is `right`.
        right: see `left`.
        low: from 0 at the lower edge to 1 at the upper edge; so is `high`.
        high: see `low`.

    Returns:
        (4, 3) in the same order.
    """
    lower_left, lower_right, upper_right, upper_left = corners

    def at(u: float, v: float) -> Points:
        lower = lower_left + u * (lower_right - lower_left)
        upper = upper_left + u * (upper_right - upper_left)
        return np.asarray(lower + v * (upper - lower))

    return np.stack([at(left, low), at(right, low), at(right, high), at(left, high)])


def points(*rows: Sequence[float]) -> Points:
    """Street coordinates from rows of three numbers."""
    return np.array(rows, dtype=np.float64)
