"""What the air and the camera do to the picture: haze, exposure, lens, sensor noise."""

import cv2
import numpy as np
import numpy.typing as npt

from harness.streets.scenes.light import Light


def photograph(
    colour: npt.NDArray[np.uint8],
    depth: npt.NDArray[np.floating],
    light: Light,
    rng: np.random.Generator,
) -> npt.NDArray[np.uint8]:
    """Turn the supersampled canvas into the final picture.

    Args:
        colour: (sH, sW, 3), s times as fine as the picture.
        depth: (H, W) metres.
        light: gives the haze.
        rng: draws the camera's flaws.

    Returns:
        (H, W, 3) uint8 sRGB.
    """
    height, width = depth.shape
    picture = cv2.resize(colour, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    clear = np.exp(-light.haze * np.minimum(depth, 250.0)).astype(np.float32)
    clear[depth >= 900.0] = 1.0
    haze = light.horizon.astype(np.float32)
    picture = haze + clear[..., None] * (picture - haze)
    contrast, exposure = rng.uniform(0.94, 1.12), rng.uniform(0.95, 1.10)
    balance = 1 + rng.normal(0, 0.015, 3)
    saturation = rng.uniform(0.85, 1.18)
    picture = 118.0 + contrast * (picture * (exposure * balance).astype(np.float32) - 118.0)
    grey = picture.mean(axis=2, keepdims=True)
    picture = grey + np.float32(saturation) * (picture - grey)
    scale = min(height / 224.0, width / 384.0, 2.0)
    picture = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.30, 0.55)) * max(scale, 0.6))
    rows = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    columns = np.linspace(-1, 1, width, dtype=np.float32)[None]
    picture *= (1 - np.float32(rng.uniform(0.02, 0.16)) * 0.5 * (rows**2 + columns**2))[..., None]
    picture += np.float32(rng.uniform(1.0, 3.2)) * rng.standard_normal(
        picture.shape, dtype=np.float32
    )
    return np.asarray(np.clip(np.rint(picture), 0, 255), np.uint8)
