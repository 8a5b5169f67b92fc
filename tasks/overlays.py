"""Boxes and label maps as overlays that are laid over a picture."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from tasks.class_colours import RGB

Overlay = npt.NDArray[np.uint8]
"""(h, w, 4) RGBA, transparent where the picture shows through."""

WIDTH = 480
"""Pixels of an overlay at the least; lines and letters are so wide at this width."""
LINE, LETTERS = 3, 19
NARROWEST_NAMED = 44
"""Boxes narrower than this, at that width, carry no name: the legend tells their colour."""

OPACITY = 0.65
"""Of a label map's colours."""


class Box(NamedTuple):
    """A box to draw: left, top, right, bottom in the picture's pixels, and its class."""

    left: float
    top: float
    right: float
    bottom: float
    label: str


def boxes_of(xyxy: npt.NDArray[np.floating], labels: Sequence[str]) -> list[Box]:
    """Return (N, 4) corners and N names as boxes."""
    corners = np.asarray(xyxy, np.float64).reshape(-1, 4).tolist()
    return [
        Box(left, top, right, bottom, label)
        for (left, top, right, bottom), label in zip(corners, labels, strict=True)
    ]


def draw_boxes(size: tuple[int, int], boxes: Sequence[Box], colours: Mapping[str, RGB]) -> Overlay:
    """Return an overlay with every box outlined and, if it is wide, named.

    Args:
        size: Height and width of the picture, in pixels.
        boxes: The last is on top.
        colours: By class; white where there is none.
    """
    height, width = size
    scale = max(1.0, WIDTH / width)
    drawn = (round(width * scale), max(1, round(height * scale)))
    overlay = Image.new("RGBA", drawn, (0, 0, 0, 0))
    pen, unit = ImageDraw.Draw(overlay), drawn[0] / WIDTH
    line, letters, margin = (max(1, round(one * unit)) for one in (LINE, LETTERS, 5))
    font = ImageFont.load_default(letters)
    for box in boxes:
        left, top, right, bottom = (side * scale for side in box[:4])
        right, bottom = max(left, right - 1), max(top, bottom - 1)
        colour = (*colours.get(box.label, (255, 255, 255)), 255)
        black = (0, 0, 0, 255)
        pen.rectangle((left - 1, top - 1, right + 1, bottom + 1), outline=black, width=line + 2)
        pen.rectangle((left, top, right, bottom), outline=colour, width=line)
        if right - left < NARROWEST_NAMED * unit:
            continue
        above = top - letters - margin if top > letters + margin else top
        end = pen.textlength(box.label, font=font) + 2 * line + 2
        pen.rectangle((left, above, left + end, above + letters + margin), fill=colour)
        pen.text((left + line + 1, above + 1), box.label, fill=black, font=font)
    return np.asarray(overlay)


def draw_label_map(label_map: npt.NDArray[np.integer], palette: Sequence[RGB]) -> Overlay:
    """Return an overlay with the colour of every pixel's class.

    Args:
        label_map: (H, W); what is no index of the palette stays transparent.
        palette: The classes' colours.
    """
    colours = np.zeros((len(palette) + 1, 4), np.uint8)
    colours[:-1, :3] = np.asarray(palette, np.uint8).reshape(-1, 3)
    colours[:-1, 3] = round(255 * OPACITY)
    whole = colours.view(np.uint32)[:, 0]  # four bytes at a time, in a third of the time
    pixels = whole.take(np.minimum(label_map, len(palette)))
    overlay: Overlay = pixels.view(np.uint8).reshape(*label_map.shape, 4)
    return overlay
