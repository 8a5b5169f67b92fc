"""Road, markings, kerbs, pavements and grass, looked up under each pixel; and their shadows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from harness.streets.scenes.canvas import Rgb
from harness.streets.scenes.classes import LABEL
from harness.streets.scenes.noise import noise_at
from harness.streets.scenes.painter import Painter, Points
from harness.streets.scenes.street import Lawn, Street

Field = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class GroundStyle:
    """Colours and wear of the ground."""

    asphalt: Rgb
    pavement: Rgb
    kerb: Rgb
    grass: Rgb
    paint: Rgb
    slab: float
    """Side of the paving slabs in metres."""
    wear: float
    """How much of the road paint is gone, 0 to 1."""
    wet: float
    """How strongly the ground mirrors the sky, 0 to 1."""
    dash: tuple[float, float]
    """Length and period of lane dashes in metres."""
    kerb_line: Rgb | None
    """Colour of a line along the kerb, None without."""
    patches: tuple[tuple[float, float, float, float, float], ...]
    """Repairs of the asphalt: x, z, half width, half length in metres and brightness."""


def sample_ground(rng: np.random.Generator) -> GroundStyle:
    """Draw colours and wear."""
    grey = rng.uniform(74, 126)
    tone = np.array([1.0, rng.uniform(0.97, 1.01), rng.uniform(0.93, 1.05)])
    warm = np.array([1.0, rng.uniform(0.92, 0.99), rng.uniform(0.82, 0.98)])
    line = rng.choice(3, p=[0.55, 0.25, 0.2])
    patches = tuple(
        (
            float(rng.uniform(-6, 6)),
            float(rng.uniform(4, 30)),
            float(rng.uniform(0.3, 1.4)),
            float(rng.uniform(0.4, 4.0)),
            float(rng.choice([0.78, 0.86, 1.12])),
        )
        for _ in range(int(rng.integers(1, 7)))
    )
    return GroundStyle(
        asphalt=grey * tone,
        pavement=rng.uniform(130, 184) * warm,
        kerb=np.full(3, rng.uniform(150, 200)),
        grass=np.array([rng.uniform(70, 110), rng.uniform(105, 135), rng.uniform(45, 70)]),
        paint=np.array([236.0, 234.0, 226.0])
        if rng.random() < 0.85
        else np.array([226.0, 186.0, 70.0]),
        slab=float(rng.uniform(0.45, 1.1)),
        wear=float(rng.uniform(0.1, 0.6)),
        wet=float(rng.uniform(0.0, 0.35)),
        dash=(float(rng.uniform(1.6, 3.2)), float(rng.uniform(5.0, 8.0))),
        kerb_line=None
        if line == 0
        else np.array([222.0, 190.0, 60.0] if line == 1 else [230.0, 230.0, 226.0]),
        patches=patches,
    )


def paint_ground(
    painter: Painter,
    street: Street,
    style: GroundStyle,
    lawns: Sequence[Lawn],
    rng: np.random.Generator,
) -> None:
    """Paint everything below the horizon."""
    canvas, camera = painter.canvas, painter.camera
    top = int(np.clip(np.ceil(camera.horizon + 0.5), 0, camera.height - 1))
    x, z = camera.ground(top)
    x, z = x.astype(np.float32), z.astype(np.float32)
    road, grass, kerb = _zones(street, lawns, x, z)
    origin = rng.uniform(0, 512, 2).astype(np.float32)
    fine = noise_at(x * 23 + origin[0], z * 23 + origin[1], 0.35) * np.exp(-z / 22)
    broad = noise_at(x * 5 + origin[1], z * 2.2 + origin[0], 1.1)
    colour = np.empty((*x.shape, 3), np.float32)
    colour[:] = _slabs(style, x, z, fine, broad)
    asphalt = style.asphalt.astype(np.float32) * (1 + 0.10 * fine + 0.045 * broad)[..., None]
    for left, start, half_width, half_length, gain in style.patches:
        inside = (np.abs(x - left) < half_width) & (np.abs(z - start) < half_length)
        asphalt[inside] *= gain
    track = np.abs(np.mod(np.abs(x) / street.lane_width, 1.0) - 0.5)
    asphalt *= (1.0 - 0.05 * np.exp(-(((track - 0.24) / 0.07) ** 2)))[..., None]
    lines = _markings(street, style, x, z) * np.clip(
        1.15 - style.wear * (0.6 + 0.7 * np.abs(broad)), 0.12, 1.0
    )
    asphalt += lines[..., None] * (style.paint.astype(np.float32) - asphalt)
    if style.kerb_line is not None:
        beside = _kerb_line(street, x, z)
        asphalt[beside] = 0.35 * asphalt[beside] + 0.65 * style.kerb_line.astype(np.float32)
    np.copyto(colour, asphalt, where=road[..., None])
    if grass.any():
        leaves = noise_at(x * 31 + origin[1], z * 31 + origin[0], 0.5)
        lawn = style.grass.astype(np.float32) * (1 + 0.16 * leaves + 0.07 * broad)[..., None]
        np.copyto(colour, lawn, where=grass[..., None])
    colour[kerb] = style.kerb.astype(np.float32)
    light = painter.light
    colour *= light.shade(np.ones(3), np.array([0.0, 1.0, 0.0])).astype(np.float32)
    shine = style.wet * np.clip(1.0 - camera.eye_height * 3.2 / z, 0.0, 0.8)
    colour += (
        (shine * (0.7 + 0.3 * broad))[..., None]
        * 0.45
        * (light.horizon.astype(np.float32) - colour)
    )
    canvas.colour[top:] = np.clip(colour, 0, 255).astype(np.uint8)
    canvas.marks[top:, :, 0] = np.where(
        road, LABEL["road"], np.where(grass, LABEL["tree"], LABEL["pavement"])
    )
    canvas.inverse_depth[top:] = 1.0 / np.minimum(z, 900.0)


def _zones(street: Street, lawns: Sequence[Lawn], x: Field, z: Field) -> tuple[Mask, Mask, Mask]:
    """Masks of the carriageway, the grass and the kerb stones."""
    road = (x > -street.kerb(-1)) & (x < street.kerb(1))
    grass = np.zeros_like(road)
    kerb = np.zeros_like(road)
    for side in (-1, 1):
        out = side * x - street.kerb(side)
        strip = street.verge[(side + 1) // 2]
        grass |= (out > 0.3) & (out < 0.3 + strip) & (strip > 0)
        kerb |= (out > 0) & (out < 0.22)
    for branch in street.side_streets:
        along = (z > branch.near) & (z < branch.far)
        edge = (z > branch.near - 0.25) & (z < branch.far + 0.25) & ~along
        beyond = (x < 0) if branch.side < 0 else (x > 0) if branch.side > 0 else np.ones_like(road)
        kerb |= edge & beyond & ~road
        road |= along & beyond
    for lawn in lawns:
        grass |= (lawn.side * x > lawn.edge) & (z > lawn.near) & (z < lawn.far)
    grass &= ~road
    kerb &= ~road
    return road, grass, kerb


def _slabs(style: GroundStyle, x: Field, z: Field, fine: Field, broad: Field) -> Field:
    """Paving slabs with joints, each of a slightly different shade."""
    row = np.floor(z / style.slab)
    column = np.floor((x + 0.5 * style.slab * np.mod(row, 2)) / style.slab)
    shade = np.mod(np.abs(np.sin(row * 12.9898 + column * 78.233)) * 43.7585, 1.0) - 0.5
    near = np.exp(-z / 16)
    within_x = np.mod((x + 0.5 * style.slab * np.mod(row, 2)) / style.slab, 1.0)
    within_z = np.mod(z / style.slab, 1.0)
    joint = ((within_x < 0.05) | (within_z < 0.05)) * near
    gain = 1 + 0.10 * shade * near + 0.05 * fine + 0.035 * broad - 0.25 * joint
    return np.asarray(gain[..., None] * style.pavement.astype(np.float32), np.float32)


def _markings(street: Street, style: GroundStyle, x: Field, z: Field) -> Field:
    """Opacity of the road paint, 0 to 1, before wear."""
    on_stretch = np.ones(z.shape, bool)
    for branch in street.side_streets:
        on_stretch &= (z < branch.near - 1) | (z > branch.far + 1)
    dash = np.mod(z + style.dash[0], style.dash[1]) < style.dash[0]
    painted = np.zeros(x.shape, bool)
    if street.lanes > 1:
        painted |= (np.abs(np.abs(x) - 0.16) < 0.06) & on_stretch
        painted |= (np.abs(np.abs(x) - street.lane_width) < 0.07) & dash & on_stretch
    else:
        painted |= (np.abs(x) < 0.075) & dash & on_stretch
    for side in (-1, 1):
        if street.parking[(side + 1) // 2]:
            edge = street.lane_width * street.lanes
            painted |= (np.abs(side * x - edge) < 0.05) & on_stretch
            bay = (np.mod(z, 6.0) < 0.1) & (side * x > edge) & (side * x < street.kerb(side))
            painted |= bay & on_stretch
    if street.zebra is not None:
        crossing = (z > street.zebra) & (z < street.zebra + 3.2)
        inside = (x > -street.kerb(-1) + 0.2) & (x < street.kerb(1) - 0.2)
        painted = np.where(crossing, inside & (np.mod(x, 1.1) < 0.55), painted)
        own = street.own_side() * x
        stop = (z > street.zebra - 1.6) & (z < street.zebra - 1.2) & (own > 0.1)
        painted |= stop & (own < street.lane_width * street.lanes)
    for branch in street.side_streets:
        give_way = (np.abs(z - 0.5 * (branch.near + branch.far)) < 3.6) & (np.mod(z, 0.9) < 0.55)
        for side in (-1, 1):
            if branch.side in (side, 0):
                painted |= give_way & (np.abs(side * x - street.kerb(side)) < 0.15)
    return painted.astype(np.float32)


def _kerb_line(street: Street, x: Field, z: Field) -> Mask:
    beside = np.zeros(x.shape, bool)
    for side in (-1, 1):
        out = street.kerb(side) - side * x
        open_stretch = np.ones(z.shape, bool)
        for branch in street.side_streets:
            if branch.side in (side, 0):
                open_stretch &= (z < branch.near) | (z > branch.far)
        beside |= (out > 0.25) & (out < 0.36) & open_stretch
    return beside


def paint_shadows(painter: Painter, solids: Iterable[tuple[Points, float]]) -> None:
    """Darken the ground under and beside solids.

    Args:
        painter: what to paint on; the ground must be there already.
        solids: of each, its outline on the ground (N, 3) and its height in metres.
    """
    canvas, light = painter.canvas, painter.light
    contact = np.zeros(canvas.shape, np.uint8)
    cast = np.zeros(canvas.shape, np.uint8)
    sun = light.sun_direction
    reach = -sun[[0, 2]] / max(float(sun[1]), 0.2)
    for outline, height in solids:
        ground = outline.copy()
        ground[:, 2] = np.maximum(ground[:, 2], 1.2)
        moved = ground.copy()
        moved[:, [0, 2]] += reach * height
        moved[:, 2] = np.maximum(moved[:, 2], 1.2)
        _fill_hull(contact, painter.camera.project(ground))
        _fill_hull(cast, painter.camera.project(np.concatenate([ground, moved])))
    top = int(np.clip(np.ceil(painter.camera.horizon), 0, canvas.shape[0] - 1))
    strength = float(np.clip(light.sun.mean() / (light.sun.mean() + light.ambient.mean()), 0, 0.6))
    soft = cv2.GaussianBlur(contact[top:], (0, 0), 4.0).astype(np.float32) / 255
    sharp = cv2.GaussianBlur(cast[top:], (0, 0), 2.0).astype(np.float32) / 255
    gain = (1 - 0.45 * soft) * (1 - 0.95 * strength * sharp)
    canvas.colour[top:] = (canvas.colour[top:] * gain[..., None]).astype(np.uint8)


def _fill_hull(mask: npt.NDArray[np.uint8], corners: npt.NDArray[np.floating]) -> None:
    hull = cv2.convexHull(np.clip(corners, -20000, 20000).astype(np.float32))
    cv2.fillConvexPoly(mask, np.rint(hull).astype(np.int32), 255)
