"""Opacity of rain streaks.

A falling drop leaves a streak on the sensor during the exposure: bright, soft across, fading at its
ends (Garg and Nayar, "Vision and Rain", IJCV 2007). Streaks at several distances accumulate as
layers (Yang et al., "Deep Joint Rain Detection and Removal from a Single Image", CVPR 2017): near
ones are few, long, wide and out of focus, far ones many, short and fine.
"""

import cv2
import numpy as np
import numpy.typing as npt

from harness.streets.rain.parameters import RainParameters

FloatImage = npt.NDArray[np.float32]
_FIRST_DISTANCE = 3.0
_DISTANCE_RATIO = 2.4
_FINEST_SIGMA = 1.25
"""Pixels; a Gaussian as wide as this survives being drawn coarsely and interpolated."""


def layer_distance(layer: int) -> float:
    """Metres to a layer's middle, the nearest being layer 0.

    >>> [round(layer_distance(layer), 1) for layer in range(4)]
    [3.0, 7.2, 17.3, 41.5]
    """
    return _FIRST_DISTANCE * _DISTANCE_RATIO**layer


def streak_opacity(
    depth: FloatImage, rain: RainParameters, rng: np.random.Generator, lines: int | None = None
) -> FloatImage:
    """Accumulate the layers of all directions.

    Args:
        depth: (H, W) metres; a layer shows only in front of what is farther than the layer.
        rain: how it rains.
        rng: draws the drops.
        lines: height in pixels of the picture that this is a part of; None: it is whole.

    Returns:
        (H, W) opacity from 0 to below 1.
    """
    height, width = depth.shape
    clear = np.ones((height, width), np.float32)
    main = rain.angle + float(rng.uniform(-1, 1)) * rain.angle_range
    for direction in range(rain.directions):
        turn = 0.0 if direction == 0 else float(rng.uniform(12, 35)) * (-1 if direction % 2 else 1)
        for layer in range(rain.layers):
            angle = main + turn + float(rng.normal(0, 1.5))
            opacity = rain.opacity * (1.0 - 0.10 * layer)
            drops = _layer((height, width), lines, rain, layer, angle, rng) * np.float32(opacity)
            if layer > 0:
                distance = layer_distance(layer)
                drops *= np.clip((depth - 0.6 * distance) / (0.6 * distance), 0, 1)
            clear *= 1.0 - np.minimum(drops, 0.9)
    return np.asarray(1.0 - clear, np.float32)


def _layer(
    shape: tuple[int, int],
    lines: int | None,
    rain: RainParameters,
    layer: int,
    angle: float,
    rng: np.random.Generator,
) -> FloatImage:
    """One layer (H, W), about 1 in the middle of a bright streak.

    The drops are drawn in an upright frame in which streaks are vertical, smeared there by two
    one-dimensional filters and turned into the picture in one step, so that no angle costs more.
    The streaks of a part of a large picture are drawn in a coarser frame, as far as their width
    allows, so that no size of the whole costs more either.
    """
    height, width = shape
    whole = height if lines is None else lines
    shrink = rain.shrink**layer
    length = max(2.0, rain.length * shrink * whole)
    sigma = max(rain.width * shrink * whole / 2.355, 0.32)
    blur = rain.defocus * whole * 0.5**layer
    spread = float(np.hypot(sigma, blur))
    # A whole picture is drawn in a frame of its own pixels, as it was before there were parts.
    grain = 1 if lines is None else max(1, int(spread / _FINEST_SIGMA))
    length, sigma, spread = length / grain, sigma / grain, spread / grain
    side = int(np.ceil(np.hypot(height, width) / grain + length)) + 4  # holds it at any angle
    count = rng.poisson(rain.density * rain.densening**layer * side * side / (whole / grain) ** 2)
    flat = rng.integers(0, side * side, count)
    bright = 0.12 + 0.88 * rng.random(count) ** 1.6  # most are faint
    long = rng.random(count) < 0.5
    upright = np.zeros((side, side), np.float32)
    for group, reach in ((long, length), (~long, 0.6 * length)):
        seeds = np.bincount(flat[group], weights=bright[group], minlength=side * side)
        across = _gaussian(spread) * np.float32(sigma / spread)
        upright += cv2.sepFilter2D(
            seeds.reshape(side, side).astype(np.float32),
            cv2.CV_32F,
            across,
            _fading(reach),
            borderType=cv2.BORDER_CONSTANT,
        )
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), angle, grain)
    turn[:, 2] += np.array([(width - side) / 2, (height - side) / 2])
    return np.asarray(
        cv2.warpAffine(upright, turn, (width, height), flags=cv2.INTER_LINEAR), np.float32
    )


def _gaussian(sigma: float) -> FloatImage:
    """A Gaussian window of peak 1 whose sum is right also when it is narrower than a pixel."""
    reach = int(np.ceil(3 * sigma))
    at = np.arange(-reach, reach + 1, dtype=np.float32)
    window = np.exp(-0.5 * (at / sigma) ** 2)
    return np.asarray(window * min(1.0, sigma * 2.5066 / float(window.sum())), np.float32)


def _fading(length: float) -> FloatImage:
    """A window of the given length in pixels that rises and falls smoothly at its ends."""
    reach = int(np.ceil(length / 2))
    at = np.abs(np.arange(-reach, reach + 1, dtype=np.float32)) / (length / 2)
    return np.asarray(np.clip((1.0 - at) / 0.4, 0, 1), np.float32)
