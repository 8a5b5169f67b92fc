"""The boxes of a rain set: what an annotation says of each of its pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from harness.errors import ConfigError, SampleError
from harness.images import Picture
from harness.nearest import nearest
from harness.rain_sets.annotated_images import AnnotatedImage
from harness.samples import Boxes
from harness.spelling import plain


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

    def ids(self) -> set[str]:
        """Return the ids that it says something of."""
        return {*self.images, *self.lost}

    def attributes(self, sample_id: str) -> Mapping[str, object]:
        """Return what is said of a picture beside its boxes, for example its weather."""
        return self.images[sample_id].attributes if sample_id in self.images else {}

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


def wanted_names(
    name: str,
    source: Path,
    known: Sequence[str],
    classes: Sequence[str] | Mapping[str, str] | None,
    rename: Mapping[str, str] | None,
    rename_may_miss: bool = False,
) -> dict[str, str]:
    """Return the classes that count: from the annotations' names to those of the set.

    Args:
        name: Of the rain set, for errors.
        source: Where the annotations come from, for errors.
        known: The names that these have.
        classes: Those that count, or their new names; all where None.
        rename: New names of some; the others stay.
        rename_may_miss: Let names of ``rename`` be none of the annotations'.

    Raises:
        ConfigError: If ``classes`` or ``rename`` has a name that is none of the annotations'.
    """
    if rename is not None:
        rename = {plain(one): plain(meant) for one, meant in rename.items()}
        for one in rename:
            if known and one not in known and not rename_may_miss:
                raise ConfigError(
                    f"{name}: `rename`: no box of {source} is called {one!r}{nearest(one, known)} "
                    f"(called so are {', '.join(known)}); `rename_may_miss: true` lets entries fit "
                    "nothing"
                )
        return {one: rename.get(one, one) for one in known}
    if classes is None:
        return {one: one for one in known}
    pairs = classes.items() if isinstance(classes, Mapping) else zip(classes, classes, strict=True)
    wanted = {plain(one): plain(meant) for one, meant in pairs}
    if not wanted or not all(one.strip() for one in wanted.values()):
        raise ConfigError(
            f"{name}: `classes` of the boxes names nothing: {classes!r}; leave it out"
        )
    for one in wanted:
        if one not in known:
            raise ConfigError(
                f"{name}: no box of {source} is called {one!r}{nearest(one, known)} (called so "
                f"are {', '.join(known)})"
            )
    return wanted


def left_out_notice(known: Sequence[str], wanted: Mapping[str, str]) -> tuple[str, ...]:
    """Return a line on the classes that do not count, none where all do."""
    left_out = [one for one in known if one not in wanted]
    line = f"boxes left out, as `classes` does not name them: {', '.join(left_out)}"
    return (line,) * bool(left_out)


def under_names(truth: BoxTruth, wanted: Mapping[str, str]) -> BoxTruth:
    """Return boxes under other names, without the classes that are not wanted.

    Args:
        truth: Under the annotations' names.
        wanted: From the annotations' names to those of the set; several may become one.
    """
    classes = tuple(dict.fromkeys(wanted.values()))
    new_label = np.array(
        [classes.index(wanted[one]) if one in wanted else -1 for one in truth.classes], np.int64
    )
    images = {sample_id: _relabelled(image, new_label) for sample_id, image in truth.images.items()}
    notices = truth.notices + left_out_notice(truth.classes, wanted)
    return replace(truth, classes=classes, images=images, notices=notices)


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
