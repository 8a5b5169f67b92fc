"""The stamp in a picture of the report: under which key it was made, so that no other is shown."""

import re
from pathlib import Path

from PIL import PngImagePlugin

from harness.regular_files import open_regular

LETTERS = 16
"""Of a key that make a stamp."""

_NAME = "made-under"
_STAMP = re.compile(rf"{_NAME}[\0:]([0-9a-f]{{{LETTERS}}})".encode())
_HEAD, _TAIL = 256, 64
"""Bytes in which a PNG has its stamp, and a WebP its own."""


def stamp_of(key: str) -> str:
    """Return the stamp of a key, which is a digest in hexadecimal; "" of none."""
    return key[:LETTERS]


def as_text_of_png(key: str) -> PngImagePlugin.PngInfo | None:
    """Return the stamp as a PNG has it."""
    if not key:
        return None
    info = PngImagePlugin.PngInfo()
    info.add_text(_NAME, stamp_of(key))
    return info


def as_xmp_of_webp(key: str) -> bytes:
    """Return the stamp as a WebP has it, at its end."""
    return f"{_NAME}:{stamp_of(key)}".encode() if key else b""


def stamp_in(path: Path) -> str:
    """Return the stamp of a picture, "" where it has none or there is no such file."""
    try:
        with open_regular(path) as file:
            head = file.read(_HEAD)
            file.seek(max(0, path.stat().st_size - _TAIL))
            found = _STAMP.search(head) or _STAMP.search(file.read(_TAIL))
    except OSError:
        return ""
    return found[1].decode() if found else ""
