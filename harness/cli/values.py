"""What the command line's options may be, and those that several commands have."""

import argparse
from pathlib import Path
from typing import TypeAlias

Parser: TypeAlias = argparse.ArgumentParser
Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def destination(text: str) -> Path:
    """Read a path to write to."""
    if not text:
        raise argparse.ArgumentTypeError("is empty; name a folder, '.' for the one you are in")
    return Path(text)


def positive(text: str) -> int:
    """Read a whole number from 1."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1")
    return number


def margin(text: str) -> tuple[str, float]:
    """Read ``0.01``, for every metric, or ``ap=0.01``."""
    name, _, number = text.rpartition("=")
    try:
        most = float(number)
    except ValueError:
        most = -1.0
    if not 0 <= most < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no margin such as 0.01 or psnr_y=0.1")
    return name, most


def size(text: str) -> tuple[int, int]:
    """Read ``320x480``, height x width."""
    height, separator, width = text.lower().partition("x")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 320x480, height x width")
    return positive(height), positive(width)


def add_device(command: Parser) -> None:
    """Add ``--device``."""
    command.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")


def add_import_limit(command: Parser) -> None:
    """Add ``--call-limit`` of a command that imports parts and calls none."""
    command.add_argument(
        "--call-limit",
        type=positive,
        default=60,
        metavar="SECONDS",
        help="that importing one part may take (default: 60)",
    )
