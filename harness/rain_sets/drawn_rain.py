"""Our rain on clean pictures: which level, and which seed for which picture."""

from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from harness.digests import digest_json
from harness.errors import SampleError
from harness.samples import ImageArray
from harness.streets.rain import RAIN_VERSION, RainParameters, draw_rain

RainLevel = Literal["light", "heavy"]


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

    def image_seed(self, sample_id: str) -> int:
        """Return the seed of one picture, in [0, 2**32)."""
        return int(digest_json([self.seed, sample_id])[:8], 16)

    def facts(self, sample_id: str) -> list[object]:
        """Return what determines the rain of one picture, for its key; its depth stands apart."""
        level = asdict(self.level) if isinstance(self.level, RainParameters) else self.level
        return [RAIN_VERSION, level, self.image_seed(sample_id)]


def rain_of(level: Literal["none", "light", "heavy"], seed: int) -> DrawnRain | None:
    """Return the rain that an option asks for, None for ``none``."""
    return None if level == "none" else DrawnRain(level, seed)
