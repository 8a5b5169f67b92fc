"""Pictures for the tests of rain sets."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from harness.images import png_bytes


def write_picture(path: Path, seed: int = 0, size: tuple[int, int] = (24, 32)) -> None:
    """Write a noise picture of (height, width) as PNG."""
    write_array(path, np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8))


def write_array(path: Path, pixels: npt.NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png_bytes(pixels))
