"""The colours in which classes are drawn."""

import colorsys
from collections.abc import Sequence

RGB = tuple[int, int, int]
"""Red, green and blue in 0..255."""

CAMVID: dict[str, RGB] = {
    "sky": (128, 128, 128),
    "building": (128, 0, 0),
    "pole": (192, 192, 128),
    "road": (128, 64, 128),
    "pavement": (60, 40, 222),
    "tree": (128, 128, 0),
    "sign": (192, 128, 128),
    "fence": (64, 64, 128),
    "car": (64, 0, 128),
    "pedestrian": (64, 64, 0),
    "bicyclist": (0, 128, 192),
}
CAMVID_SYNONYMS = {
    "sidewalk": "pavement",
    "vegetation": "tree",
    "signsymbol": "sign",
    "traffic sign": "sign",
    "person": "pedestrian",
    "rider": "bicyclist",
}

BOX_COLOURS: tuple[RGB, ...] = (
    (255, 194, 10),
    (64, 224, 255),
    (255, 110, 180),
    (120, 255, 120),
    (255, 130, 60),
    (190, 150, 255),
    (255, 255, 255),
    (0, 230, 170),
)
"""Bright, for thin lines on photographs."""


def label_colours(classes: Sequence[str]) -> dict[str, RGB]:
    """Return CamVid's colours for the classes of a label map, others where CamVid has none.

    >>> label_colours(["Road", "sidewalk"])
    {'Road': (128, 64, 128), 'sidewalk': (60, 40, 222)}
    """
    names = [CAMVID_SYNONYMS.get(name.lower(), name.lower()) for name in classes]
    return {
        name: CAMVID.get(known, _spread(index))
        for index, (name, known) in enumerate(zip(classes, names, strict=True))
    }


def box_colours(classes: Sequence[str]) -> dict[str, RGB]:
    """Return the colour of every class of boxes, by its name."""
    return {name: BOX_COLOURS[index % len(BOX_COLOURS)] for index, name in enumerate(classes)}


def _spread(index: int) -> RGB:
    """Return the colour of a class without one of its own: hues by the golden angle."""
    red, green, blue = colorsys.hsv_to_rgb(index * 0.381966 % 1, 0.65, 0.75)
    return (round(255 * red), round(255 * green), round(255 * blue))
