"""A picture of noise, to try or to time a derainer with."""

import numpy as np

from harness.samples import Sample


def noise(size: tuple[int, int]) -> Sample:
    """Return a picture of noise of a height and width, always the same."""
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    return Sample(id="noise", rainy=pixels)
