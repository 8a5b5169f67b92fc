"""Boxes from a COCO JSON file, checked once, kept as arrays.

The format: https://cocodataset.org/#format-data (section "Object Detection").
"""

import json
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, TypeGuard

import numpy as np
import numpy.typing as npt

from harness.digests import digest_arrays
from harness.errors import ConfigError
from harness.samples import Boxes


@dataclass(frozen=True)
class AnnotatedImage:
    """What the JSON says of one image.

    Attributes:
        file_name: Below the image folder.
        size: (height, width) in pixels, or None where the JSON does not say.
        xywh: (N, 4) float64, as in the JSON.
        labels: (N,) int64, indices into the classes.
        crowd: (N,) bool.
        areas: (N,) float64, square pixels.
        problem: Why the annotations are unusable, or None.
    """

    file_name: str
    size: tuple[int, int] | None
    xywh: npt.NDArray[np.float64]
    labels: npt.NDArray[np.int64]
    crowd: npt.NDArray[np.bool_]
    areas: npt.NDArray[np.float64]
    problem: str | None = None

    def boxes(self) -> Boxes:
        """Return the boxes as corners, in the JSON's order."""
        corners = self.xywh.copy()
        corners[:, 2:] += corners[:, :2]
        return Boxes(corners.astype(np.float32), self.labels, self.crowd, self.areas)

    def digest(self) -> str:
        """Return the digest of the arrays."""
        return digest_arrays(self.xywh, self.labels, self.crowd, self.areas)

    def outside(self, height: int, width: int, tolerance: float = 1.0) -> str | None:
        """Return which box leaves a picture by more than ``tolerance`` pixels, None for none."""
        left, top, wide, high = self.xywh.T
        over = np.stack([-left, -top, left + wide - width, top + high - height]).max(axis=0)
        if not (over > tolerance).any():
            return None
        first = int(np.flatnonzero(over > tolerance)[0])
        box = ", ".join(f"{value:g}" for value in self.xywh[first])
        return f"the box [{box}] (x, y, width, height) leaves the {width}x{height} picture"


@dataclass(frozen=True)
class CocoAnnotations:
    """The content of a COCO JSON file.

    Attributes:
        classes: Names of the categories, in the order of their ids.
        images: By sample id, the name of the image file without folder and extension; sorted.
    """

    classes: tuple[str, ...]
    images: Mapping[str, AnnotatedImage]


def read_coco(name: str, path: Path) -> CocoAnnotations:
    """Read and check a COCO JSON file.

    Args:
        name: Of the rain set, for errors.
        path: Of the JSON file.

    Raises:
        ConfigError: If the file is no COCO JSON, an annotation refers to an unknown image or
            category, or ids or file names come twice.
    """
    where = f"{name}: {path}"
    content = _parse(where, path)
    categories = _by_id(where, "categories", content["categories"], "name")
    images = _by_id(where, "images", content["images"], "file_name")
    ordered = sorted(categories)
    label_of = {category: index for index, category in enumerate(ordered)}
    of_image: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for annotation in _annotations(where, content["annotations"], images, label_of):
        of_image[annotation["image_id"]].append(annotation)
    by_sample: dict[str, AnnotatedImage] = {}
    for image_id, image in images.items():
        file_name: str = image["file_name"]
        sample_id = PurePosixPath(file_name).stem
        if sample_id in by_sample:
            raise ConfigError(
                f"{where}: {by_sample[sample_id].file_name!r} and {file_name!r} would both have "
                f"the id {sample_id!r}; rename one"
            )
        by_sample[sample_id] = _annotated(image, of_image[image_id], label_of)
    if not by_sample:
        raise ConfigError(f"{where}: `images` is empty")
    classes = tuple(categories[category]["name"] for category in ordered)
    return CocoAnnotations(classes, dict(sorted(by_sample.items())))


def _parse(where: str, path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{where}: cannot be read ({error.strerror})") from error
    except json.JSONDecodeError as error:
        raise ConfigError(
            f"{where}: is no JSON (line {error.lineno}, column {error.colno}: {error.msg}); "
            "fetch it again"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{where}: is no JSON (it is not UTF-8 text)") from error
    for key in ("images", "annotations", "categories"):
        if not isinstance(content, dict) or not isinstance(content.get(key), list):
            raise ConfigError(f"{where}: has no list `{key}`, so it is no COCO detection file")
    found: Mapping[str, Any] = content
    return found


def _by_id(
    where: str, key: str, entries: Sequence[Any], named_by: str
) -> dict[int, Mapping[str, Any]]:
    by_id: dict[int, Mapping[str, Any]] = {}
    for position, entry in enumerate(entries):
        for field, kind in (("id", int), (named_by, str)):
            if not isinstance(entry, dict) or not isinstance(entry.get(field), kind):
                shown = "integer" if kind is int else "text"
                raise ConfigError(f"{where}: {key}[{position}] has no {shown} `{field}`")
        if entry["id"] in by_id:
            raise ConfigError(f"{where}: two entries of `{key}` have the id {entry['id']}")
        by_id[entry["id"]] = entry
    return by_id


def _annotations(
    where: str,
    annotations: Sequence[Any],
    images: Mapping[int, Any],
    label_of: Mapping[int, int],
) -> Sequence[Mapping[str, Any]]:
    """Return the annotations once every one of them refers to an image and a category."""
    seen: set[int] = set()
    for position, annotation in enumerate(annotations):
        if not isinstance(annotation, dict):
            raise ConfigError(f"{where}: annotations[{position}] is no object")
        number = annotation.get("id")
        shown = f"annotations[{position}]" if number is None else f"annotation {number!r}"
        for field, key, known in (
            ("image_id", "images", images),
            ("category_id", "categories", label_of),
        ):
            value = annotation.get(field)
            if not isinstance(value, int) or value not in known:
                raise ConfigError(
                    f"{where}: {shown} is of {field} {value!r}, which `{key}` does not list"
                )
        if isinstance(number, int):
            if number in seen:
                raise ConfigError(f"{where}: two annotations have the id {number}")
            seen.add(number)
    return annotations


def _annotated(
    image: Mapping[str, Any],
    annotations: Sequence[Mapping[str, Any]],
    label_of: Mapping[int, int],
) -> AnnotatedImage:
    height, width = image.get("height"), image.get("width")
    size = (int(height), int(width)) if _is_finite(height) and _is_finite(width) else None
    problem = next(filter(None, map(_box_problem, annotations)), None)
    usable = [] if problem else annotations
    boxes = [[float(side) for side in annotation["bbox"]] for annotation in usable]
    areas = [
        float(annotation.get("area", box[2] * box[3]))
        for annotation, box in zip(usable, boxes, strict=True)
    ]
    return AnnotatedImage(
        file_name=image["file_name"],
        size=size,
        xywh=np.array(boxes, np.float64).reshape(-1, 4),
        labels=np.array([label_of[one["category_id"]] for one in usable], np.int64),
        crowd=np.array([bool(one.get("iscrowd", 0)) for one in usable], np.bool_),
        areas=np.array(areas, np.float64),
        problem=problem,
    )


def _box_problem(annotation: Mapping[str, Any]) -> str | None:
    box, area = annotation.get("bbox"), annotation.get("area", 0)
    shown = f"annotation {annotation.get('id', '(without id)')}"
    if not isinstance(box, list) or len(box) != 4 or not all(_is_finite(side) for side in box):
        return f"{shown} has the bbox {box!r}: it needs four finite numbers x, y, width, height"
    if box[2] < 0 or box[3] < 0:
        return f"{shown} has the bbox {box!r}: its width and height must not be negative"
    if not _is_finite(area) or area < 0:
        return f"{shown} has the area {area!r}: it must be a finite number from 0"
    return None


def _is_finite(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and math.isfinite(value)
