"""Clean pictures of other tone: so that a network tells a pale picture from a veil of rain."""

from typing import NamedTuple

import numpy as np

from harness.samples import ImageArray
from harness.training.clean_pictures import CleanPicture, CleanSource


class Tone(NamedTuple):
    """What is done to a picture in [0, 1], in this order.

    Attributes:
        saturation: Factor of each pixel's distance from its own grey, 0 for a grey picture.
        gamma: Exponent.
        black: Where black comes to lie, 0 to 1.
        white: Where white comes to lie, above ``black``.
        gains: Of red, green and blue.
    """

    saturation: float
    gamma: float
    black: float
    white: float
    gains: tuple[float, float, float]


class ToneVaried:
    """Changes the tone of some pictures of a source.

    Rain with a veil makes a scene pale and takes its colour. Who learns from vivid photographs
    alone takes a photograph of sand for a veiled one, and "restores" colours that it never had.

    Args:
        pictures: The source.
        share: Of its pictures that are changed, 0 to 1.
    """

    def __init__(self, pictures: CleanSource, share: float) -> None:
        self.pictures = pictures
        self.share = share

    def __len__(self) -> int:
        """Return how many pictures there are."""
        return len(self.pictures)

    def picture(self, index: int, rng: np.random.Generator) -> CleanPicture:
        """Return one, changed or not; see `CleanSource`."""
        picture = self.pictures.picture(index, rng)
        if rng.random() >= self.share:
            return picture
        return picture._replace(image=change_tone(picture.image, draw_tone(rng)))


def draw_tone(rng: np.random.Generator) -> Tone:
    """Draw what is done to one picture.

    >>> draw_tone(np.random.default_rng(0)) == draw_tone(np.random.default_rng(0))
    True
    """
    red, green, blue = (float(gain) for gain in rng.uniform(0.88, 1.12, 3))
    return Tone(
        saturation=float(rng.uniform(0.2, 1.3)),
        gamma=float(np.exp(rng.uniform(-0.5, 0.5))),
        black=float(rng.uniform(0.0, 0.3)),
        white=float(rng.uniform(0.6, 1.0)),
        gains=(red, green, blue),
    )


def change_tone(image: ImageArray, tone: Tone) -> ImageArray:
    """Return an (H, W, 3) uint8 RGB image of another tone.

    >>> pixel = np.array([[[0, 51, 255]]], np.uint8)
    >>> change_tone(pixel, Tone(1, 1, 0, 1, (1, 1, 1))).ravel().tolist()
    [0, 51, 255]
    >>> change_tone(pixel, Tone(0, 1, 0.2, 0.8, (1, 1, 1))).ravel().tolist()
    [112, 112, 112]
    """
    levels = image.astype(np.float32) / 255
    grey = levels.mean(axis=2, keepdims=True)
    levels = (grey + tone.saturation * (levels - grey)).clip(0, 1) ** tone.gamma
    levels = tone.black + (tone.white - tone.black) * levels
    levels *= np.asarray(tone.gains, np.float32)
    changed: ImageArray = (levels.clip(0, 1) * 255).round().astype(np.uint8)
    return changed
