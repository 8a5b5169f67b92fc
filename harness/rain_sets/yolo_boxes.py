"""Boxes from YOLO text files, one a picture, and the file with the names of their classes.

A line is ``class x y width height``: the number of the class, then centre and size of the box as
shares of the picture's width and height (github.com/AlexeyAB/Yolo_mark, and Ultralytics' docs).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import ConfigError
from harness.rain_sets.annotated_images import StatedBox
from harness.rain_sets.picture_annotations import PictureAnnotation
from harness.rain_sets.stated_values import number_of, whole_number_of
from harness.spelling import plain
from harness.text_files import read_text
from harness.yaml_text import parse_yaml

_ROUNDING = 0.01
"""By how much a share may leave 0..1; tools write six digits, and clip or not."""


def read_yolo(path: Path, names: Mapping[int, str]) -> PictureAnnotation:
    """Read one text file; an empty one says that there is no object.

    Args:
        path: Of the file.
        names: Of the classes, by their number.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If a line is no such box, or of a class without a name; the text says which.
    """
    lines = read_text(path).splitlines()
    objects = [
        _stated_box(line.split(), number, names)
        for number, line in enumerate(lines, 1)
        if line.strip()
    ]
    return PictureAnnotation(path.name, None, objects, in_shares=True)


def _stated_box(words: Sequence[str], line: int, names: Mapping[int, str]) -> StatedBox:
    numbers = [number_of(word) for word in words]
    if len(numbers) != 5 or None in numbers:
        hint = "; six numbers are a detector's output" if len(numbers) == 6 else ""
        hint = hint or ("; more are a polygon, not a box" if len(numbers) > 6 else "")
        raise ValueError(
            f"line {line}: {' '.join(words)!r} is no box: it needs five numbers, class x y width "
            f"height{hint}"
        )
    label = whole_number_of(words[0])
    if label is None or label not in names:
        known = f"0 to {max(names)}" if names else "none"
        raise ValueError(f"line {line}: is of class {words[0]}, which has no name ({known} have)")
    x, y, width, height = (number or 0.0 for number in numbers[1:])
    if not all(-_ROUNDING <= share <= 1 + _ROUNDING for share in (x, y, width, height)):
        raise ValueError(
            f"line {line}: {' '.join(words)!r} leaves 0 to 1: centre and size are shares of the "
            "picture's sides, not pixels"
        )
    return StatedBox((x - width / 2, y - height / 2, width, height), names[label])


def without_names_file(lost: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the ids that are lost without that of ``classes.txt``, which is no annotation.

    LabelImg writes it beside them, with the names of the classes.

    Args:
        lost: By id, why.
        folder: Of the annotations.
    """
    names_file = f"{folder / 'classes.txt'}: "
    return {one: cause for one, cause in lost.items() if not cause.startswith(names_file)}


def read_names(name: str, path: Path) -> dict[int, str]:
    """Read the names of YOLO's classes: one a line, or ``names`` of a data set's YAML file.

    Args:
        name: Of the rain set, for errors.
        path: Of the file: ``.yaml``/``.yml``, or any other text.

    Raises:
        ConfigError: If it cannot be read or names nothing.
    """
    where = f"{name}: {path}"
    try:
        text = read_text(path)
        names = _numbered(
            _of_yaml(text, where) if path.suffix.lower() in {".yaml", ".yml"} else text
        )
    except OSError as error:
        raise ConfigError(f"{where}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from error
    if not names:
        raise ConfigError(f"{where}: names no class; it needs one name a line")
    return names


def _of_yaml(text: str, where: str) -> Any:
    content = parse_yaml(text, where)
    names = content.get("names") if isinstance(content, dict) else None
    if not isinstance(names, str | list | dict):
        raise ConfigError(f"{where}: has no `names`, as a YOLO data set's file has")
    return names


def _numbered(stated: Any) -> dict[int, str]:
    """Return names by number.

    Raises:
        ValueError: If a number has two.
    """
    if isinstance(stated, str):
        lines = [plain(line.strip()) for line in stated.rstrip().splitlines()]
        return {number: line for number, line in enumerate(lines) if line}
    entries = stated.items() if isinstance(stated, dict) else enumerate(stated or ())
    names: dict[int, str] = {}
    for stated_number, stated_name in entries:
        number, name = whole_number_of(stated_number), plain(str(stated_name).strip())
        if number is None or not name:
            continue
        if number in names:
            raise ValueError(f"names the class {number} twice: {names[number]!r} and {name!r}")
        names[number] = name
    return names
