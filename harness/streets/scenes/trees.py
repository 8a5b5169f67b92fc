"""Street trees, conifers, bushes and hedges."""

from dataclasses import dataclass

import numpy as np

from harness.streets.scenes.camera import NEAREST
from harness.streets.scenes.canvas import Rgb
from harness.streets.scenes.classes import LABEL, Mark
from harness.streets.scenes.noise import noise_patch
from harness.streets.scenes.painter import Painter, Points, points, ring

_ANGLES = np.arange(10) * 2 * np.pi / 10
_CLUMP = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)


@dataclass(frozen=True)
class Tree:
    """A tree or, with a low crown and no trunk, a bush."""

    x: float
    z: float
    height: float
    """Metres to the top."""
    crown: tuple[float, float]
    """Half width and half height of the crown in metres."""
    leaves: Rgb
    conifer: bool
    seed: int

    @property
    def distance(self) -> float:
        """Metres that order the painting."""
        return self.z

    def footprint(self) -> tuple[Points, float]:
        """Outline on the ground and height, for its shadow."""
        centre = np.array([self.x, 0.0, self.z])
        flat = (np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0]))
        return ring(centre, flat, 0.45 * self.crown[0], 8), 0.8 * self.height

    def paint(self, painter: Painter) -> None:
        """Paint trunk and crown."""
        rng = np.random.default_rng(self.seed)
        mark = Mark(LABEL["tree"])
        middle = self.height - self.crown[1]
        bark = np.array([88.0, 72.0, 58.0]) * rng.uniform(0.7, 1.2)
        if middle - 0.6 * self.crown[1] > 0.3:
            foot, fork = np.array([self.x, 0.0, self.z]), np.array([self.x, middle, self.z])
            painter.limb(foot, fork, (0.03 * self.height + 0.04, 0.02 * self.height), bark, mark)
        if self.conifer:
            self._paint_conifer(painter, mark, rng)
        else:
            self._paint_crown(painter, mark, rng, middle)
        _paint_leaf_grain(painter, self, rng)

    def _paint_crown(
        self, painter: Painter, mark: Mark, rng: np.random.Generator, middle: float
    ) -> None:
        """Clumps of leaves, dark ones inside and below first, lit ones last."""
        count = 64 if self.z < 32 else 36
        direction = rng.standard_normal((count, 3))
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        radius = rng.uniform(0.35, 1.0, count) ** 0.6
        place = direction * radius[:, None]
        lit = place @ painter.light.sun_direction * 0.6 + place[:, 1] * 0.5 - 0.25 * place[:, 2]
        wide, tall = self.crown
        size = wide * 1.35 * rng.uniform(0.16, 0.36, count) * (1.25 - 0.55 * radius)
        light = painter.light
        gain = light.ambient * 0.62 + light.sun * 0.15
        bright = 1.0 + 0.42 * lit + rng.normal(0, 0.09, count)
        tone = (gain + np.maximum(lit, 0)[:, None] * 0.9 * light.sun) * bright[:, None]
        rim = rng.uniform(0, 2 * np.pi, 26)
        edge = np.stack([np.cos(rim), np.sin(rim)], axis=1) * rng.uniform(0.86, 1.04, 26)[:, None]
        centres = np.concatenate([place[:, :2] * [0.86, 0.84], edge])
        sizes = np.concatenate([size, wide * rng.uniform(0.06, 0.15, 26)])
        tones = self.leaves * np.concatenate([tone, gain * rng.uniform(0.9, 1.4, 26)[:, None]])
        order = np.concatenate([np.argsort(lit), np.arange(count, count + 26)])
        middle_pixel = painter.camera.project(np.array([[self.x, middle, self.z]]))[0]
        scale = painter.camera.focal / max(self.z, NEAREST)
        leafy = _CLUMP * rng.uniform(0.78, 1.18, (len(order), len(_CLUMP), 1))
        pixels = centres * [wide * scale, -tall * scale] + middle_pixel
        shapes = pixels[:, None] + leafy * (sizes * scale)[:, None, None]
        for index in order:
            painter.canvas.fill(shapes[index], tones[index], mark, self.z)

    def _paint_conifer(self, painter: Painter, mark: Mark, rng: np.random.Generator) -> None:
        tiers = 7
        base = 0.12 * self.height
        step = (self.height - base) / tiers
        for tier in range(tiers):
            low = base + tier * step
            half = self.crown[0] * (1 - tier / tiers) * rng.uniform(0.9, 1.08)
            high = min(low + 2.1 * step, self.height)
            droop = 0.25 * step
            outline = points(
                (self.x - half, low, self.z),
                (self.x - 0.5 * half, low + droop, self.z),
                (self.x, low - 0.1, self.z),
                (self.x + 0.5 * half, low + droop, self.z),
                (self.x + half, low, self.z),
                (self.x, high, self.z),
            )
            painter.face(outline, self.leaves * (0.7 + 0.06 * tier) * rng.uniform(0.92, 1.08), mark)


def _paint_leaf_grain(painter: Painter, tree: Tree, rng: np.random.Generator) -> None:
    """Multiply the crown by leaf-sized noise."""
    wide = tree.crown[0] * 1.2
    box = points((tree.x - wide, 0.0, tree.z), (tree.x + wide, tree.height + 0.5, tree.z))
    region = painter.region_of(box)
    if region.empty:
        return
    rows, columns = region.rows.stop - region.rows.start, region.columns.stop - region.columns.start
    leaf = max(1.0, painter.camera.focal / tree.z * 0.05)
    grain = (
        1
        + 0.13 * noise_patch(rng, rows, columns, 0.35, leaf)
        + 0.06 * noise_patch(rng, rows, columns, 1.0, leaf)
    )
    view = painter.canvas.colour[region]
    ours = (painter.canvas.marks[region][..., 0] == LABEL["tree"]) & (
        np.abs(painter.canvas.inverse_depth[region] * tree.z - 1) < 0.02
    )
    textured = np.clip(view * grain[..., None], 0, 255).astype(np.uint8)
    view[ours] = textured[ours]


_FOLIAGE = [(86, 116, 56), (70, 102, 54), (104, 128, 62), (62, 88, 58), (120, 122, 58)]
_AUTUMN = [(168, 116, 48), (150, 84, 46), (160, 138, 60)]


def sample_tree(rng: np.random.Generator, x: float, z: float, bush: bool = False) -> Tree:
    """Draw a tree for a place."""
    palette = _AUTUMN if rng.random() < 0.14 else _FOLIAGE
    leaves = np.array(palette[int(rng.integers(len(palette)))]) * rng.uniform(0.8, 1.15)
    seed = int(rng.integers(2**31))
    if bush:
        high = float(rng.uniform(0.9, 1.7))
        return Tree(x, z, high, (float(rng.uniform(0.7, 1.3)), 0.5 * high), leaves, False, seed)
    high = float(rng.uniform(4.5, 8.5))
    conifer = bool(rng.random() < 0.12)
    half_width = high * (0.2 if conifer else float(rng.uniform(0.24, 0.36)))
    return Tree(
        x, z, high, (half_width, high * float(rng.uniform(0.28, 0.36))), leaves, conifer, seed
    )
