"""PSNR and SSIM as the deraining papers define them, in double precision."""

import cv2
import numpy as np
import numpy.typing as npt

from harness.errors import TaskError

FloatImage = npt.NDArray[np.float64]

WINDOW = 11
"""Side of SSIM's Gaussian window in pixels (Wang et al., 2004)."""

SIGMA = 1.5
C1 = (0.01 * 255) ** 2
C2 = (0.03 * 255) ** 2

_LUMA_WEIGHTS = np.array([65.481, 128.553, 24.966]) / 255
_TAPS = np.exp(-((np.arange(WINDOW) - WINDOW // 2) ** 2) / (2 * SIGMA**2))
_TAPS /= _TAPS.sum()


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
    difference = first.astype(np.float64) - second.astype(np.float64)
    mean_squared_error = float(np.mean(difference**2))
    if mean_squared_error == 0:
        return float("inf")
    return float(10 * np.log10(255**2 / mean_squared_error))


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
    if min(first.shape[:2]) < WINDOW:
        height, width = first.shape[:2]
        raise TaskError(
            f"SSIM needs {WINDOW}x{WINDOW} pixels or more, this image has {width}x{height}"
        )
    if first.ndim == 2:
        return _ssim_of_channel(first.astype(np.float64), second.astype(np.float64))
    channels = [
        _ssim_of_channel(
            np.ascontiguousarray(first[..., channel], np.float64),
            np.ascontiguousarray(second[..., channel], np.float64),
        )
        for channel in range(first.shape[2])
    ]
    return float(np.mean(channels))


def _ssim_of_channel(x: FloatImage, y: FloatImage) -> float:
    mean_x, mean_y = _blur(x), _blur(y)
    mean_product, square_x, square_y = mean_x * mean_y, mean_x**2, mean_y**2
    # The two variances occur only as their sum, so three blurs do the work of four.
    variances = _blur(x * x + y * y) - square_x - square_y
    covariance = _blur(x * y) - mean_product
    similarity = ((2 * mean_product + C1) * (2 * covariance + C2)) / (
        (square_x + square_y + C1) * (variances + C2)
    )
    return float(similarity.mean())


def _blur(image: FloatImage) -> FloatImage:
    """Blur with the window and keep the pixels that the border does not touch."""
    margin = WINDOW // 2
    blurred: FloatImage = cv2.sepFilter2D(image, cv2.CV_64F, _TAPS, _TAPS)
    return blurred[margin:-margin, margin:-margin]


def _check_shapes(first: npt.NDArray[np.generic], second: npt.NDArray[np.generic]) -> None:
    if first.shape != second.shape:
        raise TaskError(f"images of different shapes: {first.shape} and {second.shape}")
