"""Statistics of natural scenes: the 36 features of each block of a picture that NIQE compares.

After Mittal, Soundararajan and Bovik, "Making a 'completely blind' image quality analyzer", IEEE
Signal Processing Letters 20(3), 2013. Where the paper leaves a choice, this follows what the
authors' MATLAB release does; equations are the paper's.
"""

import functools
import math

import cv2
import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

BLOCK = 96
"""Side in pixels of the blocks at full size; at half size they are half as wide."""

FEATURES = 36
"""Of a block: 18 at each of two scales."""

_MARGIN, _SIGMA = 3, 7 / 6
_WINDOW = np.exp(-(np.arange(-_MARGIN, _MARGIN + 1) ** 2) / (2 * _SIGMA**2))
_WINDOW /= _WINDOW.sum()

_SHIFTS = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Down and right: to the neighbour whose product with a coefficient is looked at."""

_SHAPES = np.arange(200, 10001) / 1000
"""The shape parameters among which a fit chooses."""

_RGB_FROM_YIQ = np.array([[1, 0.956, 0.621], [1, -0.272, -0.647], [1, -1.106, 1.703]])
_GREY_WEIGHTS = np.linalg.inv(_RGB_FROM_YIQ)[0]


def rgb_to_grey(rgb: npt.NDArray[np.uint8]) -> FloatArray:
    """Return what MATLAB's ``rgb2gray`` makes of a picture of 8 bits: whole levels.

    Args:
        rgb: (H, W, 3) uint8.

    Returns:
        (H, W) float64, whole numbers from 0 to 255.

    >>> rgb_to_grey(np.array([[[255, 0, 0], [0, 255, 0], [9, 9, 9]]], np.uint8)).tolist()
    [[76.0, 150.0, 9.0]]
    """
    grey: FloatArray = np.floor(rgb.astype(np.float64) @ _GREY_WEIGHTS + 0.5)
    return grey


def half_size(picture: FloatArray) -> FloatArray:
    """Return what MATLAB's ``imresize(picture, 0.5)`` returns: bicubic, antialiased.

    Shrinking stretches the cubic to twice its width, so that eight pixels a side weigh in;
    beyond its edge the picture is mirrored.

    Args:
        picture: (H, W), both even.

    Returns:
        (H / 2, W / 2) float64.

    >>> half_size(np.full((4, 4), 7.0)).round(9).tolist()
    [[7.0, 7.0], [7.0, 7.0]]
    """
    return _half_height(_half_height(picture).T).T


def block_features(grey: FloatArray) -> FloatArray:
    """Return the features of each whole block of a picture; what is left at its end is cut off.

    Args:
        grey: (H, W), levels from 0 to 255, each side at least `BLOCK`.

    Returns:
        (blocks, `FEATURES`), NaN where a block is without any texture.
    """
    height, width = (side // BLOCK * BLOCK for side in grey.shape)
    picture = grey[:height, :width]
    return np.hstack(
        [
            _features_of_scale(picture, BLOCK),
            _features_of_scale(half_size(picture), BLOCK // 2),
        ]
    )


def normalised(picture: FloatArray) -> FloatArray:
    """Return the picture with its local mean and contrast taken out, (1) to (3)."""
    mean = _local_mean(picture)
    deviation = np.sqrt(np.abs(_local_mean(picture**2) - mean**2))
    coefficients: FloatArray = (picture - mean) / (deviation + 1)
    return coefficients


def _local_mean(picture: FloatArray) -> FloatArray:
    blurred: FloatArray = cv2.sepFilter2D(
        picture, cv2.CV_64F, _WINDOW, _WINDOW, borderType=cv2.BORDER_REPLICATE
    )
    return blurred


def _features_of_scale(picture: FloatArray, side: int) -> FloatArray:
    """Return the 18 features of each block: of its coefficients, and of four kinds of products."""
    coefficients = normalised(np.ascontiguousarray(picture))
    rows, columns = (length // side for length in coefficients.shape)
    blocks = coefficients.reshape(rows, side, columns, side).swapaxes(1, 2)
    blocks = blocks.reshape(-1, side, side)
    shape, left, right = _asymmetric_gaussian(blocks)
    features = [shape, (left + right) / 2]
    for shift in _SHIFTS:
        shape, left, right = _asymmetric_gaussian(blocks * np.roll(blocks, shift, axis=(1, 2)))
        features += [shape, (right - left) * _gammas(2 / shape) / _gammas(1 / shape), left, right]
    return np.stack(features, axis=1)


def _asymmetric_gaussian(blocks: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Fit an asymmetric generalised Gaussian to each block by its moments, (4) to (7).

    Args:
        blocks: (N, side, side).

    Returns:
        The shape, and the scale on the left and on the right, each (N,); the scales are NaN where
        a block has no value on that side.
    """
    values = blocks.reshape(len(blocks), -1)
    squares = values**2
    with np.errstate(invalid="ignore", divide="ignore"):
        left, right = (
            np.sqrt(np.where(side, squares, 0).sum(axis=1) / side.sum(axis=1))
            for side in (values < 0, values > 0)
        )
        ratio = left / right
        moments = np.abs(values).mean(axis=1) ** 2 / squares.mean(axis=1)
        wanted = moments * (ratio**3 + 1) * (ratio + 1) / (ratio**2 + 1) ** 2
    shape = _SHAPES[_nearest(_moment_ratios(), wanted)]
    scale = np.sqrt(_gammas(1 / shape) / _gammas(3 / shape))
    return shape, left * scale, right * scale


@functools.cache
def _moment_ratios() -> FloatArray:
    """Return for each of the shapes the ratio of moments that it has, which rises with it."""
    ratios: FloatArray = _gammas(2 / _SHAPES) ** 2 / (_gammas(1 / _SHAPES) * _gammas(3 / _SHAPES))
    return ratios


def _nearest(rising: FloatArray, wanted: FloatArray) -> npt.NDArray[np.intp]:
    """Return where each of the values is nearest in an array that rises; 0 for NaN."""
    above = np.clip(np.searchsorted(rising, wanted), 1, len(rising) - 1)
    below = above - 1
    is_below = ~(rising[above] - wanted < wanted - rising[below])
    return np.where(np.isnan(wanted), 0, np.where(is_below, below, above))


def _gammas(values: FloatArray) -> FloatArray:
    return np.array([math.gamma(value) for value in values.tolist()])


def _half_height(picture: FloatArray) -> FloatArray:
    taps = _cubic(np.arange(-3.5, 4) / 2)
    taps /= taps.sum()
    padded = np.pad(picture, ((3, 3), (0, 0)), mode="symmetric")
    rows = len(picture)
    halved: FloatArray = np.zeros((rows // 2, picture.shape[1]))
    for index, tap in enumerate(taps):
        halved += tap * padded[index : index + rows : 2]
    return halved


def _cubic(x: FloatArray) -> FloatArray:
    """Return Keys' cubic convolution kernel with a = -1/2, as MATLAB has it."""
    x = np.abs(x)
    inner, outer = 1.5 * x**3 - 2.5 * x**2 + 1, -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    kernel: FloatArray = np.where(x <= 1, inner, np.where(x <= 2, outer, 0))
    return kernel
