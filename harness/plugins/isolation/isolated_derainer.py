"""A derainer that lives in processes of its own, and looks to a run like any other."""

import contextlib
import functools
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from harness.config import Entry
from harness.derainer import Derainer, DerainerFacts
from harness.device import Device
from harness.errors import BenchError, DerainerError, RunStopped
from harness.foreign_code import outcome
from harness.memory import available_memory, local_processes
from harness.plugins.isolation.crossing import SentRainSet, lay, restored_places
from harness.plugins.isolation.worker import Limits, Worker, WorkerDiedError
from harness.samples import RainSet, Sample
from harness.tiling import Tiling

MOST_DEATHS_IN_A_ROW = 3
"""A derainer whose processes ended so often without one picture in between is not started again."""

MOST_DEATHS = 10
"""Nor is one whose processes ended so often in all."""

SHARE_OF_MEMORY = 0.8
"""What of the memory that is left a process may hold where nobody sets a limit."""

SECONDS_TO_CLOSE = 10.0
"""That a derainer may take to close, however long its calls may take."""


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


class IsolatedDerainer(Derainer):
    """Stands for a derainer that is built, asked and worked in other processes.

    One that is reentrant gets a process for each lane that comes, any other one process, so that
    only one picture is in a process at a time: what ends it is known. For the following pictures
    it is started again.

    Args:
        blueprint: Of the derainer.
        seconds: That one call may take; None: as many as it likes.
        memory: GiB that a process may hold; None: `SHARE_OF_MEMORY` of what is left.

    Raises:
        ConfigError: If its name or an option is wrong.
        ForeignError: If it cannot be built; the text is the cause.
    """

    def __init__(self, blueprint: Blueprint, seconds: float | None, memory: float | None) -> None:
        left = available_memory(torch.device("cpu")) * SHARE_OF_MEMORY / local_processes()
        self._limits = Limits(seconds, left if memory is None else memory * 2**30)
        self._blueprint = blueprint
        self._lock = threading.Lock()
        self._here = threading.local()
        self._workers: list[Worker] = []
        self._idle: list[Worker] = []
        self._device: Device | None = None
        self._expected: tuple[SentRainSet, Sequence[str], Path] | None = None
        self._heard: dict[Worker, tuple[object, object]] = {}
        self._deaths = self._deaths_in_a_row = 0
        self._given_up = ""
        self._is_closed = False
        worker, known = self._new_worker()
        self._idle.append(worker)
        self._take_over(known)

    def restore(self, rainy: Tensor) -> Tensor:
        """Refuse: what crosses into the process are samples.

        Raises:
            DerainerError: Always; `restore_samples` is what this row is made of.
        """
        raise DerainerError("an isolated derainer takes samples: call restore_samples, not restore")

    def place(self, device: Device) -> None:
        """Move the derainer to the device, in each of its processes; see `Derainer.place`."""
        self._device = device
        self.get_ready()

    def get_ready(self) -> None:
        """Have a process wait for this thread, so that no clock counts its start."""
        if getattr(self._here, "worker", None) is None:
            self._here.worker = self._taken()

    def restore_samples(self, samples: Sequence[Sample], device: Device) -> list[Tensor]:
        """Restore samples in a process; see `Derainer.restore_samples`.

        Raises:
            ForeignError: If the derainer fails, or ends its process; the text is the cause.
            RunStopped: If the run was stopped meanwhile.
        """
        with self._working() as worker:
            laid = lay(worker.desk, samples, whole="restore_samples" in self._hooks)
            answer = worker.ask("restore", laid, limits_itself=self.limits_itself)
            places = restored_places(samples, answer["types"])
            restored = [torch.from_numpy(worker.desk.take(place)) for place in places]
        self._deaths_in_a_row = 0
        if self.tiler is not None:
            self.tiler.note(Tiling(*answer["tiling"]) if answer["tiling"] else None)
        return restored

    def refusal(self, rain_set: RainSet) -> str | None:
        """Ask in a process; see `Derainer.refusal`."""
        if "refusal" not in self._hooks:
            return None
        with self._working() as worker:
            reason: str | None = worker.ask("refusal", SentRainSet(rain_set))
            return reason

    def remarks(self, rain_sets: Sequence[RainSet], device: Device) -> list[str]:
        """Ask in a process; see `Derainer.remarks`."""
        if "remarks" not in self._hooks:
            return []
        with self._working() as worker:
            lines: list[str] = worker.ask("remarks", list(map(SentRainSet, rain_sets)), device)
            return lines

    def expect(self, rain_set: RainSet, sample_ids: Sequence[str], logs: Path) -> None:
        """Tell every process before it restores anything of the set; see `Derainer.expect`."""
        if "expect" in self._hooks:
            self._expected = SentRainSet(rain_set), sample_ids, logs
            with self._working():
                pass

    def close(self) -> None:
        """Let the derainer close where it is idle, and end all processes; see `Derainer.close`."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
            workers, self._workers = self._workers, []
        for worker in set(workers) - set(idle):
            worker.end()  # the thread that asks it meets its end
        for worker in idle:
            if "close" in self._hooks:
                worker.limits = worker.limits._replace(seconds=SECONDS_TO_CLOSE)
                outcome(functools.partial(worker.ask, "close"))
            worker.close()

    def parameters_count(self) -> int | None:
        """Return what it said when it was built."""
        return self._parameters

    def fingerprint(self) -> str:
        """Return what it said when it was built: isolation is in no key."""
        return self._fingerprint

    def _take_over(self, known: dict[str, Any]) -> None:
        """Become what a process said of the derainer that it built."""
        self._hooks: Sequence[str] = known.pop("hooks")
        self._parameters: int | None = known.pop("parameters")
        self._fingerprint: str = known.pop("fingerprint")
        vars(self).update(known, facts=DerainerFacts(**known["facts"]))

    def _new_worker(self) -> tuple[Worker, dict[str, Any]]:
        """Start a process that builds the derainer; return it with what it knows of it."""
        worker = Worker(self._blueprint.entry.name, self._limits)
        with contextlib.ExitStack() as undo:
            undo.callback(worker.close)
            known: dict[str, Any] = worker.ask("build", *self._blueprint)
            undo.pop_all()
        with self._lock:
            self._workers.append(worker)
        return worker, known

    @contextlib.contextmanager
    def _working(self) -> Iterator[Worker]:
        """Have a process for the length of a block, the one that waits for this thread if any."""
        worker: Worker | None = getattr(self._here, "worker", None)
        self._here.worker = None
        worker = worker or self._taken()
        with self._counting_deaths(worker):
            yield worker
        self._put_back(worker)

    def _taken(self) -> Worker:
        """Return a process that nobody else uses, and that has heard all that it must."""
        with self._lock:
            if self._is_closed:
                raise RunStopped
            if self._given_up:
                raise DerainerError(self._given_up)
            worker = self._idle.pop() if self._idle else None
        if worker is None:
            with self._counting_deaths():
                worker, _ = self._new_worker()
        with self._counting_deaths(worker):
            self._prepare(worker)
        return worker

    def _prepare(self, worker: Worker) -> None:
        device, expected = self._heard.get(worker, (None, None))
        if self._device is not device:
            tile = (None, 0) if self.tiler is None else (self.tiler.tile, self.tiler.overlap)
            worker.ask("place", self._device, *tile)
        if self._expected is not expected and self._expected is not None:
            worker.ask("expect", *self._expected)
        self._heard[worker] = (self._device, self._expected)

    def _put_back(self, worker: Worker) -> None:
        with self._lock:
            if not self._is_closed:
                self._idle.append(worker)
                return
        worker.end()

    @contextlib.contextmanager
    def _counting_deaths(self, worker: Worker | None = None) -> Iterator[None]:
        """Put a process back that only failed, and forget one that died."""
        try:
            yield
        except WorkerDiedError as error:
            self._count_death(worker)
            if self._is_closed:
                raise RunStopped from error
            raise
        except BenchError:
            if worker is not None:
                self._put_back(worker)
            raise

    def _count_death(self, worker: Worker | None) -> None:
        if worker is not None:
            worker.close()
        with self._lock:
            if worker in self._workers:
                self._workers.remove(worker)
            self._deaths += 1
            self._deaths_in_a_row += 1
            often = ""
            if self._deaths_in_a_row >= MOST_DEATHS_IN_A_ROW:
                often = f"{self._deaths_in_a_row} times in a row"
            elif self._deaths >= MOST_DEATHS:
                often = f"{self._deaths} times in this run"
            if often:
                self._given_up = f"not called: its process ended {often}"
