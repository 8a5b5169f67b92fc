"""Where a run's time goes: seconds a stage, and the thread-safe sum of them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Sums the seconds that each stage of a run took.

    >>> stopwatch = Stopwatch()
    >>> stopwatch.add("load", 1.5); stopwatch.add("load", 0.25)
    >>> stopwatch.seconds()
    {'load': 1.75}
    """

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._lock = threading.Lock()

    def add(self, stage: str, seconds: float) -> None:
        """Add to a stage."""
        with self._lock:
            self._seconds[stage] = self._seconds.get(stage, 0.0) + seconds

    @contextmanager
    def timing(self, stage: str) -> Iterator[None]:
        """Add the duration of a block to a stage."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.add(stage, time.perf_counter() - started)

    def seconds(self) -> dict[str, float]:
        """Return the sums, to the millisecond."""
        return {stage: round(seconds, 3) for stage, seconds in self._seconds.items()}
