"""Pictures on their way to the disk, in threads beside the models."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future


class Writing:
    """Writes files beside the lanes; what cannot be written ends the run, a little later.

    Args:
        executor: Where they are encoded and written.
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
        with self._lock:
            self._pending.append(self.executor.submit(write))
        self._wait_for_all_but(self.most_pending)

    def finish(self) -> None:
        """Wait until all is written.

        Raises:
            OSError: If one cannot be.
        """
        self._wait_for_all_but(0)

    def _wait_for_all_but(self, most: int) -> None:
        while True:
            with self._lock:
                if len(self._pending) <= most:
                    return
                oldest = self._pending.popleft()
            oldest.result()
