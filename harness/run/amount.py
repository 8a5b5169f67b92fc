"""How much work each image of a run is: its pixels, which are what models take their time for."""

import functools
from collections.abc import Mapping

from harness.foreign_code import ForeignError
from harness.run.plan import OpenRainSet
from harness.run.work import Work
from harness.samples import RainSet

Amounts = Mapping[tuple[str, str], float]
"""Pixels by the names of rain set and image."""


def amounts_of(work: Work) -> Amounts:
    """Return the pixels of every image with work left; of one unknown, the mean of the others."""
    known = {
        (rain_set.name, one.image): _pixels(rain_set, one.image)
        for rain_set, images in work.images
        for one in images
    }
    told = [pixels for pixels in known.values() if pixels]
    mean = sum(told) / len(told) if told else 1.0
    return {place: pixels or mean for place, pixels in known.items()}


def _pixels(rain_set: OpenRainSet, image: str) -> float:
    try:
        return float(rain_set.part.ask(functools.partial(_ask, image)) or 0)
    except (ForeignError, TypeError, ValueError):
        return 0.0  # it will fail when it is loaded, and say why


def _ask(image: str, content: RainSet) -> int | None:
    return content.pixels(image)
