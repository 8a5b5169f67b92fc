"""Runs of a small configuration in forks, some of which are killed, and what comes of them.

All processes are forks of the one that imported everything, so that a run costs a second and not
the start of PyTorch.
"""

import io
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from killing import Changes, Kill
from PIL import Image

import baselines.guided_filter
import harness.report.run_report
import harness.run.report_again
import harness.run.whole_run
import tasks.restoration
from harness.cli.commands import main as rdmc_bench
from harness.stopping import heed_signals

IMPORTED = (baselines, harness, tasks)
"""What a run needs, so that no fork imports it again."""

CONFIG = """
name: killed
rain_sets: [{name: pairs, layout: Rain100L, root: data}]
derainers: [rainy, guided-filter, clean]
tasks: [restoration]
examples: 1
keep_restored: true
"""
LONGEST = 120.0
"""Seconds after which a run hangs."""

SECONDS_TO_END = 20.0
"""That the other process of a shared run may take to end when it is asked to."""


class Bench:
    """A folder with pictures, configurations and what comes of them.

    Args:
        folder: Empty.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out"
        draw = np.random.default_rng(3)
        for name in ("rainy", "norain"):
            (folder / "data" / name).mkdir(parents=True)
        for number in range(2):
            clean = draw.integers(0, 200, (24, 32, 3), dtype=np.uint8)
            rainy = clean + draw.integers(0, 40, (24, 32, 1), dtype=np.uint8)
            Image.fromarray(clean).save(folder / f"data/norain/norain-{number:03}.png")
            Image.fromarray(rainy).save(folder / f"data/rainy/rain-{number:03}.png")
        (folder / "all.yaml").write_text(CONFIG)
        (folder / "fewer.yaml").write_text(CONFIG.replace(" guided-filter,", ""))

    def run(
        self,
        config: str = "all",
        options: Sequence[str] = (),
        kills: Mapping[int, Kill] | None = None,
        processes: int = 1,
    ) -> list[int]:
        """Run a configuration in forks of this process.

        Args:
            config: ``all`` or ``fewer``.
            options: Further ones of the command.
            kills: When which process is killed, by its rank.
            processes: That share the run.

        Returns:
            How each ended: its status, or less than 0 the signal.
        """
        port = _free_port()
        arguments = ["run", str(self.folder / f"{config}.yaml"), "--out", str(self.out)]
        arguments += ["--device", "cpu", *options]
        running = {}
        for rank in range(processes):
            variables = {}
            if processes > 1:
                variables = {"RANK": str(rank), "WORLD_SIZE": str(processes)}
                variables |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
            running[self._fork(arguments, variables, (kills or {}).get(rank))] = rank
        return _wait(running)

    def _fork(
        self, arguments: Sequence[str], variables: Mapping[str, str], kill: Kill | None
    ) -> int:
        sys.stdout.flush()
        child = os.fork()
        if child:
            return child
        status = 70
        try:
            log = os.open(self.folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(log, 1)
            os.dup2(log, 2)
            os.environ.update(variables)
            heed_signals()
            changes = Changes(self.out, kill)
            sys.addaudithook(changes)
            io.open = changes.opened
            status = rdmc_bench(arguments)
            (self.folder / "changes.txt").write_text(str(changes.number))
            sys.stdout.flush()
        finally:
            os._exit(status)

    def outcome(self) -> dict[str, bytes]:
        """Return all that must be the same, by path."""
        pictures = ("restored/**/*.png", "examples/**/*.png", "previews/**/*.webp")
        patterns = ("summary.csv", "comparisons.csv", "tables/*", *pictures)
        files = sorted(path for pattern in patterns for path in self.out.glob(pattern))
        return {str(path.relative_to(self.out)): path.read_bytes() for path in files}

    def leftovers(self) -> list[str]:
        """Return what nothing should be left of."""
        patterns = ("**/.*.tmp", "records/parts/*", "damaged/**/*")
        return [str(path) for pattern in patterns for path in self.out.glob(pattern)]

    def sessions(self) -> int:
        """Return how many runs found something to compute."""
        manifest = json.loads((self.out / "manifest.json").read_text())
        return len(manifest["invocations"])


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _wait(running: dict[int, int]) -> list[int]:
    """Wait for processes; when one is killed, end the others as torchrun does.

    Args:
        running: The rank of each process, by its number.
    """
    ended: dict[int, int] = {}
    deadline, asked = time.monotonic() + LONGEST, False
    while running:
        for process in list(running):
            found, status = os.waitpid(process, os.WNOHANG)
            if found:
                ended[running.pop(process)] = os.waitstatus_to_exitcode(status)
        if not asked and any(status < 0 for status in ended.values()):
            asked, deadline = True, time.monotonic() + SECONDS_TO_END
            _signal_all(running, signal.SIGTERM)
        if time.monotonic() > deadline:
            _signal_all(running, signal.SIGKILL)
        time.sleep(0.01)
    return [ended[rank] for rank in sorted(ended)]


def _signal_all(processes: Mapping[int, int], number: signal.Signals) -> None:
    for process in processes:
        os.kill(process, number)
