"""The processes of one isolated part: lent to one thread at a time, started again when they die."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from harness.config import Entry
from harness.errors import BenchError, RunStopped
from harness.foreign_code import ForeignError
from harness.memory import left_on_machine, local_processes
from harness.plugins.isolation.deaths import Deaths, Purpose
from harness.plugins.isolation.worker import Limits, Worker, WorkerDiedError

SHARE_OF_MEMORY = 0.8
"""What of the memory that is left a process may hold where nobody sets a limit."""


class Blueprint(NamedTuple):
    """What each process builds.

    Attributes:
        where: The entry, for errors; see `harness.plugins.parts.place_in`.
        entry: What the configuration says.
        base: Folder of the configuration file.
        debug: Print the traceback of every failure.
    """

    where: str
    entry: Entry
    base: Path
    debug: bool


class Crew:
    """Processes that have each built the same part.

    Args:
        kind: Of the part, by which its process chooses its `harness.plugins.isolation.workplace`.
        blueprint: Of the part.
        seconds: That one call may take; None: as many as it likes.
        memory: GiB that a process may hold; None: `SHARE_OF_MEMORY` of what is left.
        prepare: Tells a process all that it must have heard before it works.

    Raises:
        ConfigError: If the part's name or an option is wrong.
        ForeignError: If it cannot be built; the text is the cause.

    Attributes:
        known: What the first process said of what it built.
    """

    def __init__(
        self,
        kind: str,
        blueprint: Blueprint,
        seconds: float | None,
        memory: float | None,
        prepare: Callable[[Worker], None],
    ) -> None:
        left = left_on_machine() * SHARE_OF_MEMORY / local_processes()
        self._limits = Limits(seconds, left if memory is None else memory * 2**30)
        self._kind, self._blueprint, self._prepare = kind, blueprint, prepare
        self._lock = threading.Lock()
        self._here = threading.local()
        self._workers: list[Worker] = []
        self._idle: list[Worker] = []
        self._deaths: dict[Purpose, Deaths] = {"work": Deaths(), "drawing": Deaths()}
        self._is_closed = False
        worker, self.known = self._hired()
        self._idle.append(worker)

    def get_ready(self) -> None:
        """Have a process wait for this thread, so that no clock counts its start."""
        if getattr(self._here, "worker", None) is None:
            self._here.worker = self._taken()

    @contextlib.contextmanager
    def working(self, over: str = "", purpose: Purpose = "work") -> Iterator[Worker]:
        """Have a process for the length of a block, the one that waits for this thread if any.

        Args:
            over: The pictures that it works on, by which its ends are counted.
            purpose: What it is asked for.
        """
        worker: Worker | None = getattr(self._here, "worker", None)
        self._here.worker = None
        worker = worker or self._taken(purpose)
        with self._counting_deaths(worker, over, purpose):
            yield worker
        self._put_back(worker)

    def worked(self, purpose: Purpose = "work") -> None:
        """Note that a process did what it is there for."""
        with self._lock:
            self._deaths[purpose].worked()

    def close(self, goodbye: Callable[[Worker], None] | None = None) -> None:
        """End all processes.

        Args:
            goodbye: Called with each that is idle, before its end.
        """
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
            workers, self._workers = self._workers, []
        for worker in set(workers) - set(idle):
            worker.end()  # the thread that asks it meets its end
        for worker in idle:
            if goodbye is not None:
                goodbye(worker)
            worker.close()

    def _hired(self) -> tuple[Worker, dict[str, Any]]:
        """Start a process that builds the part; return it with what it knows of it."""
        worker = Worker(self._blueprint.entry.name, self._limits, self._kind)
        with contextlib.ExitStack() as undo:
            undo.callback(worker.close)
            known: dict[str, Any] = worker.ask("build", *self._blueprint)
            undo.pop_all()
        with self._lock:
            self._workers.append(worker)
        return worker, known

    def _taken(self, purpose: Purpose = "work") -> Worker:
        """Return a process that nobody else uses, and that has heard all that it must."""
        with self._lock:
            if self._is_closed:
                raise RunStopped
            if given_up := self._deaths[purpose].given_up or self._deaths["work"].given_up:
                raise ForeignError(given_up)
            worker = self._idle.pop() if self._idle else None
        if worker is None:
            with self._counting_deaths():
                worker, _ = self._hired()
        with self._counting_deaths(worker):
            self._prepare(worker)
        return worker

    def _put_back(self, worker: Worker) -> None:
        with self._lock:
            if not self._is_closed:
                self._idle.append(worker)
                return
        worker.end()

    @contextlib.contextmanager
    def _counting_deaths(
        self, worker: Worker | None = None, over: str = "", purpose: Purpose = "work"
    ) -> Iterator[None]:
        """Put a process back that only failed, and forget one that died."""
        try:
            yield
        except WorkerDiedError as error:
            self._count_death(worker, over, purpose)
            if self._is_closed:
                raise RunStopped from error
            raise
        except BenchError:
            if worker is not None:
                self._put_back(worker)
            raise

    def _count_death(self, worker: Worker | None, over: str, purpose: Purpose) -> None:
        if worker is not None:
            worker.close()
        with self._lock:
            if worker in self._workers:
                self._workers.remove(worker)
            self._deaths[purpose].count(over)
