"""Boxes from BDD100K's JSON, as released and in Scalabel's later form.

The format: https://doc.bdd100k.com/format.html. ``box2d`` gives the first and the last pixel of an
object, as Scalabel's own conversion to COCO has it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import ConfigError
from harness.rain_sets.annotated_images import StatedBox
from harness.rain_sets.coco_annotations import attributes_of
from harness.rain_sets.picture_annotations import PictureAnnotation
from harness.rain_sets.stated_values import flag_of, number_of, size_of
from harness.spelling import plain
from harness.text_files import read_json

_OF_THE_FORMAT = {"name", "videoName", "url", "timestamp", "frameIndex"}
_CORNERS = ("x1", "y1", "x2", "y2")


def read_bdd100k(name: str, path: Path) -> list[PictureAnnotation]:
    """Read a file of frames; labels without a box (lanes, drivable areas) are no objects.

    The attributes of a frame, such as its ``weather``, are those of the picture.

    Args:
        name: Of the rain set, for errors.
        path: Of the JSON file.

    Raises:
        ConfigError: If it is no such file, or a frame or box is wrong; the text says which.
    """
    where = f"{name}: {path}"
    content = read_json(path, where)
    frames = content.get("frames") if isinstance(content, dict) else content
    if not isinstance(frames, list) or not all(isinstance(frame, dict) for frame in frames):
        raise ConfigError(f"{where}: is no list of frames, so it is no BDD100K label file")
    return [_frame(where, number, frame) for number, frame in enumerate(frames)]


def _frame(where: str, number: int, frame: Mapping[str, Any]) -> PictureAnnotation:
    file_name = frame.get("name")
    if not isinstance(file_name, str) or not file_name:
        raise ConfigError(f"{where}: the frame {number} has no text `name`")
    size = frame.get("size") or {}
    labels = frame.get("labels") or []
    if not isinstance(size, dict) or not isinstance(labels, list):
        raise ConfigError(f"{where}: {file_name}: its `size` or `labels` are of no known form")
    if not all(isinstance(label, dict) for label in labels):
        raise ConfigError(f"{where}: {file_name}: a label is no object")
    try:
        stated = size_of(size.get("height"), size.get("width"))
    except ValueError as error:
        raise ConfigError(f"{where}: {file_name}: {error}") from error
    objects = [
        _stated_box(f"{where}: {file_name}", label) for label in labels if label.get("box2d")
    ]
    return PictureAnnotation(file_name, stated, objects, attributes_of(frame, _OF_THE_FORMAT))


def _stated_box(where: str, label: Mapping[str, Any]) -> StatedBox:
    shown = f"label {label.get('id', '(without id)')}"
    box, category = label["box2d"], label.get("category")
    corners = [number_of(box.get(corner)) for corner in _CORNERS] if isinstance(box, dict) else []
    if len(corners) != 4 or None in corners:
        raise ConfigError(f"{where}: {shown} has the box2d {box!r}: it needs x1, y1, x2 and y2")
    if not isinstance(category, str) or not category.strip():
        raise ConfigError(f"{where}: {shown} has no text `category`")
    left, top, right, bottom = (corner or 0.0 for corner in corners)
    if right < left or bottom < top:
        raise ConfigError(f"{where}: {shown} has the box2d {box!r}: it ends before it begins")
    attributes = label.get("attributes")
    crowd = flag_of(attributes.get("crowd")) if isinstance(attributes, dict) else False
    sides = (right - left + 1, bottom - top + 1)
    return StatedBox((left, top, *sides), plain(category.strip()), bool(crowd))
