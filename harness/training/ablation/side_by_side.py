"""Trains the variants, each in a process of its own: what ends one of them ends no other."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from harness.device import Device, available_cores
from harness.training.ablation.ablation_settings import Training
from harness.training.ablation.training_folder import (
    LOG,
    SETTINGS,
    add_minutes,
    finished_weights,
    prepare,
)

SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_BETWEEN_LINES = 30.0
TAIL = 8192
"""Bytes at the end of a log that are searched for the last step and the cause of an end."""

STEP = re.compile(r"\(train\) +(?:\[\d+\])?\[ *(\d+)/")
"""How mmengine's log names a step, behind the epoch or without it."""


class Session:
    """One training at work in a process of its own.

    Args:
        training: What is trained.
        folder: Of the training, prepared.
        environment: Variables of the process.
    """

    def __init__(self, training: Training, folder: Path, environment: dict[str, str]) -> None:
        self.training = training
        self.folder = folder
        self.log = folder / LOG
        self.started = time.monotonic()
        self.first_step: int | None = None
        command = [sys.executable, "-m", "run_benchmark", "train", str(folder / SETTINGS)]
        with self.log.open("ab") as log:
            self.log_start = log.tell()
            self.process = subprocess.Popen(
                [*command, "--out", str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
            )

    def step(self) -> int:
        """Return the last step that was logged, 0 before the first."""
        steps = STEP.findall(self._tail())
        if not steps:
            return 0
        if self.first_step is None:  # a resumed training does not begin at 0
            self.first_step = int(steps[0])
        return int(steps[-1])

    def close(self) -> str:
        """End the process if it still runs, and note the time.

        Returns:
            Why there are no weights, "" where there are.
        """
        if self.process.poll() is None:
            self.process.terminate()
        status = self.process.wait()
        add_minutes(self.folder, (time.monotonic() - self.started) / 60)
        if status == 0 and finished_weights(self.training, self.folder) is not None:
            return ""
        lines = [line for line in self._tail().splitlines() if line.strip()]
        said = " ".join(lines[-1].removeprefix("rdmc-bench: ").split()) if lines else "no word"
        if status < 0:
            said = f"ended by {signal.Signals(-status).name} after: {said}"
        return f"{said} (see {self.log})"

    def _tail(self) -> str:
        with self.log.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            log.seek(max(self.log_start, end - TAIL))
            return log.read().decode("utf-8", "replace")


class SideBySide:
    """Trains what is not finished, ``jobs`` at a time.

    Args:
        trainings: In the order in which they begin.
        root: Their folders lie in it, and the scenes that they share.
        jobs: Processes at a time.
        device: Where they train.
        say: Takes lines for the user.
    """

    def __init__(
        self,
        trainings: Sequence[Training],
        root: Path,
        jobs: int,
        device: Device,
        say: Callable[[str], None],
    ) -> None:
        self.waiting = list(trainings)
        self.total = len(self.waiting)
        self.root = root
        self.environments = [environment(slot, jobs, device) for slot in range(jobs)]
        self.say = say
        self.running: dict[int, Session] = {}
        self.ended: list[Session] = []
        self.failures: dict[str, str] = {}
        self.started = self.last_line = time.monotonic()

    def go(self) -> dict[str, str]:
        """Train them all.

        Returns:
            The cause of each failure, by the training's name.
        """
        with ending_on_sigterm():
            try:
                while self.waiting or self.running:
                    self._fill_slots()
                    time.sleep(SECONDS_BETWEEN_LOOKS)
                    self._look()
            finally:
                for session in self.running.values():
                    session.close()
        return self.failures

    def _fill_slots(self) -> None:
        for slot, variables in enumerate(self.environments):
            if slot in self.running or not self.waiting:
                continue
            training = self.waiting.pop(0)
            folder = self.root / training.folder
            anew = prepare(training, folder)
            self.running[slot] = Session(training, folder, variables)
            what = "trained anew, its settings changed" if anew else "training"
            self.say(f"{training.name}: {what}; its log is {folder / LOG}")

    def _look(self) -> None:
        for slot, session in list(self.running.items()):
            if session.process.poll() is None:
                continue
            del self.running[slot]
            self.ended.append(session)
            cause = session.close()
            if cause:
                self.failures[session.training.name] = cause
                self.say(f"{session.training.name}: failed: {cause}")
            else:
                minutes = (time.monotonic() - session.started) / 60
                self.say(f"{session.training.name}: trained in {minutes:.1f} min")
        now = time.monotonic()
        if self.running and now - self.last_line >= SECONDS_BETWEEN_LINES:
            self.last_line = now
            self.say(self._progress(now))

    def _progress(self, now: float) -> str:
        done, left = 0, sum(training.settings.iterations for training in self.waiting)
        parts = []
        for session in (*self.ended, *self.running.values()):
            step = session.step()
            done += step - (session.first_step or 0)
            if session not in self.ended:
                steps = session.training.settings.iterations
                parts.append(f"{session.training.name} {step}/{steps}")
                left += steps - step
        line = f"{len(self.ended)} of {self.total} trained; {', '.join(parts)}"
        if done:
            line += f"; about {(now - self.started) / done * left / 60:.0f} min left"
        return line


@contextmanager
def ending_on_sigterm() -> Iterator[None]:
    """Let SIGTERM end this process as an exception does, so that none of its own outlives it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_IGN)  # `timeout` sends it twice
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def environment(slot: int, jobs: int, device: Device) -> dict[str, str]:
    """Return the variables of the process in a slot: it gets a GPU of its own where there are some.

    Args:
        slot: From 0.
        jobs: How many slots there are.
        device: Where to train.
    """
    variables = dict(os.environ)
    if device.torch_device.type == "cpu":
        variables["CUDA_VISIBLE_DEVICES"] = ""
        variables.setdefault("OMP_NUM_THREADS", str(max(1, available_cores() // jobs)))
        return variables
    named = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    gpus = named.split(",") if named else [str(index) for index in range(torch.cuda.device_count())]
    variables["CUDA_VISIBLE_DEVICES"] = gpus[slot % len(gpus)].strip()
    return variables
