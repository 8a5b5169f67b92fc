"""The names that boxes and label maps refer to."""

from typing import NamedTuple

BOX_CLASSES = ("car", "bus", "person", "bicycle", "sign")
"""What a box can be; `Scene.labels` indexes this tuple."""

LABEL_CLASSES = (
    "sky",
    "building",
    "pole",
    "road",
    "pavement",
    "tree",
    "sign",
    "fence",
    "car",
    "pedestrian",
    "bicyclist",
)
"""CamVid's eleven classes in CamVid's order; `Scene.label_map` holds their indices."""

IGNORE_LABEL = 255
"""Pixels of a label map that no score counts. The renderer leaves none, readers must accept it."""

SCENE_VERSION = 1
"""Counts the changes of the renderer's pixels. A cache of scenes carries it in its key."""

LABEL = {name: index for index, name in enumerate(LABEL_CLASSES)}
"""From a label name to its index."""


class Mark(NamedTuple):
    """What a painted pixel belongs to."""

    label: int
    """Index into `LABEL_CLASSES`."""
    instance: int = 0
    """Number of the annotated object, from 1; 0 for what has no box."""
