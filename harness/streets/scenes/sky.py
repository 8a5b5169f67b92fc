"""The sky and what closes the view at the end of the street."""

import numpy as np

from harness.streets.scenes.canvas import Rgb
from harness.streets.scenes.classes import LABEL, Mark
from harness.streets.scenes.noise import noise_at, noise_patch
from harness.streets.scenes.painter import Painter


def paint_sky(painter: Painter, rng: np.random.Generator) -> None:
    """Fill the canvas with a gradient and clouds that flatten towards the horizon."""
    canvas, camera, light = painter.canvas, painter.camera, painter.light
    rows = min(canvas.shape[0], max(1, int(np.ceil(camera.horizon)) + 4))
    up = np.clip(
        (camera.horizon - np.arange(rows, dtype=np.float32)) / camera.focal, 0.0, None
    )  # tangent of elevation
    blend = np.clip(up / 0.75, 0, 1)[:, None, None] ** 0.7
    colour = light.horizon * (1 - blend) + light.zenith * blend
    colour = np.repeat(colour.astype(np.float32), canvas.shape[1], axis=1)
    distance = 1.0 / (up + 0.12)
    columns = (np.arange(canvas.shape[1], dtype=np.float32) - camera.vanishing_u) / camera.focal
    start = rng.uniform(0, 512, 2)
    density = noise_at(
        columns[None] * distance[:, None] * 55 + start[0], distance[:, None] * 90 + start[1], 1.45
    )
    threshold = np.float32(1.5 - 3.0 * light.cloud)
    cover = np.clip((density - threshold) / 1.3, 0, 1)
    white = np.clip(light.horizon * 1.02 + 14, 0, 252)
    grey = 0.72 * light.horizon + 0.2 * light.zenith
    body = np.clip(0.5 + 0.32 * density, 0, 1)[..., None]
    cloud = white * body + grey * (1 - body)
    colour += (0.85 * cover)[..., None] * (cloud.astype(np.float32) - colour)
    colour += _sun_glow(painter, rows)
    canvas.colour[:rows] = np.clip(colour, 0, 253).astype(np.uint8)


def _sun_glow(painter: Painter, rows: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Brightening around the sun where it stands ahead."""
    camera, light = painter.camera, painter.light
    sun = light.sun_direction
    if sun[2] < 0.15:
        return np.zeros((1, 1, 3), np.float32)
    u = camera.vanishing_u + camera.focal * sun[0] / sun[2]
    v = camera.horizon - camera.focal * sun[1] / sun[2]
    columns = np.arange(camera.width, dtype=np.float32)[None] - np.float32(u)
    lines = np.arange(rows, dtype=np.float32)[:, None] - np.float32(v)
    spread = np.exp(-np.hypot(columns, lines) / np.float32(0.28 * camera.focal))
    return np.asarray(spread[..., None] * (light.sun * 130), np.float32)


def paint_backdrop(painter: Painter, rng: np.random.Generator) -> None:
    """Close the view with distant houses or trees from one side of the picture to the other."""
    canvas, camera = painter.canvas, painter.camera
    wooded = bool(rng.random() < 0.4)
    distance = 130.0
    base = camera.horizon + camera.focal * camera.eye_height / distance + 2
    metre = camera.focal / distance
    colour: Rgb
    u = -20.0
    while u < camera.width + 20:
        tree = wooded != (rng.random() < 0.25)
        width = rng.uniform(9, 24) * metre
        height = rng.uniform(5, 13) * metre
        if tree:
            green = rng.uniform(0.8, 1.15)
            colour = np.array([72.0, 92.0, 60.0]) * green
            angle = np.linspace(0, np.pi, 9)
            bumps = 1 + 0.16 * rng.standard_normal(9)
            shape = np.stack(
                [u + width * (0.5 - 0.62 * np.cos(angle)), base - height * np.sin(angle) * bumps],
                axis=1,
            )
            shape = np.concatenate([shape, [[u + width * 1.12, base], [u - width * 0.12, base]]])
        else:
            colour = np.array([150.0, 138.0, 126.0]) * rng.uniform(0.7, 1.2)
            roof = rng.uniform(0, 0.35) * height
            shape = np.array(
                [
                    [u, base],
                    [u, base - height],
                    [u + 0.25 * width, base - height - roof],
                    [u + 0.75 * width, base - height - roof],
                    [u + width, base - height],
                    [u + width, base],
                ]
            )
        mark = Mark(LABEL["tree" if tree else "building"])
        shaded = painter.light.shade(colour, np.array([0.0, 0.0, -1.0]))
        canvas.fill(shape, shaded, mark, distance)
        if not tree:
            _window_rows(painter, u, base - height, width, height, shaded * 0.72)
        u += width * rng.uniform(0.7, 1.0)
    region = canvas.region_of(np.array([[0.0, base - 14 * metre], [camera.width, base]]))
    grain = noise_patch(rng, region.rows.stop - region.rows.start, region.columns.stop, 0.6)
    view = canvas.colour[region]
    solid = canvas.marks[region][..., 0] != LABEL["sky"]
    textured = np.clip(view * (1 + 0.07 * grain)[..., None], 0, 255).astype(np.uint8)
    view[solid] = textured[solid]


def _window_rows(
    painter: Painter, u: float, top: float, width: float, height: float, colour: Rgb
) -> None:
    columns = max(2, int(width / 9))
    for row in range(max(1, int(height / 12))):
        v = top + 4 + row * 12
        for column in range(columns):
            left = u + width * (column + 0.25) / columns
            right = left + 0.5 * width / columns
            painter.canvas.tint(
                np.array([[left, v], [right, v], [right, v + 6], [left, v + 6]]), colour
            )
