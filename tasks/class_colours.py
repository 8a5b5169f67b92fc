"""The colours in which classes are drawn."""

import colorsys
from collections.abc import Sequence

RGB = tuple[int, int, int]
"""Red, green and blue in 0..255."""

STREET: dict[str, RGB] = {
    "sky": (150, 205, 250),
    "building": (142, 0, 11),
    "pole": (235, 225, 150),
    "road": (112, 112, 118),
    "pavement": (194, 216, 212),
    "tree": (20, 105, 50),
    "sign": (250, 190, 0),
    "fence": (170, 120, 30),
    "car": (36, 10, 154),
    "pedestrian": (186, 12, 173),
    "bicyclist": (0, 150, 230),
}
"""Of CamVid's classes. Any two are at least 20 apart in CIELAB, also as protanopes and
deuteranopes see them (Machado et al. 2009); of CamVid's own colours some are at 6."""

STREET_SYNONYMS = {
    "sidewalk": "pavement",
    "vegetation": "tree",
    "signsymbol": "sign",
    "traffic sign": "sign",
    "person": "pedestrian",
    "rider": "bicyclist",
}

BOX_COLOURS: tuple[RGB, ...] = (
    (255, 201, 0),
    (64, 224, 255),
    (205, 105, 166),
    (103, 255, 149),
    (243, 118, 50),
    (161, 133, 250),
    (242, 251, 238),
    (31, 189, 128),
)
"""Bright, for thin lines on photographs."""


def label_colours(classes: Sequence[str]) -> dict[str, RGB]:
    """Return the colours of the classes of a label map: of `STREET`, or others where it has none.

    >>> label_colours(["Road", "sidewalk"])
    {'Road': (112, 112, 118), 'sidewalk': (194, 216, 212)}
    """
    names = [STREET_SYNONYMS.get(name.lower(), name.lower()) for name in classes]
    return {
        name: STREET.get(known, _spread(index))
        for index, (name, known) in enumerate(zip(classes, names, strict=True))
    }


def box_colours(classes: Sequence[str]) -> dict[str, RGB]:
    """Return the colour of every class of boxes, by its name."""
    return {name: BOX_COLOURS[index % len(BOX_COLOURS)] for index, name in enumerate(classes)}


def _spread(index: int) -> RGB:
    """Return the colour of a class without one of its own: hues by the golden angle."""
    red, green, blue = colorsys.hsv_to_rgb(index * 0.381966 % 1, 0.65, 0.75)
    return (round(255 * red), round(255 * green), round(255 * blue))
