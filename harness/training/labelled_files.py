"""Pictures of rain sets with their truths, as files that mmdetection and mmsegmentation read."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from harness.derainer import Derainer, quantise
from harness.device import Device
from harness.digests import digest_json
from harness.errors import ConfigError
from harness.images import png_bytes, slug, write_bytes
from harness.samples import Boxes, ImageArray, RainSet, Sample

Shown = Literal["clean", "rainy"]

VERSION = 1
"""Raised whenever the same pictures would become other files."""

NO_TRUTH = 255
"""In a label map."""


@dataclass(frozen=True)
class LabelledPictures:
    """Which pictures of rain sets a model learns from.

    Attributes:
        rain_sets: One after the other.
        shown: The clean pictures or the rainy ones.
        derainer: Restores the shown ones first, where there is one.
        classes: The model's, in its order; objects and pixels of others do not count.
        device: Of the derainer.

    Raises:
        ConfigError: If the sets differ in the kinds of truths that they have, clean pictures are
            wanted and not known, or no set has any class of the model.
    """

    rain_sets: Sequence[RainSet]
    shown: Shown
    derainer: Derainer | None
    classes: Sequence[str]
    device: Device

    def __post_init__(self) -> None:
        _check(self)

    def digest(self) -> str:
        """Return a digest of all that determines the shown pictures."""
        keys = [[one.key(sample_id) for sample_id in one.ids()] for one in self.rain_sets]
        restored = None if self.derainer is None else self.derainer.fingerprint()
        return digest_json([VERSION, self.shown, restored, keys])


class LabelledFolder(NamedTuple):
    """Where pictures and truths lie.

    Attributes:
        images: Holds ``<name>.png`` (RGB).
        truths: Holds ``label_maps/<name>.png``, indices into the model's classes and 255 where
            nothing counts, where the sets have label maps; and ``boxes.json`` (COCO's format, the
            model's classes in its order, ``iscrowd`` for objects that need not be found).
    """

    images: Path
    truths: Path


class _Place(NamedTuple):
    """Where one picture comes from and what its files are called."""

    rain_set: RainSet
    sample_id: str
    name: str


def write_labelled(root: Path, pictures: LabelledPictures) -> LabelledFolder:
    """Write pictures and truths, going on where an earlier call stopped.

    Models with other classes share the pictures.

    Args:
        root: Parent of the folders of all pictures.
        pictures: Which.

    Raises:
        SampleError: If a picture or its truth cannot be read.
    """
    own = root / pictures.digest()[:16]
    classes = digest_json(list(pictures.classes))[:8]
    folder = LabelledFolder(own / "images", own / f"truths-{classes}")
    boxes_file = folder.truths / "boxes.json"
    if boxes_file.exists():
        return folder
    places = list(_places(pictures.rain_sets))
    for place in places:
        if not _record(folder, place).exists():
            _write_one(folder, place, pictures)
    content = _coco([_record(folder, place) for place in places], pictures.classes)
    write_bytes(boxes_file, json.dumps(content).encode())
    return folder


def _check(pictures: LabelledPictures) -> None:
    sets, first = pictures.rain_sets, pictures.rain_sets[0]
    for one in sets:
        if pictures.shown == "clean" and not one.has_clean:
            raise ConfigError(f"{one.name}: has no clean pictures, which are to be learned from")
        for kind in ("box_classes", "label_classes"):
            if (getattr(one, kind) is None) != (getattr(first, kind) is None):
                noun = "boxes" if kind == "box_classes" else "label maps"
                raise ConfigError(
                    f"{first.name}, {one.name}: one has {noun} and the other none; learn from sets "
                    "that have the same truths"
                )
    there = {
        name for one in sets for name in (*(one.box_classes or ()), *(one.label_classes or ()))
    }
    if not there & set(pictures.classes):
        raise ConfigError(
            f"{first.name}: has the classes {', '.join(sorted(there)) or 'none'}, and the model "
            f"{', '.join(pictures.classes)}; none is in both"
        )


def _places(rain_sets: Sequence[RainSet]) -> Iterator[_Place]:
    for number, rain_set in enumerate(rain_sets):
        for sample_id in rain_set.ids():
            yield _Place(rain_set, sample_id, f"{number}-{slug(sample_id)}")


def _record(folder: LabelledFolder, place: _Place) -> Path:
    return folder.truths / "records" / f"{place.name}.json"


def _write_one(folder: LabelledFolder, place: _Place, pictures: LabelledPictures) -> None:
    """Write one picture, its record last: that says that the rest is there."""
    cv2.setNumThreads(1)
    rain_set, sample = place.rain_set, place.rain_set.load(place.sample_id)
    image_file = folder.images / f"{place.name}.png"
    if not image_file.exists():
        write_bytes(image_file, png_bytes(_shown(sample, pictures)))
    if sample.label_map is not None:
        numbers = _numbers(rain_set.label_classes or (), pictures.classes, fill=NO_TRUTH)
        label_map = numbers.astype(np.uint8)[sample.label_map]
        write_bytes(folder.truths / "label_maps" / f"{place.name}.png", png_bytes(label_map))
    height, width = sample.rainy.shape[:2]
    record = {
        "image": {"file_name": f"{place.name}.png", "width": width, "height": height},
        "objects": _objects(sample.boxes, rain_set.box_classes or (), pictures.classes),
    }
    write_bytes(_record(folder, place), json.dumps(record).encode())


def _shown(sample: Sample, pictures: LabelledPictures) -> ImageArray:
    if pictures.shown == "clean":
        if sample.clean is None:
            raise ConfigError(f"{sample.id}: has no clean picture")
        sample = Sample(sample.id, sample.clean)
    if pictures.derainer is None:
        return sample.rainy
    (restored,) = pictures.derainer.restore_samples(
        [Sample(sample.id, sample.rainy)], pictures.device
    )
    return quantise(restored, "round")


def _numbers(theirs: Sequence[str], classes: Sequence[str], fill: int) -> npt.NDArray[np.int64]:
    """Return the model's index of each of 256 label values of a set, ``fill`` where it has none."""
    numbers = np.full(256, fill)
    for value, name in enumerate(theirs):
        if name in classes:
            numbers[value] = classes.index(name)
    return numbers


def _objects(
    boxes: Boxes | None, theirs: Sequence[str], classes: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the objects of classes that the model has, as COCO writes them."""
    if boxes is None:
        return []
    numbers = _numbers(theirs, classes, fill=-1)
    return [
        {
            "category_id": int(numbers[label]) + 1,
            "bbox": [float(x1), float(y1), float(x2 - x1), float(y2 - y1)],
            "area": float(area),
            "iscrowd": int(ignore),
        }
        for (x1, y1, x2, y2), label, ignore, area in zip(
            boxes.xyxy.astype(np.float64), boxes.labels, boxes.ignore, boxes.areas, strict=True
        )
        if numbers[label] >= 0
    ]


def _coco(records: Sequence[Path], classes: Sequence[str]) -> dict[str, Any]:
    """Join the pictures' records to one COCO annotation file."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, path in enumerate(records, start=1):
        record = json.loads(path.read_text())
        images.append({"id": image_id, **record["image"]})
        for one in record["objects"]:
            annotations.append({"id": len(annotations) + 1, "image_id": image_id, **one})
    categories = [{"id": i, "name": name} for i, name in enumerate(classes, start=1)]
    return {"images": images, "annotations": annotations, "categories": categories}
