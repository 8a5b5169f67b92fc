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

AT_A_TIME = 1 << 14
"""Pixels whose luma is computed at a time, so that they stay in a core's cache."""

_LUMA_WEIGHTS = np.array([65.481, 128.553, 24.966]) / 255
_TAPS = np.exp(-((np.arange(WINDOW) - WINDOW // 2) ** 2) / (2 * SIGMA**2))
_TAPS /= _TAPS.sum()

MARGIN = WINDOW - 1
BLOCK = 8
"""Windows along a side that one product of matrices makes the means of."""

TILE = (64, 256)
"""Rows and columns of windows that are compared at a time, so that they stay in a core's cache."""

_BAND = np.zeros((BLOCK + MARGIN, BLOCK))
for _window in range(BLOCK):
    _BAND[_window : _window + WINDOW, _window] = _TAPS


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
    pixels = rgb.reshape(-1, 3)
    luma = np.empty(len(pixels))
    for start in range(0, len(pixels), AT_A_TIME):
        some = slice(start, start + AT_A_TIME)
        np.matmul(pixels[some].astype(np.float64), _LUMA_WEIGHTS, out=luma[some])
    luma += 16
    return luma.reshape(rgb.shape[:-1])


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
    difference = np.subtract(first, second, dtype=np.float64)
    difference *= difference
    return float(difference.sum())


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
    tile = _Tile(height, width)
    windows = (height - MARGIN) * (width - MARGIN)
    if first.ndim == 2:
        return tile.sum_of_channel(first, second) / windows
    channels = range(first.shape[2])
    total = sum(tile.sum_of_channel(first[..., at], second[..., at]) for at in channels)
    return total / (windows * len(channels))


class _Tile:
    """Sums similarities tile by tile, in memory of its own: fresh one costs more than the sums.

    What is averaged under the windows are the sum s and the difference d of two pictures x and y,
    and the squares of both: ``4xy = s^2 - d^2`` and ``2(x^2 + y^2) = s^2 + d^2``, so four means do
    the work of five. They are products with a band matrix, down the columns and then along the
    rows, which take a third of the time of a filter, and are too small for a BLAS to share them
    among threads.

    Args:
        height: Of the pictures.
        width: Of the pictures.
    """

    def __init__(self, height: int, width: int) -> None:
        rows, columns = (
            _blocks(side - MARGIN, most) for side, most in zip((height, width), TILE, strict=True)
        )
        self.windows = rows * BLOCK, columns * BLOCK
        across = columns * BLOCK + MARGIN
        self.moments = np.zeros((4, rows * BLOCK + MARGIN, across))
        self.down = np.empty((4, rows, BLOCK, across))
        self.means = np.empty((4, columns, rows * BLOCK, BLOCK))
        self.spare = np.empty_like(self.means[0])
        # (4, rows, BLOCK + MARGIN, across) and (4, columns, rows * BLOCK, BLOCK + MARGIN)
        self.bands_of_rows = np.moveaxis(_bands(self.moments, axis=1), -1, 2)
        lines = self.down.reshape(4, rows * BLOCK, across)
        self.bands_of_columns = np.moveaxis(_bands(lines, axis=2), 2, 1)

    def sum_of_channel(self, x: Channel, y: Channel) -> float:
        """Return the sum over the windows of two pictures."""
        height, width = self.windows
        total = 0.0
        for top in range(0, len(x) - MARGIN, height):
            rows = slice(top, top + height + MARGIN)
            for left in range(0, x.shape[1] - MARGIN, width):
                columns = slice(left, left + width + MARGIN)
                total += self._sum(x[rows, columns], y[rows, columns])
        return total

    def _sum(self, x: Channel, y: Channel) -> float:
        """Return the sum over the windows of a part of the pictures, a tile or less."""
        height, width = x.shape
        s, d, s_squared, d_squared = self.moments[:, :height, :width]
        s[...], s_squared[...] = x, y
        np.subtract(s, s_squared, out=d)
        s += s_squared
        np.multiply(s, s, out=s_squared)
        np.multiply(d, d, out=d_squared)
        np.matmul(_BAND.T, self.bands_of_rows, out=self.down)
        np.matmul(self.bands_of_columns, _BAND, out=self.means)
        whole, rest = divmod(width - MARGIN, BLOCK)
        similarity = self._similarity()[:, : height - MARGIN]
        return float(similarity[:whole].sum() + similarity[whole : whole + 1, :, :rest].sum())

    def _similarity(self) -> FloatImage:
        """Return the similarity under each window, blocks of columns first, until the next call."""
        s, d, s_squared, d_squared = self.means
        s *= s
        d *= d
        s_squared -= s  # now 4 times the variance of s
        d_squared -= d
        s += 2 * C1
        s_squared += 2 * C2
        similarity: FloatImage = np.subtract(s, d, out=self.spare)
        s += d
        similarity *= np.subtract(s_squared, d_squared, out=d)
        s_squared += d_squared
        s *= s_squared
        similarity /= s
        return similarity


def _blocks(windows: int, most: int) -> int:
    """Return the blocks of a tile's side, such that tiles of at most so many windows are alike."""
    tiles = -(-windows // most)
    return -(-windows // (tiles * BLOCK))


def _bands(array: FloatImage, axis: int) -> FloatImage:
    """Return views of bands of ``BLOCK + MARGIN``, one each ``BLOCK``, as a new last axis."""
    views = np.lib.stride_tricks.sliding_window_view(array, BLOCK + MARGIN, axis)
    before = (slice(None),) * axis
    every: FloatImage = views[(*before, slice(None, None, BLOCK))]
    return every


def _check_shapes(first: npt.NDArray[np.generic], second: npt.NDArray[np.generic]) -> None:
    if first.shape != second.shape:
        raise TaskError(f"images of different shapes: {first.shape} and {second.shape}")
