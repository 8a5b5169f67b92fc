"""What may lie in the place of a file and is none."""

import os
from pathlib import Path

ENDLESS = {
    "pipe": "is a named pipe",
    "device": "is a device",
    "folder": "(is a folder|Is a directory)",
}
"""What may lie in a file's place and never ends or cannot be read, and what is said of it."""


def endless(path: Path, kind: str) -> Path:
    """Put one of `ENDLESS` into a file's place."""
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    return path
