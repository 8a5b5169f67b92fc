"""Boxes from PASCAL VOC XML files, one a picture.

The format: Everingham et al., The PASCAL VOC2012 Development Kit, section 4; LabelImg and others
write it. A pixel's coordinates begin at 1 there and ``xmax`` is the last pixel of an object, so
that a box reaches from ``xmin - 1`` to ``xmax`` in pixel edges.
"""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

from harness.rain_sets.annotated_images import StatedBox
from harness.rain_sets.picture_annotations import PictureAnnotation
from harness.rain_sets.stated_values import Size, flag_of, number_of, size_of
from harness.regular_files import read_regular
from harness.spelling import plain

_CORNERS = ("xmin", "ymin", "xmax", "ymax")


def read_voc(path: Path, first_pixel: int = 1, check_sizes: bool = True) -> PictureAnnotation:
    """Read one XML file; objects that VOC calls difficult need not be found.

    Args:
        path: Of the file.
        first_pixel: The coordinate of the first pixel: 1, as VOC has it, where ``xmax`` is the
            last pixel of an object; 0 where corners are pixel edges.
        check_sizes: Hold the stated size against the picture's; a size of 0 states nothing.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is no such annotation; the text says what is wrong.
    """
    try:
        root = ElementTree.fromstring(read_regular(path))
    except (ElementTree.ParseError, LookupError) as error:  # or of an encoding that is none
        raise ValueError(f"is no XML ({error})") from error
    if root.tag != "annotation":
        raise ValueError(f"is no PASCAL VOC annotation: it begins with <{root.tag}>")
    objects = [
        _stated_box(element, number, first_pixel)
        for number, element in enumerate(root.findall("object"), 1)
    ]
    file_name = _text(root, "filename") or path.name
    return PictureAnnotation(file_name, _size(root) if check_sizes else None, objects)


def _size(root: ElementTree.Element) -> Size | None:
    size = _element(root, "size")
    if size is None:
        return None
    return size_of(_text(size, "height") or None, _text(size, "width") or None)


def _stated_box(element: ElementTree.Element, number: int, first_pixel: int) -> StatedBox:
    name = plain(_text(element, "name"))
    if not name:
        raise ValueError(f"its object {number} has no <name>")
    box = _element(element, "bndbox")
    corners = [number_of(_text(box, corner)) for corner in _CORNERS] if box is not None else [None]
    if None in corners:
        raise ValueError(f"its object {number} ({name}) needs numbers {', '.join(_CORNERS)}")
    left, top, right, bottom = (corner or 0.0 for corner in corners)
    left, top = left - first_pixel, top - first_pixel
    if right < left or bottom < top:
        raise ValueError(f"its object {number} ({name}) ends before it begins")
    difficult = flag_of(_text(element, "difficult") or None)
    if difficult is None:
        raise ValueError(f"its object {number} ({name}) has a <difficult> that is not 0 or 1")
    return StatedBox((left, top, right - left, bottom - top), name, difficult)


def _text(element: ElementTree.Element, tag: str) -> str:
    """Return the text of the one element of that name, "" where there is none."""
    found = _element(element, tag)
    return (found.text or "").strip() if found is not None else ""


def _element(element: ElementTree.Element, tag: str) -> ElementTree.Element | None:
    """Return the one element of that name, None where there is none.

    Raises:
        ValueError: If there are several.
    """
    found = element.findall(tag)
    if len(found) > 1:
        raise ValueError(f"has <{tag}> twice in one <{element.tag}>")
    return found[0] if found else None
