"""Classes of the label maps and instance maps that have a name of their own."""

from collections.abc import Mapping

from harness.streets.scenes import LABEL_CLASSES

CAMVID_CLASSES = LABEL_CLASSES
"""In the order of SegNet's label values 0 to 10; 11 is unlabelled. The streets take theirs over."""

CITYSCAPES_CLASSES: Mapping[str, int] = {
    "road": 7,
    "sidewalk": 8,
    "building": 11,
    "wall": 12,
    "fence": 13,
    "pole": 17,
    "traffic light": 19,
    "traffic sign": 20,
    "vegetation": 21,
    "terrain": 22,
    "sky": 23,
    "person": 24,
    "rider": 25,
    "car": 26,
    "truck": 27,
    "bus": 28,
    "train": 31,
    "motorcycle": 32,
    "bicycle": 33,
}
"""The classes that the benchmark scores, with their value in ``*_gtFine_labelIds.png``
(cityscapesScripts, helpers/labels.py); the other values from 0 to 33 do not count."""

CITYSCAPES_INSTANCES: Mapping[str, int] = {
    "person": 24,
    "rider": 25,
    "car": 26,
    "truck": 27,
    "bus": 28,
    "caravan": 29,
    "trailer": 30,
    "train": 31,
    "motorcycle": 32,
    "bicycle": 33,
}
"""The classes whose objects are told apart in ``*_gtFine_instanceIds.png`` (``hasInstances`` of the
same file)."""

CITYSCAPES_DETECTED = tuple(one for one in CITYSCAPES_INSTANCES if one in CITYSCAPES_CLASSES)
"""Those of them that the benchmark scores: without caravan and trailer."""
