"""Rain sets with label maps: pictures that are rainy already, or that our rain is drawn on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
from pydantic import DirectoryPath, Field

from harness.digests import digest_json
from harness.errors import ConfigError, SampleError
from harness.images import READING_VERSION, Picture, read_label_map
from harness.rain_sets.drawn_rain import rain_of
from harness.rain_sets.files import check_folder, digest_of
from harness.rain_sets.matching import Roles, match_by_name
from harness.rain_sets.name_patterns import NamePattern
from harness.rain_sets.source_pictures import SourcePictures
from harness.samples import IGNORE_LABEL, RainSet, Sample

LabelValue = Annotated[int, Field(ge=0, le=255)]


class LabelledRainSet(RainSet):
    """Pictures and label maps in files of their own, matched by name.

    Args:
        name: As it stands in the tables.
        root: The folder that the patterns refer to.
        images: Pattern of the pictures, for example ``images/{id}.jpg``; see `NamePattern`.
        labels: Pattern of the label maps, for example ``labels/{id}.png``.
        classes: Names of the classes, in the order of the label maps' values.
        ignore: Values that no score counts; 255 never counts.
        values: The label maps' value for each class; 0, 1, 2, ... where None.
        clean: Pattern of the clean pictures, where ``images`` are rainy.
        rain: ``light`` or ``heavy`` draws our rain on ``images``, which are then the clean ones.
        rain_seed: Of the drawn rain.
        spare_truth: Pass over a label map or a clean picture without its image, for sets that
            use a part of a larger one's truth. Otherwise it is an id that fails to load.
        description: A sentence for the report.

    Raises:
        ConfigError: If the folder is missing, a pattern is wrong or matches nothing, two files
            would have the same id, or the classes and values contradict each other.
    """

    def __init__(
        self,
        name: str,
        root: DirectoryPath,
        images: str,
        labels: str,
        classes: list[str],
        ignore: Sequence[LabelValue] = (),
        values: list[LabelValue] | None = None,
        clean: str | None = None,
        rain: Literal["none", "light", "heavy"] = "none",
        rain_seed: int = 0,
        spare_truth: bool = False,
        description: str = "",
    ) -> None:
        check_folder(name, root)
        if clean is not None and rain != "none":
            raise ConfigError(f"{name}: give `clean` or `rain`, not both; `images` are rainy once")
        self.name = name
        self.description = description
        self.label_classes = tuple(classes)
        self.has_clean = clean is not None or rain != "none"
        self._rain = rain_of(rain, rain_seed)
        self._class_of = _class_of_values(name, classes, values, ignore)
        pattern = NamePattern(images)
        self._labelled = match_by_name(
            name, root, pattern, NamePattern(labels), Roles("image", "label map"), spare_truth
        )
        self._pairs = None
        if clean is not None:
            roles = Roles("rainy image", "clean image")
            self._pairs = match_by_name(name, root, pattern, NamePattern(clean), roles, spare_truth)
        pair_ids = self._pairs.ids() if self._pairs else ()
        self._ids = tuple(sorted({*self._labelled.ids(), *pair_ids}))

    def ids(self) -> Sequence[str]:
        """Return the ids of all samples, sorted; see `RainSet.ids`."""
        return self._ids

    def key(self, sample_id: str) -> str:
        """Return the digest of the files, the classes and the rain; see `RainSet.key`."""
        source, label_path = self._files(sample_id)
        picture, *clean = source.digests()
        files, rain = [picture, digest_of(label_path), *clean], source.rain_facts()
        return digest_json(["labelled", READING_VERSION, files, self._class_of.tolist(), rain])

    def load(self, sample_id: str) -> Sample:
        """Decode the files and draw the rain, if any; see `RainSet.load`."""
        source, label_path = self._files(sample_id)
        picture = source.read()
        label_map = self._read_label_map(label_path)
        _check_size(label_path, label_map, source.path, picture)
        rainy, clean, notes = source.complete(picture)
        return Sample(sample_id, rainy, clean, label_map=label_map, notes=notes)

    def _files(self, sample_id: str) -> tuple[SourcePictures, Path]:
        """Return the pictures and the label map of a sample."""
        image, labels = self._labelled.couple(sample_id)
        clean = self._pairs.couple(sample_id).partner if self._pairs else None
        return SourcePictures(sample_id, image, clean, self._rain), labels

    def _read_label_map(self, path: Path) -> npt.NDArray[np.uint8]:
        values = read_label_map(path)
        label_map = self._class_of[values]
        if (label_map < 0).any():
            unknown = ", ".join(str(value) for value in np.unique(values[label_map < 0])[:5])
            known = ", ".join(str(value) for value in np.flatnonzero(self._class_of >= 0))
            raise SampleError(
                f"{path}: holds the value {unknown}, which is no class and is not ignored "
                f"(known are {known})"
            )
        return label_map.astype(np.uint8)


def _check_size(
    label_path: Path, label_map: npt.NDArray[np.uint8], path: Path, picture: Picture
) -> None:
    height, width = picture.pixels.shape[:2]
    if label_map.shape != (height, width):
        raise SampleError(
            f"{label_path} is {label_map.shape[1]}x{label_map.shape[0]} but {path} is "
            f"{width}x{height}: a label map has its picture's size"
        )


def _class_of_values(
    name: str, classes: Sequence[str], values: Sequence[int] | None, ignore: Sequence[int]
) -> npt.NDArray[np.int16]:
    """Return for each of 256 values its class, `IGNORE_LABEL`, or -1 where it must not occur."""
    if not 0 < len(classes) <= IGNORE_LABEL or len(set(classes)) < len(classes):
        raise ConfigError(f"{name}: `classes` needs 1 to {IGNORE_LABEL} names, each once")
    if values is None:
        values = range(len(classes))
    if len(values) != len(classes) or len(set(values)) < len(values):
        raise ConfigError(
            f"{name}: `values` must give each of the {len(classes)} classes a value of its own"
        )
    both = sorted({*values} & {*ignore})
    if both:
        raise ConfigError(f"{name}: the value {both[0]} stands for a class and in `ignore`")
    class_of = np.full(256, -1, np.int16)
    class_of[IGNORE_LABEL] = IGNORE_LABEL
    class_of[list(ignore)] = IGNORE_LABEL
    class_of[list(values)] = np.arange(len(classes))
    return class_of
