"""Draws rain on a clean picture."""

import numpy as np
import numpy.typing as npt

from harness.streets.rain.parameters import LEVELS, RainParameters
from harness.streets.rain.streaks import streak_opacity
from harness.streets.rain.veil import atmospheric_light, ground_plane_depth, veil_opacity

SMALLEST_SIDE = 16


def draw_rain(
    clean: npt.NDArray[np.uint8],
    level: str | RainParameters,
    seed: int,
    depth: npt.NDArray[np.floating] | None = None,
    lines: int | None = None,
) -> npt.NDArray[np.uint8]:
    """Return the picture in rain.

    The model is I = (g J (1 - V) + A V) (1 - S) + c A S: the clean picture J under the gloom g,
    the veil V of the atmospheric light A, and over both the streaks S of brightness c A. It joins
    the streak layers of Yang et al. (CVPR 2017) to the depth-dependent veil of Li et al. (CVPR
    2019) and Hu et al. (CVPR 2019); the modules that compute S and V cite them in full.

    Args:
        clean: (H, W, 3) uint8 sRGB, both sides at least 16; left unchanged.
        level: a key of `LEVELS` or parameters.
        seed: from 0; the same seed draws the same drops.
        depth: (H, W) metres, the sky far; a level street is assumed without it.
        lines: height in pixels of the picture that ``clean`` is a part of; streaks are as long
            and wide as in that one. None: it is whole.

    Returns:
        (H, W, 3) uint8.

    Raises:
        ValueError: for an unknown level, a negative seed, an array of the wrong type or shape, or
            fewer lines than ``clean`` has.

    >>> grey = np.full((32, 48, 3), 90, np.uint8)
    >>> rainy = draw_rain(grey, "heavy", seed=3)
    >>> rainy.shape, rainy.dtype.name, bool(rainy.mean() > grey.mean())
    ((32, 48, 3), 'uint8', True)
    """
    rain = _parameters(level)
    _check(clean, seed, depth)
    _check_lines(clean, lines)
    height, width = clean.shape[:2]
    if depth is None:
        metres = ground_plane_depth(height, width)
    else:
        metres = np.maximum(np.asarray(depth, np.float32), 0.5)
    rng = np.random.default_rng([seed, 977])
    air = atmospheric_light(clean) * np.float32(1.0 - 0.6 * rain.gloom)
    picture = clean.astype(np.float32)
    if rain.greying:
        grey = picture.mean(axis=2, keepdims=True)
        picture += np.float32(rain.greying) * (grey - picture)
    picture *= np.float32(1.0 - rain.gloom)
    if rain.extinction:
        picture += veil_opacity(metres, rain.extinction, rng)[..., None] * (air - picture)
    streaks = streak_opacity(metres, rain, rng, lines)
    behind = np.float32(1.0 - rain.additive) * picture
    picture += streaks[..., None] * (np.float32(rain.tint) * air + 12.0 - behind)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def _parameters(level: str | RainParameters) -> RainParameters:
    if isinstance(level, RainParameters):
        return level
    if level not in LEVELS:
        raise ValueError(f"no level of rain is called {level!r}: choose from {', '.join(LEVELS)}")
    return LEVELS[level]


def _check(clean: npt.NDArray[np.uint8], seed: int, depth: npt.NDArray[np.floating] | None) -> None:
    if clean.dtype != np.uint8 or clean.ndim != 3 or clean.shape[2] != 3:
        raise ValueError(
            f"the clean picture is {clean.dtype} of shape {clean.shape}: "
            "give uint8 of shape (H, W, 3)"
        )
    if min(clean.shape[:2]) < SMALLEST_SIDE:
        raise ValueError(
            f"the clean picture is {clean.shape[:2]}: both sides must be at least {SMALLEST_SIDE}"
        )
    if depth is not None and depth.shape != clean.shape[:2]:
        raise ValueError(
            f"depth has shape {depth.shape}, the picture {clean.shape[:2]}: "
            "give one depth for each pixel"
        )
    if seed < 0:
        raise ValueError(f"seed is {seed}: seeds of rain start at 0")


def _check_lines(clean: npt.NDArray[np.uint8], lines: int | None) -> None:
    if lines is not None and lines < clean.shape[0]:
        raise ValueError(
            f"lines is {lines}: the picture that this part of {clean.shape[0]} lines comes from "
            "has as many or more"
        )
