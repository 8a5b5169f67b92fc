"""A derainer that lives in processes of its own, and looks to a run like any other."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from harness.derainer import Derainer, DerainerFacts
from harness.device import Device
from harness.errors import DerainerError
from harness.foreign_code import outcome
from harness.plugins.isolation.crew import Blueprint, Crew
from harness.plugins.isolation.crossing import SentRainSet, lay, restored_places
from harness.plugins.isolation.deaths import pictures_of
from harness.plugins.isolation.worker import Worker
from harness.samples import RainSet, Sample
from harness.tile_sizes import Tiling

SECONDS_TO_CLOSE = 10.0
"""That a derainer may take to close, however long its calls may take."""


class IsolatedDerainer(Derainer):
    """Stands for a derainer that is built, asked and worked in other processes.

    One that is reentrant gets a process for each lane that comes, any other one process, so that
    only one picture is in a process at a time: what ends it is known. For the following pictures
    it is started again.

    Args:
        blueprint: Of the derainer.
        seconds: That one call may take; None: as many as it likes.
        memory: GiB that a process may hold; None: see `Crew`.

    Raises:
        ConfigError: If its name or an option is wrong.
        ForeignError: If it cannot be built; the text is the cause.
    """

    def __init__(self, blueprint: Blueprint, seconds: float | None, memory: float | None) -> None:
        self._device: Device | None = None
        self._expected: tuple[SentRainSet, Sequence[str], Path] | None = None
        self._heard: dict[Worker, tuple[object, object]] = {}
        self._crew = Crew("derainers", blueprint, seconds, memory, self._prepare)
        self._take_over(dict(self._crew.known))

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
        self._crew.get_ready()

    def restore_samples(self, samples: Sequence[Sample], device: Device) -> list[Tensor]:
        """Restore samples in a process; see `Derainer.restore_samples`.

        Raises:
            ForeignError: If the derainer fails, or ends its process; the text is the cause.
            RunStopped: If the run was stopped meanwhile.
        """
        with self._crew.working(pictures_of(samples)) as worker:
            laid = lay(worker.desk, samples, whole="restore_samples" in self._hooks)
            answer = worker.ask("restore", laid, limits_itself=self.limits_itself)
            places = restored_places(samples, answer["types"])
            restored = [torch.from_numpy(worker.desk.take(place)) for place in places]
        self._crew.worked()
        if self.tiler is not None:
            self.tiler.note(Tiling(*answer["tiling"]) if answer["tiling"] else None)
        return restored

    def refusal(self, rain_set: RainSet) -> str | None:
        """Ask in a process; see `Derainer.refusal`."""
        if "refusal" not in self._hooks:
            return None
        with self._crew.working() as worker:
            reason: str | None = worker.ask("refusal", SentRainSet(rain_set))
            return reason

    def remarks(self, rain_sets: Sequence[RainSet], device: Device) -> list[str]:
        """Ask in a process; see `Derainer.remarks`."""
        if "remarks" not in self._hooks:
            return []
        with self._crew.working() as worker:
            lines: list[str] = worker.ask("remarks", list(map(SentRainSet, rain_sets)), device)
            return lines

    def expect(self, rain_set: RainSet, sample_ids: Sequence[str], logs: Path) -> None:
        """Tell every process before it restores anything of the set; see `Derainer.expect`."""
        if "expect" in self._hooks:
            self._expected = SentRainSet(rain_set), sample_ids, logs
            with self._crew.working():
                pass

    def close(self) -> None:
        """Let the derainer close where it is idle, and end all processes; see `Derainer.close`."""
        self._crew.close(_say_goodbye if "close" in self._hooks else None)

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

    def _prepare(self, worker: Worker) -> None:
        device, expected = self._heard.get(worker, (None, None))
        if self._device is not device:
            tile = (None, 0) if self.tiler is None else (self.tiler.tile, self.tiler.overlap)
            worker.ask("place", self._device, *tile)
        if self._expected is not expected and self._expected is not None:
            worker.ask("expect", *self._expected)
        self._heard[worker] = (self._device, self._expected)


def _say_goodbye(worker: Worker) -> None:
    worker.limits = worker.limits._replace(seconds=SECONDS_TO_CLOSE)
    outcome(functools.partial(worker.ask, "close"))
