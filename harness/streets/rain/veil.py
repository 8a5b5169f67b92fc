"""The veil of rain too distant to be seen as streaks, and the light that it scatters.

Distant drops merge into a fog whose opacity follows the depth as A(d) = 1 - exp(-beta d). See Hu et
al., "Depth-attentional Features for Single-image Rain Removal", CVPR 2019; Li et al., "Heavy Rain
Image Restoration: Integrating Physics Model and Conditional Adversarial Learning", CVPR 2019;
Halder et al., "Physics-Based Rendering for Improving Robustness to Rain", ICCV 2019.
"""

import cv2
import numpy as np
import numpy.typing as npt

FloatImage = npt.NDArray[np.float32]
_THICKEST = 0.88


def ground_plane_depth(height: int, width: int) -> FloatImage:
    """Depth (height, width) in metres of a level street, for pictures without a measured one.

    It rises to 60 metres towards the horizon and stays there above it.

    >>> depth = ground_plane_depth(100, 8)
    >>> bool(depth[-1, 0] < depth[60, 0] < depth[45, 0])
    True
    """
    rows = np.arange(height, dtype=np.float32) + 0.5
    below = np.maximum(rows / height - 0.42, 0.02)
    depth = np.clip(2.4 / below, 3.0, 60.0)
    return np.repeat(depth.astype(np.float32)[:, None], width, axis=1)


def atmospheric_light(clean: npt.NDArray[np.uint8]) -> FloatImage:
    """Colour (3,), 0 to 255, of the light that rain scatters.

    It is the mean of the brightest haze-like part of the picture, brought close to grey.
    """
    small = (
        cv2.resize(clean, (48, 32), interpolation=cv2.INTER_AREA).reshape(-1, 3).astype(np.float32)
    )
    darkest_channel = small.min(axis=1)
    bright = small[darkest_channel >= np.quantile(darkest_channel, 0.93)].mean(axis=0)
    grey = bright.mean()
    colour = grey + 0.35 * (bright - grey)
    return np.asarray(np.clip(colour, 105.0, 232.0), np.float32)


def veil_opacity(depth: FloatImage, extinction: float, rng: np.random.Generator) -> FloatImage:
    """Opacity (H, W) of the veil, 0 to 0.88; denser in some sheets of rain than in others."""
    height, width = depth.shape
    sheets = cv2.resize(
        rng.standard_normal((4, 5)).astype(np.float32),
        (width, height),
        interpolation=cv2.INTER_CUBIC,
    )
    strength = np.float32(extinction) * (1.0 + 0.14 * sheets)
    return np.asarray(
        np.minimum(1.0 - np.exp(-np.maximum(strength, 0) * depth), _THICKEST), np.float32
    )
