"""Who may use a derainer or task at a time, and that it is on its device before the first does."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from harness.device import Device
from harness.plugins.parts import Part


class Turnstile:
    """Lets the lanes of a run through to its derainers or tasks.

    What is reentrant is used by several lanes at a time, what is not by one; each is placed on
    the device by the lane that comes first.

    Args:
        device: Where they run.
    """

    def __init__(self, device: Device) -> None:
        self.device = device
        self._locks: dict[str, threading.Lock] = {}
        self._placed: set[str] = set()
        self._guard = threading.Lock()

    @contextlib.contextmanager
    def using(self, part: Part[Any]) -> Iterator[None]:
        """Use a derainer or task within a block; wait until that is allowed.

        Raises:
            ForeignError: If it cannot be placed on the device.
        """
        with self._guard:
            lock = self._locks.setdefault(part.name, threading.Lock())
        with lock:
            if part.name not in self._placed:
                part.ask(lambda built: built.place(self.device))
                self._placed.add(part.name)
            if not part.says("is_reentrant"):
                yield
                return
        yield
