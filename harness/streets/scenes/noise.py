"""Noise that tiles: the grain of asphalt, foliage, plaster and clouds."""

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

TILE = 512
"""Side of a noise tile in texels; a power of two, so that wrapping is a bit mask."""


@cache
def noise_tile(roughness: float) -> npt.NDArray[np.float32]:
    """Return noise (TILE, TILE) whose amplitude falls as 1 / frequency ** `roughness`.

    Its mean is 0, its deviation 1. About 0.5 gives sand, 1 plaster, 1.7 clouds. The tile is one
    fixed array: pictures differ by where they read it.

    >>> tile = noise_tile(1.0)
    >>> tile.shape, abs(float(tile.mean())) < 1e-4
    ((512, 512), True)
    """
    spectrum = np.fft.rfft2(np.random.default_rng(20240611).standard_normal((TILE, TILE)))
    rows = np.fft.fftfreq(TILE)[:, None]
    columns = np.fft.rfftfreq(TILE)[None]
    frequency = np.hypot(rows, columns)
    frequency[0, 0] = 1.0
    spectrum /= frequency**roughness
    spectrum[0, 0] = 0.0
    tile = np.fft.irfft2(spectrum, s=(TILE, TILE))
    scaled = np.asarray(tile / tile.std(), np.float32)
    scaled.setflags(write=False)
    return scaled


@cache
def _doubled_tile(roughness: float) -> npt.NDArray[np.float32]:
    """The tile twice in both directions, so that a window across its border is a slice."""
    doubled = np.tile(noise_tile(roughness), (2, 2))
    doubled.setflags(write=False)
    return doubled


def noise_patch(
    rng: np.random.Generator, height: int, width: int, roughness: float, zoom: float = 1.0
) -> npt.NDArray[np.float32]:
    """Cut (height, width) from a random place of the tile; `zoom` > 1 coarsens its grain."""
    top, left = rng.integers(0, TILE, 2)
    if zoom == 1.0 and height <= TILE and width <= TILE:
        return _doubled_tile(roughness)[top : top + height, left : left + width]
    rows = ((np.arange(height, dtype=np.float32)[:, None] / zoom) + top) % TILE
    columns = ((np.arange(width, dtype=np.float32)[None] / zoom) + left) % TILE
    return noise_at(columns, rows, roughness)


def noise_at(
    columns: npt.NDArray[np.floating], rows: npt.NDArray[np.floating], roughness: float
) -> npt.NDArray[np.float32]:
    """Read the tile at fractional positions (in texels, any range), wrapping at its borders."""
    columns, rows = np.broadcast_arrays(columns, rows)
    read = cv2.remap(
        noise_tile(roughness),
        np.ascontiguousarray(np.mod(columns, TILE), dtype=np.float32),
        np.ascontiguousarray(np.mod(rows, TILE), dtype=np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_WRAP,
    )
    return np.asarray(read, np.float32)
