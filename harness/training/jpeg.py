"""JPEG before or after the rain: most pictures that a network meets went through it."""

from typing import Literal

import cv2
import numpy as np

from harness.samples import ImageArray

When = Literal["before", "after", "never"]
QUALITIES = (60, 96)
"""Least quality that is drawn, and the first that is not."""


def draw_when(rng: np.random.Generator, share: float) -> When:
    """Choose when a pair is compressed.

    ``before``: the clean picture, so that its blocks are no rain and have to stay. ``after``: the
    rainy picture alone, whose streaks then have ringing edges.

    Args:
        rng: Asked only if ``share`` is above 0, so that pairs without compression stay as they are.
        share: Of the pairs that are compressed, half of them before and half after the rain.

    >>> draw_when(np.random.default_rng(0), 0.0)
    'never'
    """
    if not share:
        return "never"
    drawn = float(rng.random())
    if drawn >= share:
        return "never"
    return "before" if drawn < share / 2 else "after"


def compressed(image: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Return an (H, W, 3) uint8 RGB image as JPEG of some quality keeps it."""
    quality = int(rng.integers(*QUALITIES))
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)
