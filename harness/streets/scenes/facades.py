"""Flat pictures of house fronts: walls, windows, doors, shops."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from harness.streets.scenes.canvas import Rgb
from harness.streets.scenes.noise import noise_patch

Texture = npt.NDArray[np.uint8]
TEXELS = 18
"""Texels a metre."""
STYLES = ("brick", "plaster", "stone", "office", "shop", "industrial")
DISTRICTS = {
    "city": (0.12, 0.14, 0.20, 0.28, 0.26, 0.0),
    "high street": (0.24, 0.20, 0.12, 0.06, 0.38, 0.0),
    "terrace": (0.52, 0.34, 0.08, 0.0, 0.06, 0.0),
    "suburb": (0.40, 0.50, 0.10, 0.0, 0.0, 0.0),
    "works": (0.22, 0.10, 0.06, 0.22, 0.05, 0.35),
}
"""How often each style is met in each kind of district."""


@dataclass(frozen=True)
class FacadeStyle:
    """What all walls of one house share."""

    kind: str
    wall: Rgb
    trim: Rgb
    glass: Rgb
    storey: float
    """Metres from floor to floor."""
    bay: float
    """Metres from window to window."""
    window: tuple[float, float]
    """Width and height of a window as shares of bay and storey."""
    lit: float
    """Share of windows with light inside."""


_WALLS: dict[str, list[tuple[float, float, float]]] = {
    "brick": [(142, 84, 66), (120, 70, 56), (168, 112, 82), (150, 118, 92), (112, 88, 78)],
    "plaster": [
        (214, 204, 184),
        (198, 176, 140),
        (176, 188, 190),
        (206, 168, 150),
        (226, 222, 212),
        (170, 178, 150),
    ],
    "stone": [(168, 160, 146), (146, 140, 130), (190, 178, 156)],
    "office": [(128, 136, 142), (96, 106, 118), (160, 160, 156)],
    "shop": [(176, 140, 116), (204, 196, 180), (132, 92, 76), (150, 150, 150)],
    "industrial": [(148, 152, 156), (122, 132, 128), (166, 146, 126)],
}


def sample_facade(rng: np.random.Generator, district: str, lamps: bool) -> FacadeStyle:
    """Draw a style of house that belongs in a district."""
    kind = str(rng.choice(STYLES, p=DISTRICTS[district]))
    walls = _WALLS[kind]
    wall = np.array(walls[int(rng.integers(len(walls)))]) * rng.uniform(0.82, 1.1) + rng.normal(
        0, 5, 3
    )
    office = kind == "office"
    return FacadeStyle(
        kind=kind,
        wall=np.clip(wall, 30, 235),
        trim=np.array([225.0, 220.0, 210.0]) * rng.uniform(0.55, 1.05),
        glass=np.array([58.0, 66.0, 76.0]) * rng.uniform(0.7, 1.4),
        storey=float(rng.uniform(2.7, 3.5)),
        bay=float(rng.uniform(1.5, 2.2) if office else rng.uniform(2.1, 3.6)),
        window=(
            float(rng.uniform(0.72, 0.9) if office else rng.uniform(0.34, 0.55)),
            float(rng.uniform(0.5, 0.75) if office else rng.uniform(0.45, 0.62)),
        ),
        lit=float(rng.uniform(0.1, 0.4) if lamps else 0.0),
    )


def facade_texture(
    rng: np.random.Generator, style: FacadeStyle, width: float, height: float
) -> Texture:
    """Draw one wall, (height * TEXELS, width * TEXELS, 4), unlit; sizes are metres."""
    rows, columns = max(8, int(height * TEXELS)), max(8, int(width * TEXELS))
    wall = _wall(rng, style, rows, columns)
    bays = max(1, int(width / style.bay))
    step = columns / bays
    ground_floor = int(style.storey * 1.15 * TEXELS)
    floor = rows - ground_floor
    while floor > 0.6 * style.storey * TEXELS:
        for index in range(bays):
            _window(rng, wall, style, (index + 0.5) * step, floor, step)
        if style.kind in ("stone", "plaster", "office"):
            cv2.rectangle(wall, (0, floor - 1), (columns, floor + 2), _tone(style.trim, 0.85), -1)
        floor -= int(style.storey * TEXELS)
    if style.kind == "shop":
        _shop_front(rng, wall, ground_floor)
    else:
        _ground_floor(rng, wall, style, ground_floor, bays)
    cv2.rectangle(wall, (0, 0), (columns, max(3, TEXELS // 3)), _tone(style.trim, 0.8), -1)
    cv2.rectangle(wall, (0, rows - TEXELS // 2), (columns, rows), _tone(style.wall, 0.62), -1)
    opaque = np.full((rows, columns, 1), 255, np.uint8)
    return np.concatenate([wall, opaque], axis=2)


def _wall(rng: np.random.Generator, style: FacadeStyle, rows: int, columns: int) -> Texture:
    """Bare wall with the texture of its material and stains that run down."""
    shade = (
        1
        + 0.035 * noise_patch(rng, rows, columns, 1.0)
        + 0.02 * noise_patch(rng, rows, columns, 0.2)
    )
    shade += 0.03 * noise_patch(rng, 1, columns, 0.8)
    if style.kind in ("brick", "shop"):
        shade += np.repeat(_courses(-(-rows // 3), columns), 3, axis=0)[:rows]
        shade[::3] += 0.08
    elif style.kind == "stone":
        shade[:: TEXELS // 2] -= 0.14
        shade[:, :: int(TEXELS * 0.9)] -= 0.07
    elif style.kind == "industrial":
        shade += 0.07 * np.sin(np.arange(columns) * 1.1)[None]
    wall = np.empty((rows, columns, 3), np.uint8)
    level = np.empty_like(shade)
    for channel in range(3):
        np.multiply(np.float32(style.wall[channel]), shade, out=level)
        wall[..., channel] = np.clip(level, 0, 255, out=level)
    return wall


def _courses(count: int, columns: int) -> npt.NDArray[np.float64]:
    """How much brighter or darker each brick is, (count, columns); courses are laid in bond."""
    course, brick = np.arange(count)[:, None], np.arange((columns + 3) // 6 + 1)
    pick = np.mod(np.abs(np.sin(course * 12.9898 + brick * 78.233)) * 4375.85, 1.0)
    shade = 0.16 * (pick - 0.5)
    even, odd = np.arange(columns) // 6, (np.arange(columns) + 3) // 6
    return np.where(course % 2 == 0, shade[:, even], shade[:, odd])


def _window(
    rng: np.random.Generator,
    wall: Texture,
    style: FacadeStyle,
    centre: float,
    floor: int,
    step: float,
) -> None:
    """One window above the floor line `floor`, with frame, sill and what is behind the glass."""
    half = 0.5 * style.window[0] * step
    tall = style.window[1] * style.storey * TEXELS
    sill = int(floor - 0.28 * style.storey * TEXELS)
    top, left, right = int(sill - tall), int(centre - half), int(centre + half)
    if top < TEXELS // 2:
        return
    cv2.rectangle(wall, (left - 2, top - 2), (right + 2, sill + 2), _tone(style.trim, 1.0), -1)
    lit = rng.random() < style.lit
    glass = np.array([236.0, 196.0, 120.0]) if lit else style.glass * rng.uniform(0.7, 1.35)
    cv2.rectangle(wall, (left, top), (right, sill), _tone(glass, 1.0), -1)
    if not lit:
        cv2.rectangle(wall, (left, top), (right, top + int(0.4 * tall)), _tone(glass, 1.3), -1)
    if rng.random() < 0.3:
        blind = top + int(tall * rng.uniform(0.2, 0.7))
        cv2.rectangle(
            wall, (left, top), (right, blind), _tone(style.trim, rng.uniform(0.6, 0.95)), -1
        )
    if style.kind != "office":
        middle = (left + right) // 2
        cv2.line(wall, (middle, top), (middle, sill), _tone(style.trim, 0.95), 1)
        cv2.line(
            wall,
            (left, (2 * top + sill) // 3),
            (right, (2 * top + sill) // 3),
            _tone(style.trim, 0.95),
            1,
        )
    cv2.rectangle(wall, (left - 4, sill + 2), (right + 4, sill + 4), _tone(style.trim, 0.75), -1)


def _ground_floor(
    rng: np.random.Generator, wall: Texture, style: FacadeStyle, high: int, bays: int
) -> None:
    """Windows at street level and a door in every few bays."""
    rows, columns = wall.shape[:2]
    step = columns / bays
    door_at = int(rng.integers(0, 3))
    for index in range(bays):
        centre = (index + 0.5) * step
        if index % 3 != door_at:
            _window(rng, wall, style, centre, rows, step)
            continue
        half = 0.55 * TEXELS
        colour = rng.uniform(30, 150, 3)
        left, right, top = (
            int(centre - half),
            int(centre + half),
            rows - int(min(2.3 * TEXELS, 0.8 * high)),
        )
        cv2.rectangle(wall, (left - 3, top - 3), (right + 3, rows), _tone(style.trim, 0.95), -1)
        cv2.rectangle(wall, (left, top), (right, rows), _tone(colour, 1.0), -1)
        cv2.rectangle(wall, (left + 3, top + 3), (right - 3, top + 12), _tone(style.glass, 1.2), -1)


def _shop_front(rng: np.random.Generator, wall: Texture, high: int) -> None:
    """Large panes, a fascia with lettering, sometimes an awning."""
    rows, columns = wall.shape[:2]
    top = rows - high
    left = 0
    while left < columns - TEXELS:
        width = min(int(rng.uniform(4.0, 7.5) * TEXELS), columns - left)
        colour = rng.uniform(20, 190, 3)
        fascia = int(0.62 * TEXELS)
        cv2.rectangle(wall, (left, top), (left + width, rows), _tone(colour, 0.8), -1)
        pane = np.array([70.0, 76.0, 80.0]) * rng.uniform(0.6, 1.7)
        panes = max(2, width // int(1.8 * TEXELS))
        for index in range(panes):
            a = left + 5 + index * (width - 8) // panes
            b = left + 1 + (index + 1) * (width - 8) // panes
            low = rows - (2 if index == panes // 2 else TEXELS // 2)
            cv2.rectangle(
                wall, (a, top + fascia + 5), (b, low), _tone(pane, rng.uniform(0.8, 1.2)), -1
            )
            for _ in range(3):
                goods = (int(rng.integers(a, max(b, a + 1))), low - int(rng.uniform(4, 0.5 * high)))
                cv2.rectangle(
                    wall, goods, (goods[0] + 5, low - 2), _tone(rng.uniform(50, 210, 3), 0.8), -1
                )
        letters = 255.0 - colour if rng.random() < 0.5 else np.array([235.0, 230.0, 215.0])
        at = left + int(0.2 * width)
        while at < left + 0.75 * width:
            step = int(rng.integers(4, 9))
            cv2.rectangle(
                wall, (at, top + 3), (at + step - 2, top + fascia - 3), _tone(letters, 0.9), -1
            )
            at += step
        if rng.random() < 0.4:
            _awning(rng, wall, left, width, top + fascia)
        left += width + 4


def _awning(rng: np.random.Generator, wall: Texture, left: int, width: int, top: int) -> None:
    colour = rng.uniform(60, 210, 3)
    stripe = np.array([230.0, 226.0, 215.0])
    for index, column in enumerate(range(left, left + width, 9)):
        right = min(column + 8, left + width)
        cv2.rectangle(
            wall,
            (column, top),
            (right, top + TEXELS),
            _tone(stripe if index % 2 else colour, 1.0),
            -1,
        )


def _tone(colour: Rgb, gain: float) -> tuple[int, int, int]:
    red, green, blue = colour.tolist()
    return (
        int(min(max(red * gain, 0), 255)),
        int(min(max(green * gain, 0), 255)),
        int(min(max(blue * gain, 0), 255)),
    )
