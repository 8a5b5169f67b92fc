"""Drawing boxes and label maps on an image, and embedding the result in a page."""

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

from harness.errors import BenchError
from harness.report.plots.palette import RGB

Row = Mapping[str, Any]
"""A row of the records."""

LEAST_SCORE = 0.3
"""Detections below it are not drawn; they count in AP all the same."""

WIDTH = 480
"""Pixels of an embedded picture: twice what a page shows of it, for sharp screens."""
JPEG_QUALITY = 82
LINE, LETTERS = 3, 19
NARROWEST_NAMED = 44
"""Boxes narrower than this, in embedded pixels, carry no name: the legend tells their colour."""


class Picture(NamedTuple):
    """An embedded picture.

    Attributes:
        source: A data URI.
        width: Pixels.
        height: Pixels.
        alternative: For a reader who cannot see it.
        layer: ``""`` for the restored image itself, else the name of the task drawn on it.
    """

    source: str
    width: int
    height: int
    alternative: str
    layer: str


class Box(NamedTuple):
    """A box to draw: left, top, right, bottom in the picture's pixels, and its class."""

    left: float
    top: float
    right: float
    bottom: float
    label: str


def _boxes(flat: Sequence[float], labels: Sequence[str]) -> list[Box]:
    corners = np.asarray(flat, dtype=np.float64).reshape(-1, 4).tolist()
    return [
        Box(left, top, right, bottom, label)
        for (left, top, right, bottom), label in zip(corners, labels, strict=True)
    ]


def confident_detections(row: Row) -> list[Box]:
    """Return what was found with enough confidence, the surest last so that it is on top."""
    found = _boxes(row["boxes"], row["labels"])
    scored = sorted(zip(row["scores"], found, strict=True), key=lambda pair: float(pair[0]))
    return [box for score, box in scored if score >= LEAST_SCORE]


def true_boxes(row: Row) -> list[Box]:
    """Return the annotated objects that must be found."""
    boxes = _boxes(row["truth_boxes"], row["truth_labels"])
    return [box for box, ignored in zip(boxes, row["truth_ignore"], strict=True) if not ignored]


def draw_boxes(
    restored: Image.Image, boxes: Sequence[Box], colours: Mapping[str, RGB]
) -> Image.Image:
    """Return the picture at its embedded size with every box outlined and, if wide, named."""
    picture = fit(restored)
    scale = picture.width / restored.width
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(LETTERS)
    for box in boxes:
        left, top, right, bottom = (side * scale for side in box[:4])
        right, bottom = max(left, right - 1), max(top, bottom - 1)
        colour: RGB = colours.get(box.label, (255, 255, 255))
        pen.rectangle((left - 1, top - 1, right + 1, bottom + 1), outline=(0, 0, 0), width=LINE + 2)
        pen.rectangle((left, top, right, bottom), outline=colour, width=LINE)
        if right - left < NARROWEST_NAMED:
            continue
        above = top - LETTERS - 5 if top > LETTERS + 5 else top
        end = pen.textlength(box.label, font=font)
        pen.rectangle((left, above, left + end + 8, above + LETTERS + 5), fill=colour)
        pen.text((left + 4, above + 1), box.label, fill=(0, 0, 0), font=font)
    return picture


def blend(restored: Image.Image, label_map: Path, palette: Sequence[RGB]) -> Image.Image:
    """Return the picture under the label map's colours; where there is no label it stays bare."""
    labels = np.asarray(open_picture(label_map, "L"))
    colours = np.zeros((256, 3))
    colours[: len(palette)] = palette
    scene = np.asarray(restored, dtype=np.float64)
    opacity = np.where(labels < len(palette), 0.65, 0.0)[..., None]
    mixed = scene * (1 - opacity) + colours[labels] * opacity
    return Image.fromarray(np.rint(mixed).astype(np.uint8))


def open_picture(path: Path, mode: str = "RGB") -> Image.Image:
    """Decode a picture; a label map (mode L) keeps its indices whatever palette it carries."""
    try:
        with Image.open(path) as image:
            return image.copy() if mode == "L" else image.convert(mode)
    except (OSError, UnidentifiedImageError) as error:
        raise BenchError(f"{path}: damaged ({error}); run the benchmark again") from error


def fit(picture: Image.Image) -> Image.Image:
    """Return a copy at the embedded width."""
    height = max(1, round(picture.height * WIDTH / picture.width))
    return picture.resize((WIDTH, height), Image.Resampling.LANCZOS)


def embed(picture: Image.Image, alternative: str, layer: str) -> Picture:
    """Return the picture at its embedded size, as a JPEG within the page."""
    fitted = picture if picture.width == WIDTH else fit(picture)
    buffer = io.BytesIO()
    fitted.save(buffer, format="JPEG", quality=JPEG_QUALITY, optimize=True)
    source = data_uri(buffer.getvalue(), "image/jpeg")
    return Picture(source, fitted.width, fitted.height, alternative, layer)


def data_uri(content: bytes, media_type: str) -> str:
    """Return a URI that holds the content itself, so that a page needs no second file.

    >>> data_uri(b"rain", "text/plain")
    'data:text/plain;base64,cmFpbg=='
    """
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"
