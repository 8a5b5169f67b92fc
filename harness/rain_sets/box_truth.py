"""The boxes of a rain set: what an annotation says of each of its pictures."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from harness.errors import ConfigError, SampleError
from harness.images import Picture
from harness.nearest import nearest
from harness.rain_sets.annotated_images import AnnotatedImage
from harness.samples import Boxes


@dataclass(frozen=True)
class BoxTruth:
    """Boxes by sample id.

    Attributes:
        classes: Their names; `AnnotatedImage.labels` are indices into them.
        images: What the annotations say, by sample id.
        source: The file with the annotations, or the folder of those that have one a picture.
        lost: For an id without annotation, or one without picture, why.
        notices: What a reader of the figures must know.
    """

    classes: tuple[str, ...]
    images: Mapping[str, AnnotatedImage]
    source: Path
    lost: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    def image(self, sample_id: str) -> AnnotatedImage:
        """Return what is said of a sample.

        Raises:
            SampleError: If that is unusable.
        """
        image = self.images[sample_id]
        if image.problem:
            raise SampleError(f"{image.file_name}: {image.problem} ({self.source})")
        return image

    def facts(self, sample_id: str) -> list[object]:
        """Return what determines the boxes of a sample, for its key."""
        image = self.image(sample_id)
        return [image.digest(), image.size, self.classes]

    def read(self, sample_id: str, path: Path, picture: Picture) -> Boxes:
        """Return the boxes of a sample in its picture's pixels.

        Raises:
            SampleError: If they do not fit the picture; see `AnnotatedImage.boxes_in`.
        """
        return self.image(sample_id).boxes_in(picture, path, self.source)


def with_classes(name: str, truth: BoxTruth, wanted: Mapping[str, str]) -> BoxTruth:
    """Return boxes under other names, without the classes that are not wanted.

    Args:
        name: Of the rain set, for errors.
        truth: Under the annotations' names.
        wanted: From the annotations' names to those of the set; several may become one.

    Raises:
        ConfigError: If a name is none of the annotations'.
    """
    for known in wanted:
        if known not in truth.classes:
            raise ConfigError(
                f"{name}: no box of {truth.source} is called {known!r}"
                f"{nearest(known, truth.classes)} (called so are {', '.join(truth.classes)})"
            )
    classes = tuple(dict.fromkeys(wanted.values()))
    new_label = np.array(
        [classes.index(wanted[one]) if one in wanted else -1 for one in truth.classes], np.int64
    )
    images = {sample_id: _relabelled(image, new_label) for sample_id, image in truth.images.items()}
    left_out = [one for one in truth.classes if one not in wanted]
    notice = (f"boxes left out, as `classes` does not name them: {', '.join(left_out)}",)
    notices = truth.notices + notice * bool(left_out)
    return replace(truth, classes=classes, images=images, notices=notices)


def renamed(name: str, truth: BoxTruth, other_names: Mapping[str, str]) -> BoxTruth:
    """Return boxes with some classes under other names; two of one name become one.

    Args:
        name: Of the rain set, for errors.
        truth: Under the annotations' names.
        other_names: From the annotations' names to those of the set; not all need occur.

    Raises:
        ConfigError: If none of them occurs.
    """
    if truth.classes and not set(other_names) & set(truth.classes):
        raise ConfigError(
            f"{name}: `rename` names no class of {truth.source}, which has "
            f"{', '.join(truth.classes)}"
        )
    return with_classes(name, truth, {one: other_names.get(one, one) for one in truth.classes})


def _relabelled(image: AnnotatedImage, new_label: npt.NDArray[np.int64]) -> AnnotatedImage:
    labels = new_label[image.labels] if len(image.labels) else image.labels
    kept = labels >= 0
    return replace(
        image,
        xywh=image.xywh[kept],
        labels=labels[kept],
        crowd=image.crowd[kept],
        areas=image.areas[kept],
    )
