"""Opening picture files: of the formats that are meant, and of a size that memory holds.

Pillow knows other formats too, and starts Ghostscript for a PostScript file whatever its name.
"""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PIL import Image, UnidentifiedImageError

from harness.errors import BenchError, SampleError
from harness.foreign_code import cause_of, outcome
from harness.memory import is_out_of_memory, shortage
from harness.regular_files import open_regular

T = TypeVar("T")

DECODING_BYTES = 60
"""Of memory that decoding takes at most for a pixel: 58 were measured for colours of 16 bits, 4 to
30 for all others."""

RUN_BYTES = 104
"""Of memory that a run takes for a pixel of a sample: 17.5 GB were measured for 169 megapixels
with the row ``rainy`` and the task ``restoration``; a network adds what it takes in tiles."""

_KINDS = (
    ((b"%!PS", b"\xc5\xd0\xd3\xc6"), "it is PostScript (EPS)"),
    ((b"%PDF",), "it is a PDF document"),
    ((b"version https://git-lfs",), "it is a pointer of Git LFS: fetch it with `git lfs pull`"),
    ((b"<!doctype html", b"<html"), "it is a web page, as a refused download leaves one"),
    ((b"<svg", b"<?xml"), "it is SVG or other XML"),
    ((b"8BPS",), "it is a Photoshop file"),
    ((b"\x00\x00\x01\x00",), "it is an icon"),
    ((b"PK\x03\x04",), "it is a zip archive"),
    ((b"\x1f\x8b",), "it is a gzip archive"),
)
"""How files begin that are found under the names of pictures."""


def _formats() -> tuple[str, ...]:
    Image.init()
    meant = ("PNG", "JPEG", "MPO", "BMP", "DIB", "TIFF", "WEBP", "PPM", "GIF", "JPEG2000", "AVIF")
    return tuple(one for one in meant if one in Image.OPEN)


FORMATS = _formats()
"""That are opened, by Pillow's names; AVIF where this Pillow has it."""

# What is wrong with a file is said in one line: that it is large, by what memory is left.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", module=r"PIL\.")


def from_picture(
    path: Path, read: Callable[[Image.Image], T], bytes_per_pixel: float = DECODING_BYTES
) -> T:
    """Open a picture and return what a function makes of it, while it is open.

    Args:
        path: Of the file.
        read: Gets what Pillow made of the header; pixels are not yet decoded.
        bytes_per_pixel: That the function takes, and whoever works on with what it returns; a
            picture for which memory is too short is refused before it is decoded.

    Raises:
        SampleError: If the file is missing, no such picture, damaged, or too large.
    """

    def opened() -> T:
        with open_regular(path) as file, Image.open(file, formats=FORMATS) as image:
            width, height = image.size
            refuse_too_large(str(path), width, height, bytes_per_pixel)
            return read(image)

    found, error = outcome(opened)  # a decoder may raise anything on what somebody made up
    if error is None:
        return found  # type: ignore[return-value]
    if isinstance(error, BenchError) or not isinstance(error, Exception):
        raise error
    raise SampleError(_unreadable(path, error)) from error


def refuse_too_large(where: str, width: int, height: int, bytes_per_pixel: float) -> None:
    """Refuse a picture for which the memory is too short.

    Raises:
        SampleError: With the size, and what is needed and left.
    """
    problem = shortage(width * height * bytes_per_pixel)
    if problem:
        raise SampleError(f"{where}: a picture of {width}x{height} {problem}; make it smaller")


def _unreadable(path: Path, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{path}: no such file"
    if isinstance(error, IsADirectoryError):
        return f"{path}: is a folder, not a picture"
    if isinstance(error, UnidentifiedImageError):
        return f"{path}: {_no_picture(path)}"
    if isinstance(error, Image.DecompressionBombError):
        return f"{path}: has more pixels than the {2 * (Image.MAX_IMAGE_PIXELS or 0)} that are read"
    if is_out_of_memory(error):
        return f"{path}: {cause_of(error)}"
    if isinstance(error, OSError) and error.strerror:
        return f"{path}: cannot be read ({error.strerror})"
    return f"{path}: damaged or truncated ({_first_line(error)}); fetch it again"


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    if isinstance(error, OSError | SyntaxError | ValueError) and lines:
        return lines[0]
    return f"{type(error).__name__}: {lines[0] if lines else 'no message'}"


def _no_picture(path: Path) -> str:
    """Return what a file is that no decoder takes."""
    with open_regular(path) as file:
        head = file.read(64)
    if not head:
        return "the file is empty (0 bytes); fetch it again"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    known = (what for begins, what in _KINDS if start.startswith(tuple(map(bytes.lower, begins))))
    what = next(known, f"it begins with the bytes {head[:8]!r}")
    return f"not a picture in a format that is read here ({what})"
