"""Who may use a derainer or task at a time, and that it is on its device before the first does."""

import contextlib
import threading
from collections.abc import Callable, Iterator

from harness.derainer import Derainer
from harness.device import Device
from harness.task import Task


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
    def using(
        self,
        name: str,
        part: Derainer | Task,
        call: Callable[[Callable[[], None]], None] = lambda place: place(),
    ) -> Iterator[None]:
        """Use a part within a block; wait until that is allowed.

        Args:
            name: Of the part.
            part: The derainer or task.
            call: Calls what places it.
        """
        with self._guard:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            if name not in self._placed:
                call(lambda: part.place(self.device))
                self._placed.add(name)
            if not part.is_reentrant:
                yield
                return
        yield
