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
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TypedDict
from unittest import mock

os.environ.setdefault("OMP_NUM_THREADS", "1")

import measured
import numpy as np
from forked_runs import Bench
from killing import HOWS, Kill

SITUATIONS = ("new", "fewer", "fresh")


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
    config: str = "all"
    options: list[str] = []
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


class Found(TypedDict):
    """What came of many kills.

    Attributes:
        changes: How often a run changes its folder.
        hits: Kills that came before the run had ended.
        kills: Their number, by kind.
        failures: A line for each run that differed afterwards.
    """

    changes: int
    hits: int
    kills: dict[str, int]
    failures: list[str]


def kill_all(count: int, shared: int, seed: int) -> Found:
    """Kill runs, and count those after which something differed.

    Args:
        count: Kills of a run of one process.
        shared: Kills of a run of two.
        seed: Of the random moments.
    """
    draw, done, hits = random.Random(seed), Counter[str](), 0
    failures: list[str] = []
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
    with mock.patch("harness.report.run_report.drawings", lambda run: ()):
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
        measured.write(options.json, found)
    return int(bool(found["failures"]))


if __name__ == "__main__":
    raise SystemExit(main())
