"""Boxes around the objects of Cityscapes' instance maps.

In ``*_gtFine_instanceIds.png`` the pixels of an object have the value class x 1000 + number, and
those of a group whose members nobody told apart the value of the class alone
(cityscapesScripts, preparation/json2instanceImg.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from harness.images import Picture, read_label_map
from harness.rain_sets.files import digest_of
from harness.rain_sets.known_classes import CITYSCAPES_INSTANCES
from harness.rain_sets.map_truths import check_map_size
from harness.samples import Boxes

_FIRST_OBJECT = 1000
"""A value from here on is an object; one below is a group, which need not be found."""


@dataclass(frozen=True)
class InstanceMaps:
    """Boxes by sample id, read from instance maps when a sample is loaded.

    Attributes:
        classes: Their names.
        names: From Cityscapes' names to those of ``classes``; others do not count.
        paths: The maps.
        lost: For an id without its map, or one without picture, why.
        notices: What a reader of the figures must know.
    """

    classes: tuple[str, ...]
    names: Mapping[str, str]
    paths: Mapping[str, Path]
    lost: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    def ids(self) -> set[str]:
        """Return the ids that it says something of."""
        return {*self.paths, *self.lost}

    def attributes(self, sample_id: str) -> Mapping[str, object]:
        """Return what is said of a picture beside its boxes: nothing."""
        return {}

    def facts(self, sample_id: str) -> list[object]:
        """Return what determines the boxes of a sample, for its key."""
        return [digest_of(self.paths[sample_id]), sorted(self.names.items()), self.classes]

    def read(self, sample_id: str, path: Path, picture: Picture) -> Boxes:
        """Return the boxes of a sample in its picture's pixels.

        Raises:
            SampleError: If its map cannot be read, or has another size than its picture.
        """
        values = read_label_map(self.paths[sample_id])
        check_map_size(self.paths[sample_id], "instance map", values, path, picture)
        label_of = {
            CITYSCAPES_INSTANCES[known]: self.classes.index(name)
            for known, name in self.names.items()
        }
        return boxes_of_instances(values, label_of)


def boxes_of_instances(values: npt.NDArray[np.integer], label_of: Mapping[int, int]) -> Boxes:
    """Return the boxes around the objects of an instance map.

    A box reaches around all pixels of its object, and the area is their number, as in COCO. Groups
    need not be found.

    Args:
        values: (H, W), as Cityscapes has them.
        label_of: From Cityscapes' value of a class to its index; others do not count.

    >>> values = np.zeros((4, 6), np.uint16)
    >>> values[1:3, 2:5], values[3, 0] = 26001, 24
    >>> found = boxes_of_instances(values, {26: 0, 24: 1})
    >>> found.xyxy.tolist(), found.labels.tolist(), found.ignore.tolist(), found.areas.tolist()
    ([[0.0, 3.0, 1.0, 4.0], [2.0, 1.0, 5.0, 3.0]], [1, 0], [True, False], [1.0, 6.0])
    """
    values = values.astype(np.int64)
    class_values = np.where(values >= _FIRST_OBJECT, values // _FIRST_OBJECT, values)
    rows, columns = np.nonzero(np.isin(class_values, list(label_of)))
    objects, member, sizes = np.unique(
        values[rows, columns], return_inverse=True, return_counts=True
    )
    first = np.full((len(objects), 2), np.iinfo(np.int64).max)
    last = np.full((len(objects), 2), -1)
    for axis, places in enumerate((columns, rows)):
        np.minimum.at(first[:, axis], member, places)
        np.maximum.at(last[:, axis], member, places)
    of_class = np.where(objects >= _FIRST_OBJECT, objects // _FIRST_OBJECT, objects)
    return Boxes(
        np.hstack([first, last + 1]).astype(np.float32),
        np.array([label_of[int(value)] for value in of_class], np.int64),
        objects < _FIRST_OBJECT,
        sizes.astype(np.float64),
    )
