"""Pictures within a page: laid over each other, and embedded."""

import base64
import io
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from PIL import Image

from harness.errors import BenchError, SampleError
from harness.opened_pictures import from_picture

WIDTH = 480
"""Pixels of an embedded picture: twice what a page shows of it, for sharp screens."""
JPEG_QUALITY = 82


class Picture(NamedTuple):
    """An embedded picture.

    Attributes:
        source: A data URI.
        width: Pixels.
        height: Pixels.
        alternative: For a reader who cannot see it.
        layer: ``""`` for the restored image itself, else the name of the task drawn on it.
        anchor: The id of its element, "" without one.
    """

    source: str
    width: int
    height: int
    alternative: str
    layer: str
    anchor: str


def lay_over(restored: Image.Image, drawing: Path) -> Image.Image:
    """Return the picture under what a task drew, at the size of the drawing."""
    overlay = open_picture(drawing, "RGBA")
    picture = restored.resize(overlay.size, Image.Resampling.LANCZOS).convert("RGBA")
    picture.alpha_composite(overlay)
    return picture.convert("RGB")


def open_picture(path: Path, mode: str = "RGB") -> Image.Image:
    """Decode a picture.

    Raises:
        BenchError: If it is damaged.
    """
    try:
        return from_picture(path, lambda image: image.convert(mode))
    except SampleError as error:
        raise BenchError(f"{path}: damaged ({error}); run the benchmark again") from error


def fit(picture: Image.Image) -> Image.Image:
    """Return a copy at the embedded width."""
    height = max(1, round(picture.height * WIDTH / picture.width))
    return picture.resize((WIDTH, height), Image.Resampling.LANCZOS)


def embed(picture: Image.Image, alternative: str, layer: str, anchor: str) -> Picture:
    """Return the picture at its embedded size, as a JPEG within the page."""
    fitted = picture if picture.width == WIDTH else fit(picture)
    buffer = io.BytesIO()
    fitted.save(buffer, format="JPEG", quality=JPEG_QUALITY, optimize=True)
    source = data_uri(buffer.getvalue(), "image/jpeg")
    return Picture(source, fitted.width, fitted.height, alternative, layer, anchor)


def data_uri(content: bytes, media_type: str) -> str:
    """Return a URI that holds the content itself, so that a page needs no second file.

    >>> data_uri(b"rain", "text/plain")
    'data:text/plain;base64,cmFpbg=='
    """
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def beside(directory: Path, path: Path) -> str:
    """Return a file of a run's folder as the page, which lies there too, links it."""
    return quote(path.relative_to(directory).as_posix())
