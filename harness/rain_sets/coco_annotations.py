"""Boxes from a COCO JSON file, checked once, kept as arrays.

The format: https://cocodataset.org/#format-data (section "Object Detection").
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from harness.errors import ConfigError
from harness.rain_sets.annotated_images import AnnotatedImage, StatedBox, image_of
from harness.rain_sets.inside_folder import relative_name
from harness.rain_sets.stated_values import Size, flag_of, number_of, size_of, whole_number_of
from harness.spelling import plain
from harness.text_files import read_json

_OF_THE_FORMAT = {"id", "file_name", "width", "height", "license", "flickr_url", "coco_url"}
"""Keys of an image that say nothing of what it shows."""

_FEWEST_FOR_CORNERS = 4
"""Boxes from which on it is no chance that all of them fit as corners."""


@dataclass(frozen=True)
class CocoAnnotations:
    """The content of a COCO JSON file.

    Attributes:
        classes: Names of the categories, each once, in the order of their ids.
        images: By sample id, the name of the image file without folder and extension; with its
            folder where two images of the file share a name. Sorted.
        notices: What a reader of the figures must know.
    """

    classes: tuple[str, ...]
    images: Mapping[str, AnnotatedImage]
    notices: tuple[str, ...] = ()


def read_coco(name: str, path: Path) -> CocoAnnotations:
    """Read and check a COCO JSON file.

    Numbers and flags may be stated as text. Categories of one name are one class.

    Args:
        name: Of the rain set, for errors.
        path: Of the JSON file.

    Raises:
        ConfigError: If the file is no COCO JSON, an annotation refers to an unknown image or
            category, ids or file names come twice, or the boxes are corners.
    """
    where = f"{name}: {path}"
    content = _parse(where, path)
    categories = _by_id(where, "categories", content["categories"], "name")
    images = _by_id(where, "images", content["images"], "file_name")
    if not images:
        raise ConfigError(f"{where}: `images` is empty")
    name_of = {one: plain(categories[one]["name"].strip()) for one in sorted(categories)}
    classes = tuple(dict.fromkeys(name_of.values()))
    of_image: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for annotation in _annotations(where, content["annotations"], images, name_of):
        of_image[_id(annotation["image_id"])].append(annotation)
    ids = _sample_ids(where, [image["file_name"] for image in images.values()])
    by_sample = {
        sample_id: _annotated(image, of_image[number], name_of, classes)
        for sample_id, (number, image) in zip(ids, images.items(), strict=True)
    }
    _refuse_corners(where, by_sample.values())
    return CocoAnnotations(classes, dict(sorted(by_sample.items())), _same_names(name_of))


def _refuse_corners(where: str, images: Iterable[AnnotatedImage]) -> None:
    """Refuse boxes that are two corners: read as sizes they leave the pictures.

    Of boxes that are what the format asks for, some are narrower than they are far from the left,
    so that they would be no corners.

    Raises:
        ConfigError: If all boxes fit as corners, and some not as a corner and a size.
    """
    of_known_size = [one for one in images if one.size is not None and None not in one.size]
    boxes = np.concatenate([one.xywh for one in of_known_size] or [np.zeros((0, 4))])
    if len(boxes) < _FEWEST_FOR_CORNERS:
        return
    sizes = np.array([one.size for one in of_known_size], np.float64)  # (images, 2)
    sides = np.repeat(sizes[:, ::-1], [len(one.xywh) for one in of_known_size], axis=0)
    start, end = boxes[:, :2], boxes[:, 2:]
    beyond = (start + end > sides + 1).any(axis=1)
    if (end > start).all() and (end <= sides + 1).all() and beyond.any():
        first = boxes[int(np.flatnonzero(beyond)[0])]
        shown = ", ".join(f"{value:g}" for value in first)
        raise ConfigError(
            f"{where}: every bbox is two corners, left, top, right, bottom, where COCO states "
            f"left, top, width, height: read so, {beyond.sum()} of {len(boxes)} would leave their "
            f"pictures, such as [{shown}]; take the corner off the last two numbers"
        )


def _parse(where: str, path: Path) -> Mapping[str, Any]:
    content = read_json(path, where)
    for key in ("images", "annotations", "categories"):
        if not isinstance(content, dict) or not isinstance(content.get(key), list):
            raise ConfigError(f"{where}: has no list `{key}`, so it is no COCO detection file")
    found: Mapping[str, Any] = content
    return found


def _id(value: object) -> int:
    """Return an id that was checked before."""
    number = whole_number_of(value)
    assert number is not None
    return number


def _by_id(
    where: str, key: str, entries: Sequence[Any], named_by: str
) -> dict[int, Mapping[str, Any]]:
    by_id: dict[int, Mapping[str, Any]] = {}
    for position, entry in enumerate(entries):
        number = whole_number_of(entry.get("id")) if isinstance(entry, dict) else None
        if number is None:
            raise ConfigError(f"{where}: {key}[{position}] has no integer `id`")
        if not isinstance(entry.get(named_by), str) or not entry[named_by].strip():
            raise ConfigError(f"{where}: {key}[{position}] has no text `{named_by}`")
        if number in by_id:
            raise ConfigError(f"{where}: two entries of `{key}` have the id {number}")
        by_id[number] = entry
    return by_id


def _annotations(
    where: str,
    annotations: Sequence[Any],
    images: Mapping[int, Any],
    categories: Mapping[int, Any],
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
            ("category_id", "categories", categories),
        ):
            value = annotation.get(field)
            if whole_number_of(value) not in known:
                raise ConfigError(
                    f"{where}: {shown} is of {field} {value!r}, which `{key}` does not list"
                )
        whole = whole_number_of(number)
        if whole is not None:
            if whole in seen:
                raise ConfigError(f"{where}: two annotations have the id {whole}")
            seen.add(whole)
    return annotations


def _sample_ids(where: str, file_names: Sequence[str]) -> list[str]:
    """Return an id for each image: its file's name alone, with folder where that is not enough."""
    paths = [_path(file_name) for file_name in file_names]
    forms = (
        [path.stem for path in paths],
        [(path.parent / path.stem).as_posix() for path in paths],
        [path.as_posix() for path in paths],
    )
    for ids in forms:
        if len(set(ids)) == len(ids):
            return ids
    twice = next(one for one, number in Counter(forms[-1]).items() if number > 1)
    raise ConfigError(f"{where}: two entries of `images` have the file_name {twice!r}")


def _path(file_name: str) -> PurePosixPath:
    try:
        return PurePosixPath(relative_name(file_name))
    except ValueError:  # it fails as an image, with the cause
        return PurePosixPath(plain(file_name).replace("\\", "/"))


def _same_names(name_of: Mapping[int, str]) -> tuple[str, ...]:
    """Return a line for each name that several categories have."""
    ids: dict[str, list[int]] = defaultdict(list)
    for number, name in name_of.items():
        ids[name].append(number)
    return tuple(
        f"the categories {', '.join(map(str, numbers))} are all called {name!r} and count as one"
        for name, numbers in ids.items()
        if len(numbers) > 1
    )


def _annotated(
    image: Mapping[str, Any],
    annotations: Sequence[Mapping[str, Any]],
    name_of: Mapping[int, str],
    classes: Sequence[str],
) -> AnnotatedImage:
    size, problem = _size(image)
    problem = next(filter(None, [problem, *map(_box_problem, annotations)]), None)
    objects = [] if problem else [_stated_box(one, name_of) for one in annotations]
    return image_of(
        image["file_name"],
        size,
        objects,
        classes,
        problem=problem,
        attributes=attributes_of(image, _OF_THE_FORMAT),
    )


def _size(image: Mapping[str, Any]) -> tuple[Size | None, str | None]:
    """Return (height, width) as stated, and what is wrong with them."""
    try:
        return size_of(image.get("height"), image.get("width")), None
    except ValueError as error:
        return None, f"its annotation {error}"


def attributes_of(image: Mapping[str, Any], known: set[str]) -> dict[str, object]:
    """Return what an annotation says of an image beyond the format, nested ``attributes`` too."""
    nested = image.get("attributes")
    found = {**(nested if isinstance(nested, dict) else {}), **image}
    return {
        key: value
        for key, value in found.items()
        if key not in known and isinstance(value, str | int | float | bool)
    }


def _stated_box(annotation: Mapping[str, Any], name_of: Mapping[int, str]) -> StatedBox:
    left, top, width, height = (number_of(side) or 0.0 for side in annotation["bbox"])
    spared = flag_of(annotation.get("iscrowd")) or flag_of(annotation.get("ignore"))
    name = name_of[_id(annotation["category_id"])]
    area = number_of(annotation["area"]) if annotation.get("area") is not None else None
    return StatedBox((left, top, width, height), name, bool(spared), area)


def _box_problem(annotation: Mapping[str, Any]) -> str | None:
    box, area = annotation.get("bbox"), annotation.get("area")
    shown = f"annotation {annotation.get('id', '(without id)')}"
    sides = [number_of(side) for side in box] if isinstance(box, list) else []
    if len(sides) != 4 or None in sides:
        return f"{shown} has the bbox {box!r}: it needs four finite numbers x, y, width, height"
    if (sides[2] or 0) < 0 or (sides[3] or 0) < 0:
        return f"{shown} has the bbox {box!r}: its width and height must not be negative"
    stated = 0.0 if area is None else number_of(area)
    if stated is None or stated < 0:
        return f"{shown} has the area {area!r}: it must be a finite number from 0"
    for flag in ("iscrowd", "ignore"):
        if flag_of(annotation.get(flag)) is None:
            return f"{shown} has the {flag} {annotation[flag]!r}: it must be 0 or 1"
    return None
