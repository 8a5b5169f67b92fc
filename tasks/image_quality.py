"""PSNR and SSIM as the deraining papers define them, in double precision."""

import cv2
import numpy as np
import numpy.typing as npt

from harness.errors import TaskError

FloatImage = npt.NDArray[np.float64]
Channel = npt.NDArray[np.generic]

WINDOW = 11
"""Side of SSIM's Gaussian window in pixels (Wang et al., 2004)."""

SIGMA = 1.5
C1 = (0.01 * 255) ** 2
C2 = (0.03 * 255) ** 2

_LUMA_WEIGHTS = np.array([65.481, 128.553, 24.966]) / 255
_TAPS = np.exp(-((np.arange(WINDOW) - WINDOW // 2) ** 2) / (2 * SIGMA**2))
_TAPS /= _TAPS.sum()

MARGIN = WINDOW - 1
STRIP = 64
"""Rows of windows that are computed at a time, so that they stay in a core's cache."""


def rgb_to_y(rgb: npt.NDArray[np.uint8]) -> FloatImage:
    """Return the luma of MATLAB's ``rgb2ycbcr``: limited range, from 16 (black) to 235 (white).

    It is not rounded, as MATLAB does not round for a picture of doubles; for uint8 it rounds,
    which would lower the PSNR of Rain100L's rainy images from 26.903 to 26.900 dB.

    Args:
        rgb: (..., 3) uint8.

    Returns:
        (...) float64.

    >>> rgb_to_y(np.array([[0, 0, 0], [255, 255, 255], [255, 0, 0]], np.uint8)).round(3).tolist()
    [16.0, 235.0, 81.481]
    """
    luma: FloatImage = rgb.astype(np.float64) @ _LUMA_WEIGHTS + 16
    return luma


def psnr(first: npt.NDArray[np.generic], second: npt.NDArray[np.generic]) -> float:
    """Return the peak signal-to-noise ratio for a peak of 255, over all channels together.

    Args:
        first: (H, W) or (H, W, C), values in [0, 255].
        second: Of the same shape.

    Returns:
        dB; infinity for equal images.

    Raises:
        TaskError: If the shapes differ.

    >>> round(psnr(np.zeros((2, 2)), np.full((2, 2), 255 / 10)), 6)
    20.0
    >>> psnr(np.ones((2, 2)), np.ones((2, 2)))
    inf
    """
    _check_shapes(first, second)
    mean_squared_error = _squared_distance(first, second) / first.size
    if mean_squared_error == 0:
        return float("inf")
    return float(10 * np.log10(255**2 / mean_squared_error))


def _squared_distance(first: npt.NDArray[np.generic], second: npt.NDArray[np.generic]) -> float:
    if first.dtype == second.dtype == np.uint8:
        pair = np.ascontiguousarray(first), np.ascontiguousarray(second)
        return cv2.norm(*pair, cv2.NORM_L2SQR)  # exact, for it counts in integers
    difference = first.astype(np.float64) - second.astype(np.float64)
    return float(np.sum(np.square(difference)))


def ssim(first: npt.NDArray[np.generic], second: npt.NDArray[np.generic]) -> float:
    """Return the structural similarity (Wang et al., 2004), the mean over channels.

    Gaussian window of 11x11 and sigma 1.5, K1 0.01, K2 0.03, L 255, averaged over the pixels
    whose whole window lies in the image.

    Args:
        first: (H, W) or (H, W, C), values in [0, 255], each side at least 11.
        second: Of the same shape.

    Returns:
        At most 1, which only equal images reach.

    Raises:
        TaskError: If the shapes differ or a side is shorter than the window.

    >>> ssim(np.ones((11, 11)), np.ones((11, 11)))
    1.0
    """
    _check_shapes(first, second)
    height, width = first.shape[:2]
    if min(height, width) < WINDOW:
        raise TaskError(
            f"SSIM needs {WINDOW}x{WINDOW} pixels or more, this image has {width}x{height}"
        )
    strips = _Strips(height, width)
    windows = (height - MARGIN) * (width - MARGIN)
    if first.ndim == 2:
        return strips.sum_of_channel(first, second) / windows
    channels = range(first.shape[2])
    total = sum(strips.sum_of_channel(first[..., at], second[..., at]) for at in channels)
    return total / (windows * len(channels))


class _Strips:
    """Sums similarities strip by strip, in memory of its own: fresh one costs more than the sums.

    Args:
        height: Of the pictures.
        width: Of the pictures.
    """

    def __init__(self, height: int, width: int) -> None:
        self.moments = np.empty((4, min(height, STRIP + MARGIN), width))
        self.blurred = np.empty_like(self.moments)

    def sum_of_channel(self, x: Channel, y: Channel) -> float:
        """Return the sum over the windows of two pictures."""
        strips = (slice(top, top + STRIP + MARGIN) for top in range(0, len(x) - MARGIN, STRIP))
        return sum(float(self._similarity(x[rows], y[rows]).sum()) for rows in strips)

    def _similarity(self, x: Channel, y: Channel) -> FloatImage:
        """Return the similarity under each window of a strip, until the next is asked for."""
        first, second, squares, product = moments = self.moments[:, : len(x)]
        first[...], second[...] = x, y
        # The two variances occur only as their sum, so four means do the work of five.
        np.multiply(first, first, out=squares)
        np.multiply(second, second, out=product)
        squares += product
        np.multiply(first, second, out=product)
        mean_x, mean_y, squares, product = (
            _blur(moment, blurred) for moment, blurred in zip(moments, self.blurred, strict=True)
        )
        means = np.multiply(mean_x, mean_y, out=_inside(first))
        mean_x *= mean_x
        mean_y *= mean_y
        squares_of_means = np.add(mean_x, mean_y, out=mean_x)
        variances = np.subtract(squares, squares_of_means, out=squares)
        covariances = np.subtract(product, means, out=product)
        means *= 2
        means += C1
        covariances *= 2
        covariances += C2
        squares_of_means += C1
        variances += C2
        means *= covariances
        squares_of_means *= variances
        similarity: FloatImage = np.divide(means, squares_of_means, out=means)
        return similarity


def _blur(image: FloatImage, out: FloatImage) -> FloatImage:
    """Blur with the window and keep the pixels that the border does not touch."""
    blurred: FloatImage = cv2.sepFilter2D(image, cv2.CV_64F, _TAPS, _TAPS, dst=out[: len(image)])
    return _inside(blurred)


def _inside(image: FloatImage) -> FloatImage:
    return image[MARGIN // 2 : -(MARGIN // 2), MARGIN // 2 : -(MARGIN // 2)]


def _check_shapes(first: npt.NDArray[np.generic], second: npt.NDArray[np.generic]) -> None:
    if first.shape != second.shape:
        raise TaskError(f"images of different shapes: {first.shape} and {second.shape}")
