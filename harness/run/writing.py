"""Files on their way to the disk, in threads beside the models."""

import functools
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, wait


class Writing:
    """Writes files beside the lanes; what cannot be written ends the run, a little later.

    Args:
        executor: Where they are encoded and written; it begins with what it was given first.
        most_pending: Files under way at the most, which bounds the memory.
    """

    def __init__(self, executor: Executor, most_pending: int) -> None:
        self.executor, self.most_pending = executor, most_pending
        self._lock = threading.Lock()
        self._pending: deque[Future[None]] = deque()

    def add(self, write: Callable[[], None]) -> None:
        """Write a file, sooner or later.

        Raises:
            OSError: If this or an earlier one cannot be written.
        """
        future = self.executor.submit(write)
        with self._lock:
            self._pending.append(future)
        self._wait_for_all_but(self.most_pending)

    def add_last(self, write: Callable[[], None]) -> None:
        """Write what says that all that was added so far is there: after it, or not at all.

        Raises:
            OSError: As for `add`.
        """
        with self._lock:
            before = list(self._pending)
        # All of these began before this one does, so that it may wait in one of their threads.
        self.add(functools.partial(_after, before, write))

    def finish(self) -> None:
        """Wait until all is written.

        Raises:
            OSError: If one cannot be; the others are written all the same.
        """
        with self._lock:
            pending = list(self._pending)
        wait(pending)
        self._wait_for_all_but(0)

    def _wait_for_all_but(self, most: int) -> None:
        while True:
            with self._lock:
                if len(self._pending) <= most:
                    return
                oldest = self._pending[0]
            oldest.result()  # what failed stays here, so that `add_last` comes to know of it
            with self._lock:
                if self._pending and self._pending[0] is oldest:
                    self._pending.popleft()


def _after(before: Sequence[Future[None]], write: Callable[[], None]) -> None:
    for one in before:
        one.result()
    write()
