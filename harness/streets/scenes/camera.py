"""A pinhole camera that stands on a street.

Street coordinates are metres: x to the right of the road's centre line, y up from the ground, z
along the road away from the camera. A bent road is a straight one whose cross sections shift
sideways by a parabola in z, so everything else may be laid out as if the road were straight.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating]

NEAREST = 0.8
"""Points closer to the camera than this many metres are projected as if they were this far."""


@dataclass(frozen=True)
class Camera:
    """Maps street coordinates to pixels and back; the image's upper left corner is (0, 0)."""

    width: int
    """Columns of the image."""
    height: int
    """Rows of the image."""
    focal: float
    """Focal length in pixels."""
    vanishing_u: float
    """Column of the vanishing point."""
    horizon: float
    """Row of the horizon."""
    eye_x: float
    """Metres from the centre line to the camera."""
    eye_height: float
    """Metres from the ground to the camera."""
    curvature: float
    """Bend of the road in 1/metre: positive turns to the right."""

    def shift(self, z: FloatArray) -> FloatArray:
        """Sideways offset of the road's centre line in metres at distance `z`."""
        return 0.5 * self.curvature * z * z

    def straighten(self, points: FloatArray) -> FloatArray:
        """Street coordinates (N, 3) with the bend undone and the camera at x = 0, z = 0."""
        seen = np.array(points, dtype=np.float64)
        seen[:, 0] += self.shift(seen[:, 2]) - self.eye_x
        return seen

    def project(self, points: FloatArray) -> FloatArray:
        """Project street coordinates (N, 3) to pixel coordinates (N, 2)."""
        seen = self.straighten(points)
        scale = self.focal / np.maximum(seen[:, 2], NEAREST)
        return np.stack(
            [
                self.vanishing_u + scale * seen[:, 0],
                self.horizon + scale * (self.eye_height - seen[:, 1]),
            ],
            axis=1,
        )

    def ground(self, first_row: int) -> tuple[FloatArray, FloatArray]:
        """Street x (rows, width) and z (rows, 1) of the ground from `first_row` to the bottom."""
        rows = np.arange(first_row, self.height, dtype=np.float32) + 0.5 - np.float32(self.horizon)
        z = np.float32(self.focal * self.eye_height) / np.maximum(rows, 0.05)
        columns = (np.arange(self.width, dtype=np.float32) + 0.5 - self.vanishing_u) / self.focal
        offset = (self.eye_x - self.shift(z)).astype(np.float32)
        x = columns[None].astype(np.float32) * z[:, None] + offset[:, None]
        return x, z[:, None]
