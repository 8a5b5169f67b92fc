"""Where training pairs come from: our rain on clean pictures, or the files of a paired rain set."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import numpy as np

from harness.errors import ConfigError, SampleError
from harness.rain_sets.composed import ComposedRainSet
from harness.samples import ImageArray, RainSet
from harness.streets.rain import FAMILIES, LEVELS, RainParameters, draw_rain, sample_parameters
from harness.training.clean_pictures import CleanSource
from harness.training.jpeg import compressed, draw_when
from harness.training.picture_cache import PictureCache

SAMPLED = "sampled"
"""Beside the levels and the families: rain of any family."""

RAINS = (*LEVELS, *FAMILIES, SAMPLED)
"""What drawn rain may be."""


class PairSource(Protocol):
    """Gives rainy versions of clean pictures."""

    def draw(self, rng: np.random.Generator, versions: int) -> ImageArray:
        """Choose a clean picture and as many rainy versions of it as asked for.

        Args:
            rng: All that is left to chance is drawn from it; further versions take nothing from
                its stream, so that with or without them the first is the same.
            versions: How many, at least 1.

        Returns:
            (1 + versions, H, W, 3) uint8 RGB, the clean picture first.
        """


class Source(NamedTuple):
    """A source and how often it is chosen.

    Attributes:
        pairs: What it gives.
        share: Probability of choosing it.
    """

    pairs: PairSource
    share: float


class DrawnPairs:
    """Our rain, drawn anew each time.

    Args:
        pictures: To draw on.
        rain: Shares of `RAINS`; they add up to 1. Each version draws its own.
        jpeg: Share of the pairs that are compressed, see `harness.training.jpeg`.
    """

    def __init__(self, pictures: CleanSource, rain: Mapping[str, float], jpeg: float = 0.0) -> None:
        self.pictures = pictures
        self.rain = dict(rain)
        self.jpeg = jpeg

    def draw(self, rng: np.random.Generator, versions: int) -> ImageArray:
        """See `PairSource.draw`."""
        clean, depth, lines = self.pictures.picture(int(rng.integers(len(self.pictures))), rng)
        when = draw_when(rng, self.jpeg)
        if when == "before":
            clean = compressed(clean, rng)
        drawn = [clean]
        for source in (rng, *rng.spawn(versions - 1)):
            level = choose_rain(self.rain, source)
            seed = int(source.integers(2**31))
            rainy = draw_rain(clean, level, seed, depth, lines)
            drawn.append(compressed(rainy, source) if when == "after" else rainy)
        return np.stack(drawn)


class FiledPairs:
    """The pairs of a rain set, as they lie on disk.

    Further versions are other rainy images of the same clean one, where the set pairs several
    with it (Rain1400); where there are too few, those that there are take turns.

    Args:
        rain_set: Each sample has its clean image.
        smallest: Both sides of an image, pixels, at least.
        cache: Keeps the decoded pairs.

    Raises:
        ConfigError: If the set has no clean images.
    """

    def __init__(self, rain_set: RainSet, smallest: int, cache: PictureCache) -> None:
        if not rain_set.has_clean:
            raise ConfigError(
                f"{rain_set.name}: this rain set has no clean images to learn from; take a paired "
                "one"
            )
        self.rain_set = rain_set
        self.smallest = smallest
        self.cache = cache
        self.ids = tuple(rain_set.ids())
        self.others = rain_set.versions() if isinstance(rain_set, ComposedRainSet) else {}

    def draw(self, rng: np.random.Generator, versions: int) -> ImageArray:
        """See `PairSource.draw`.

        Raises:
            SampleError: If a pair is unusable or too small; the text names it.
        """
        chosen = self.ids[int(rng.integers(len(self.ids)))]
        rainy = [chosen]
        if versions > 1:
            others = self.others.get(chosen, ())
            rainy += [others[index] for index in rng.spawn(1)[0].permutation(len(others))]
        pairs = [self._pair(rainy[number % len(rainy)]) for number in range(versions)]
        return np.stack((pairs[0][1], *(pair[0] for pair in pairs)))

    def _pair(self, sample_id: str) -> ImageArray:
        return self.cache.get(sample_id, lambda: self._load(sample_id))

    def _load(self, sample_id: str) -> ImageArray:
        sample = self.rain_set.load(sample_id)
        if sample.clean is None:
            raise SampleError(f"{self.rain_set.name}: {sample_id} has no clean image")
        height, width = sample.rainy.shape[:2]
        if min(height, width) < self.smallest:
            raise SampleError(
                f"{self.rain_set.name}: {sample_id} is {width}x{height}, smaller than the patches "
                f"of {self.smallest} pixels; lower `patch`, or take the image out of the folder"
            )
        return np.stack((sample.rainy, sample.clean))


def choose_rain(shares: Mapping[str, float], rng: np.random.Generator) -> RainParameters:
    """Choose a level of the benchmark, or draw parameters of a family or of any rain.

    >>> choose_rain({"heavy": 1.0}, np.random.default_rng(0)) == LEVELS["heavy"]
    True
    """
    names = list(shares)
    name = names[int(rng.choice(len(names), p=normalised(list(shares.values()))))]
    if name in LEVELS:
        return LEVELS[name]
    return sample_parameters(rng) if name == SAMPLED else FAMILIES[name](rng)


def normalised(shares: list[float]) -> list[float]:
    """Return shares that add up to 1 as exactly as NumPy asks for.

    >>> normalised([0.25, 0.75])
    [0.25, 0.75]
    """
    total = sum(shares)
    return [share / total for share in shares]
