"""Grey pictures made of numbers alone, so that other environments make the very same."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]


def _dead_leaves(height: int, width: int, seed: int) -> Grey:
    """Discs of all sizes and levels that lie on each other, which has natural statistics."""
    rng = np.random.default_rng(seed)
    picture = np.full((height, width), 128.0)
    y, x = np.mgrid[:height, :width]
    for _ in range(700):
        radius = 3 / rng.uniform(0.04, 1)
        centre = rng.uniform(0, height), rng.uniform(0, width)
        inside = (y - centre[0]) ** 2 + (x - centre[1]) ** 2 < radius**2
        picture[inside] = rng.uniform(10, 245)
    return np.clip(picture + rng.normal(0, 3, picture.shape), 0, 255).round().astype(np.uint8)


def _with_streaks(picture: Grey, seed: int) -> Grey:
    rng = np.random.default_rng(seed)
    rain = picture.astype(np.float64)
    for _ in range(400):
        top, left = rng.integers(0, picture.shape[0] - 20), rng.integers(0, picture.shape[1] - 10)
        steps = np.arange(20)
        rain[top + steps, left + steps // 3] += 70
    return np.clip(rain, 0, 255).round().astype(np.uint8)


def _with_a_flat_block(picture: Grey) -> Grey:
    flat = picture.copy()
    flat[:120, :120] = 90
    return flat


MADE: Mapping[str, Callable[[], Grey]] = {
    "leaves": lambda: _dead_leaves(288, 384, 1),
    "streaks": lambda: _with_streaks(_dead_leaves(288, 384, 1), 2),
    "no whole number of blocks": lambda: _dead_leaves(250, 350, 3),
    "two blocks": lambda: _dead_leaves(96, 192, 4),
    "noise": lambda: np.random.default_rng(5).integers(0, 256, (192, 288), dtype=np.uint8),
    "a flat block": lambda: _with_a_flat_block(_dead_leaves(288, 288, 6)),
}
"""By name."""
