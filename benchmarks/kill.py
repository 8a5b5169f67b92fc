"""Whether a run that is killed at any moment loses, tears or changes anything.

    python benchmarks/kill.py [--kills N] [--shared N] [--seed S] [--json FILE]

Runs a small configuration undisturbed, then kills it again and again: before, in and after each
change of a file in its folder, and at random moments. After each kill the run is started once more
and must end well, and its summary, tables and restored images must be those of the undisturbed run,
byte by byte, with nothing left of parts and temporary files and nothing found damaged. Three
situations take turns:

- ``new``: the run is killed in an empty folder;
- ``fewer``: all was finished, and a run of one derainer less, which moves rows, is killed; then the
  first configuration must have nothing left to compute;
- ``fresh``: all was finished, and a run with ``--fresh`` is killed.

``--shared`` kills are of one of two processes that share a run; the other one is then asked to end,
as torchrun does it. All processes are forks of this one, which has imported everything, so that a
kill costs a second and not the start of PyTorch. Plots are left out, which cost most of such a run
and are written as tables are. It ends with status 1 if anything differed.
"""

import argparse
import io
import json
import os
import random
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
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
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir"}
"""Of the events of Python's audit hooks, with "open" for writing, those that change a folder."""

SITUATIONS = ("new", "fewer", "fresh")
HOWS = ("before", "in", "after", "moment")
OPEN = io.open
LONGEST = 120.0
"""Seconds after which a run hangs."""

SECONDS_TO_END = 20.0
"""That the other process of a shared run may take to end when it is asked to."""


class Kill(NamedTuple):
    """When a process is killed.

    Attributes:
        how: Of `HOWS`.
        change: The number of the change, from 0.
        seconds: From it to the kill, where that is "in" it (a file is cut in the middle of its
            first write instead); from the start for a "moment".
    """

    how: str
    change: int
    seconds: float


class Changes:
    """Counts the changes of a folder in this process, and kills it at one of them.

    Args:
        folder: Its path.
        kill: When; None: never.
    """

    def __init__(self, folder: Path, kill: Kill | None) -> None:
        self.folder, self.kill = str(folder), kill
        self.number = 0
        self.armed = False
        self.halving = False
        if kill is not None and kill.how == "moment":
            signal.setitimer(signal.ITIMER_REAL, kill.seconds)  # its default ends the process

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        """Take note of an event, as `sys.addaudithook` tells it."""
        if self.armed:
            os.kill(os.getpid(), signal.SIGKILL)
        if not self._is_change(event, arguments):
            return
        if self.kill is not None and self.kill.how != "moment" and self.number == self.kill.change:
            if self.kill.how == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            elif self.kill.how == "after":
                self.armed = True  # at the next event of any kind
            elif event == "open":
                self.halving = True
            else:
                signal.setitimer(signal.ITIMER_REAL, self.kill.seconds)
        self.number += 1

    def opened(self, *arguments: Any, **options: Any) -> Any:
        """Open a file; one that the kill is in gets half of what is written to it."""
        file = OPEN(*arguments, **options)
        return HalfWritten(file) if self.halving else file

    def _is_change(self, event: str, arguments: tuple[object, ...]) -> bool:
        if event == "open":
            flags = arguments[2]
            if not isinstance(flags, int) or not flags & (os.O_WRONLY | os.O_RDWR):
                return False
        elif event not in CHANGES:
            return False
        path = arguments[0]
        return isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self.folder)


class HalfWritten:
    """A file whose process is killed when half of a write is on the disk."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def write(self, content: Any) -> int:
        """Write the first half, and end."""
        self.file.write(content[: len(content) // 2])
        self.file.flush()
        os.kill(os.getpid(), signal.SIGKILL)
        return 0

    def __enter__(self) -> "HalfWritten":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


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
        patterns = ("summary.csv", "comparisons.csv", "tables/*", "restored/**/*.png")
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


def what_differs(
    bench: Bench, kill: Kill, situation: str, whole: Bench, processes: int
) -> tuple[bool, str]:
    """Kill a run in a situation, run once more, and say what is not as it should be.

    Args:
        bench: An empty one.
        kill: When.
        situation: Of `SITUATIONS`.
        whole: An undisturbed one.
        processes: That share the run; one of them is killed.

    Returns:
        Whether the kill came before the run had ended, and the first thing that differs, "" if
        nothing does.
    """
    config, options = "all", []
    if situation != "new":
        shutil.copytree(whole.out, bench.out)
        config, options = ("fewer", []) if situation == "fewer" else ("all", ["--fresh"])
    ended = bench.run(config, options, {kill.change % processes: kill}, processes)
    killed = any(status < 0 for status in ended)
    statuses = bench.run(processes=processes)
    if any(statuses):
        line = _last_line(bench.folder / "log.txt")
        return killed, f"the run after it ended with {statuses}: {line}"
    if situation == "fewer" and bench.sessions() > 1:
        return killed, "finished rows were computed again"
    expected, found = whole.outcome(), bench.outcome()
    names = sorted(expected.keys() | found.keys())
    differing = [name for name in names if expected.get(name) != found.get(name)]
    return killed, next(iter([*differing, *bench.leftovers()]), "")


def _last_line(path: Path) -> str:
    return path.read_text().strip().splitlines()[-1]


def kill_all(count: int, shared: int, seed: int) -> dict[str, object]:
    """Kill runs, and count those after which something differed.

    Args:
        count: Kills of a run of one process.
        shared: Kills of a run of two.
        seed: Of the random moments.

    Returns:
        The numbers, and a line for each failure.
    """
    draw, done, failures, hits = random.Random(seed), Counter[str](), [], 0
    with tempfile.TemporaryDirectory(prefix="rdmc-bench-kill-") as root:
        whole = _bench(Path(root) / "whole")
        started = time.monotonic()
        if whole.run() != [0]:
            raise SystemExit(_last_line(whole.folder / "log.txt"))
        seconds = time.monotonic() - started
        changes = int((whole.folder / "changes.txt").read_text())
        for number in range(count + shared):
            processes = 1 if number < count else 2
            how, situation = HOWS[number % len(HOWS)], SITUATIONS[number % len(SITUATIONS)]
            change = draw.randrange(changes) if number >= changes else _spread(number, changes)
            moment = draw.uniform(0, seconds if how == "moment" else 0.003)
            kill = Kill(how, change, max(moment, 1e-6))
            killed, problem = what_differs(
                _bench(Path(root) / str(number)), kill, situation, whole, processes
            )
            hits += killed
            done[f"{situation}, {how}, {processes} process{'es' * (processes > 1)}"] += 1
            if problem:
                failures.append(f"{situation}: killed {how} change {change}: {problem}")
                print(failures[-1], file=sys.stderr)
    kinds = dict(sorted(done.items()))
    return {"changes": changes, "hits": hits, "kills": kinds, "failures": failures}


def _bench(folder: Path) -> Bench:
    folder.mkdir()
    return Bench(folder)


def _spread(number: int, count: int) -> int:
    """Return the place of the next of ``count`` so that few of them lie far apart.

    >>> [_spread(number, 8) for number in range(8)]
    [0, 5, 2, 7, 4, 1, 6, 3]
    """
    step = next(one for one in range(round(count * 0.618), count + 2) if np.gcd(one, count) == 1)
    return number * step % count


def main() -> int:
    """Read the command line, kill, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100, metavar="N", help="of one process")
    parser.add_argument("--shared", type=int, default=20, metavar="N", help="of one of two")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    harness.report.run_report.drawings = lambda run: iter(())
    found = kill_all(options.kills, options.shared, options.seed)
    for kind, number in found["kills"].items():
        print(f"{number:4d}  {kind}")
    total = sum(found["kills"].values())
    print(
        f"{total} kills, {found['hits']} of them before the run had ended; it changes a folder "
        f"{found['changes']} times; "
        f"{len(found['failures'])} runs differed afterwards"
    )
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    return int(bool(found["failures"]))


if __name__ == "__main__":
    raise SystemExit(main())
