"""A batch on its way through the derainers, which lanes take one after the other."""

import threading
from collections import deque
from collections.abc import Sequence
from typing import Any

from harness.plugins.parts import Part
from harness.run.loading import Loaded
from harness.run.plan import OpenRainSet


class BatchInHand:
    """What is left to do on a batch. Several lanes may be at it, each with another derainer.

    Args:
        rain_set: That the batch is of.
        loaded: Its images.
        parts: The derainers that have work left on it, in their order.
        pixels: Of its images together.
    """

    def __init__(
        self,
        rain_set: OpenRainSet,
        loaded: Sequence[Loaded],
        parts: Sequence[Part[Any]],
        pixels: float,
    ) -> None:
        self.rain_set, self.loaded = rain_set, loaded
        self.images = [one.work.image for one in loaded]
        self.derainers = [part.name for part in parts]
        self._pixels = pixels
        self._left = deque(parts)
        self._lock = threading.Lock()

    def take(self) -> Part[Any] | None:
        """Return the derainer that comes next, None where all were taken."""
        with self._lock:
            return self._left.popleft() if self._left else None

    @property
    def amount_left(self) -> float:
        """Pixels that no lane has taken yet, counted once for each derainer."""
        return self._pixels * len(self._left)
