"""Colours that mean the same thing in every plot and picture of a report."""

import colorsys
from collections.abc import Sequence

from harness.run_folder.run_data import RunData

RGB = tuple[int, int, int]

DERAINER_COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#332288",
    "#999933",
    "#882255",
)
"""Okabe and Ito's colours without black and yellow, then three of Tol's: apart for every eye."""

REFERENCE_COLOUR = "#6B6B6B"
MARKERS = ("o", "s", "D", "^", "v", "P", "X")

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


def derainer_style(run: RunData) -> dict[str, tuple[str, str]]:
    """Return the colour and the marker of every derainer, by its name.

    Past the ninth, colours come back with another marker.
    """
    style = {entry.name: (REFERENCE_COLOUR, "o") for entry in run.references}
    for index, entry in enumerate(run.derainers):
        turn, place = divmod(index, len(DERAINER_COLOURS))
        style[entry.name] = (DERAINER_COLOURS[place], MARKERS[turn % len(MARKERS)])
    return style


def _spread(index: int) -> RGB:
    """Return the colour of a class without one of its own: hues by the golden angle."""
    red, green, blue = colorsys.hsv_to_rgb(index * 0.381966 % 1, 0.65, 0.75)
    return (round(255 * red), round(255 * green), round(255 * blue))


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


def css(colour: RGB) -> str:
    """Write a colour as CSS does.

    >>> css((255, 0, 16))
    '#ff0010'
    """
    return "#{:02x}{:02x}{:02x}".format(*colour)
