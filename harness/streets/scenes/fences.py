"""Fences: railings, boards, mesh, low walls and guard rails."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.streets.scenes.canvas import Rgb
from harness.streets.scenes.classes import LABEL, Mark
from harness.streets.scenes.painter import Painter, Points, points


@dataclass(frozen=True)
class Fence:
    """A straight fence along the street or across."""

    start: tuple[float, float]
    """x and z of its first end, in metres."""
    end: tuple[float, float]
    """x and z of its other end."""
    height: float
    kind: str
    """railing, boards, mesh, guard or wall."""
    colour: Rgb
    seed: int

    @property
    def distance(self) -> float:
        """Metres that order the painting."""
        return min(self.start[1], self.end[1])

    def footprint(self) -> tuple[Points, float]:
        """Outline on the ground and height, for its shadow."""
        (ax, az), (bx, bz) = self.start, self.end
        tall = self.height if self.kind in ("boards", "wall") else 0.3 * self.height
        return points((ax, 0, az), (bx, 0, bz), (bx + 0.1, 0, bz), (ax + 0.1, 0, az)), tall

    def paint(self, painter: Painter) -> None:
        """Lay the fence's texture over its upright plane; posts in front."""
        (ax, az), (bx, bz) = self.start, self.end
        length = float(np.hypot(bx - ax, bz - az))
        rng = np.random.default_rng(self.seed)
        texture = _fence_texture(rng, self.kind, self.colour, length, self.height)
        along = np.array([bx - ax, 0.0, bz - az]) / length
        normal = np.array([along[2], 0.0, -along[0]])
        if normal[0] * ax > 0:
            normal = -normal
        gain = painter.light.shade(np.ones(3), normal)
        texture[..., :3] = np.clip(texture[..., :3] * gain, 0, 255).astype(np.uint8)
        top = self.height
        corners = points((ax, top, az), (bx, top, bz), (bx, 0, bz), (ax, 0, az))
        painter.panel(texture, corners, Mark(LABEL["fence"]), behind_nearer=True)


def _fence_texture(
    rng: np.random.Generator, kind: str, colour: Rgb, length: float, height: float
) -> npt.NDArray[np.uint8]:
    """Draw a fence, 24 texels a metre; gaps are transparent."""
    rows, columns = int(height * 24), max(8, int(length * 24))
    texture = np.zeros((rows, columns, 4), np.uint8)
    ink = np.array([*np.clip(colour, 0, 255), 255], np.uint8)
    at = np.arange(columns)
    if kind in ("boards", "wall"):
        gain = 1 + 0.10 * rng.standard_normal(columns // 4 + 1).repeat(4)[:columns]
        wall = np.broadcast_to(gain[None], (rows, columns)).copy()
        if kind == "wall":
            brick = (
                rng.standard_normal((rows // 3 + 1, columns // 6 + 1))
                .repeat(3, axis=0)
                .repeat(6, axis=1)
            )
            wall = 1 + 0.09 * brick[:rows, :columns]
            wall[::3] *= 1.1
        else:
            wall[:, at % 4 == 3] *= 0.7
        texture[..., :3] = np.clip(colour * wall[..., None], 0, 255)
        texture[..., 3] = 255
        texture[:3, :, :3] = np.clip(colour * 1.2, 0, 255)
        return texture
    texture[..., :3] = ink[:3]
    texture[..., 3] = 60 if kind == "mesh" else 36
    if kind == "railing":
        texture[:, at % 4 < 2] = ink
    elif kind == "mesh":
        weave = (at[None] + np.arange(rows)[:, None]) % 5 == 0
        texture[weave | weave[:, ::-1]] = ink
    else:
        texture[:, at % 10 < 2] = ink
        texture[rows // 2 : rows // 2 + 3] = ink
    texture[:3] = ink
    texture[-4:-1] = ink
    texture[:, at % 48 < 4] = ink
    return texture


def sample_fence(
    rng: np.random.Generator,
    start: tuple[float, float],
    end: tuple[float, float],
    guard: bool = False,
) -> Fence:
    """Draw a fence between two places; `guard` asks for a low rail as beside a kerb."""
    seed = int(rng.integers(2**31))
    if guard:
        tone = (
            np.array([150.0, 152.0, 154.0]) if rng.random() < 0.6 else np.array([60.0, 84.0, 66.0])
        )
        return Fence(start, end, float(rng.uniform(0.95, 1.15)), "guard", tone, seed)
    kind = str(rng.choice(["railing", "boards", "mesh", "wall"], p=[0.4, 0.28, 0.14, 0.18]))
    colours = {
        "railing": [(38, 42, 44), (40, 64, 52), (190, 190, 186)],
        "boards": [(128, 96, 66), (96, 78, 62), (168, 150, 124)],
        "mesh": [(120, 126, 126), (58, 86, 70)],
        "wall": [(146, 96, 78), (158, 150, 138)],
    }[kind]
    colour = np.array(colours[int(rng.integers(len(colours)))]) * rng.uniform(0.85, 1.12)
    high = float(rng.uniform(0.9, 1.3) if kind == "wall" else rng.uniform(1.15, 1.8))
    return Fence(start, end, high, kind, colour, seed)
