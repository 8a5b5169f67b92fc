"""Our rain on clean pictures: which level, and which seed for which picture."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator

from harness.digests import digest_json
from harness.errors import SampleError
from harness.nearest import nearest
from harness.samples import ImageArray
from harness.streets.rain import LEVELS, RAIN_VERSION, RainParameters, draw_rain

RainLevel = Literal["light", "heavy"]


def stated_rain(stated: Any) -> Any:
    """Return `RainParameters` for a mapping of numbers, from a ``level`` or from no rain at all.

    Raises:
        ValueError: If it names an unknown level or number, or gives what is none.
    """
    if not isinstance(stated, Mapping):
        return stated
    numbers = dict(stated)
    level = numbers.pop("level", None)
    if level is not None and level not in LEVELS:
        raise ValueError(f"no level of rain is called {level!r}: choose from {', '.join(LEVELS)}")
    known = [one.name for one in fields(RainParameters)]
    for key, value in numbers.items():
        if key not in known:
            raise ValueError(f"rain has no {key!r}{nearest(str(key), known)}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"rain: {key} must be a number, not {value!r}")
        if isinstance(getattr(RainParameters(), key), int) and not isinstance(value, int):
            raise ValueError(f"rain: {key} must be a whole number, not {value!r}")
    return replace(LEVELS[level] if level else RainParameters(), **numbers)


HowItRains = Annotated[RainLevel | RainParameters, BeforeValidator(stated_rain)]
"""A level, or numbers: ``{level: heavy, opacity: 0.3}``."""

HowItMayRain = Annotated[Literal["none"] | RainLevel | RainParameters, BeforeValidator(stated_rain)]
"""The same, or ``none`` for pictures that stay as they are."""


def rain_protocol(rain: RainLevel | RainParameters) -> str:
    """Return how signatures state a rain: its level, with the numbers that differ from it.

    >>> rain_protocol("heavy"), rain_protocol(replace(LEVELS["heavy"], opacity=0.3, gloom=0.2))
    ('heavy', 'heavy,opacity=0.3,gloom=0.2')
    >>> rain_protocol(RainParameters(angle=20))
    'angle=20'
    """
    if not isinstance(rain, RainParameters):
        return rain
    stated = {level: _differences(rain, known) for level, known in LEVELS.items()}
    stated[""] = _differences(rain, RainParameters())
    level = min(stated, key=lambda one: len(stated[one]))
    return ",".join([*filter(None, [level]), *stated[level]]) or "as by default"


def _differences(rain: RainParameters, known: RainParameters) -> list[str]:
    numbers, others = asdict(rain), asdict(known)
    return [f"{key}={value:g}" for key, value in numbers.items() if value != others[key]]


@dataclass(frozen=True)
class DrawnRain:
    """Rain of one level over the pictures of a set.

    Attributes:
        level: Of the rain, or how it rains in numbers.
        seed: Of the set; every picture draws its own seed from it and from its id, so that a
            sample does not depend on which others there are.
    """

    level: RainLevel | RainParameters
    seed: int

    def draw(
        self,
        clean: ImageArray,
        sample_id: str,
        depth: npt.NDArray[np.float32] | None = None,
    ) -> ImageArray:
        """Return the picture with rain.

        Args:
            clean: (H, W, 3).
            sample_id: Of the picture.
            depth: (H, W) metres; that of a level street stands in where it is unknown.

        Raises:
            SampleError: If the picture is too small for rain.
        """
        try:
            return draw_rain(clean, self.level, self.image_seed(sample_id), depth)
        except ValueError as error:
            raise SampleError(f"{sample_id}: no rain can be drawn on it: {error}") from error

    @property
    def protocol(self) -> str:
        """How signatures state it, with the seed where that is not 0."""
        return rain_protocol(self.level) + (f",seed={self.seed}" if self.seed else "")

    def image_seed(self, sample_id: str) -> int:
        """Return the seed of one picture, in [0, 2**32)."""
        return int(digest_json([self.seed, sample_id])[:8], 16)

    def facts(self, sample_id: str) -> list[object]:
        """Return what determines the rain of one picture, for its key; its depth stands apart."""
        level = asdict(self.level) if isinstance(self.level, RainParameters) else self.level
        return [RAIN_VERSION, level, self.image_seed(sample_id)]


def rain_of(rain: Literal["none"] | RainLevel | RainParameters, seed: int) -> DrawnRain | None:
    """Return the rain that an option asks for, None for ``none``."""
    return None if rain == "none" else DrawnRain(rain, seed)
