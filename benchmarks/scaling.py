"""How near several processes come to their share of the time, and that their tables are equal.

    python benchmarks/scaling.py [CONFIG.yaml] [--processes 1 2 4] [--limit N]
        [--json FILE]

Each number of processes is a run of its own, from nothing, one core a process; the built-in
benchmark by default. Counted is what the slowest process takes from its first picture to its last:
imports, models and the report come before and after, however many there are. Beside the seconds of
the clock stand those of the processor, which other programs on the machine stretch less, and for
both the share of linear: what one process takes, over so many times what the slowest of several
takes. The aim is 0.9. By the clock that needs as many idle cores as processes, and the script says
where there are fewer. Exit status 1 if figures, tables or rows of two runs differ.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import measured

ROOT = Path(__file__).resolve().parents[1]
SECONDS_MEASURED = ["restore_seconds", "predict_seconds"]
"""Columns of the records that no two runs have alike."""


class Slowest(NamedTuple):
    """What the slowest process of a run took for its pictures: seconds of clock and processor."""

    clock: float
    processor: float

    def linear(self, count: int, first: "Slowest", of_first: int) -> list[float]:
        """Return the shares of linear that so many processes reach, by clock and processor.

        Args:
            count: How many processes took this.
            first: What those of the first run took.
            of_first: How many they were.
        """
        return [
            first_took * of_first / took / count
            for took, first_took in zip(self, first, strict=True)
        ]


def main() -> int:
    """Run each number of processes, print a line for each, and compare what they came to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("config", nargs="?", type=Path)
    parser.add_argument("--processes", nargs="+", type=int, default=[1, 2, 4])
    parser.add_argument("--limit", type=int)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--within", type=Path, help=argparse.SUPPRESS)  # one of the processes
    options = parser.parse_args()
    if options.within:
        run_within(options.within, options.config, options.limit)
        return 0
    cores = len(os.sched_getaffinity(0))
    print(f"{cores} cores, load {measured.LOAD:.2f} at the start")
    with tempfile.TemporaryDirectory(prefix="rdmc-bench-scaling-") as folder:
        runs = [Path(folder) / str(count) for count in options.processes]
        taken = [timed(run, int(run.name), options) for run in runs]
        for run, one in zip(runs, taken, strict=True):
            print(line(int(run.name), one, taken[0], options.processes[0], cores))
        unlike = [name for run in runs[1:] for name in differences(runs[0], run)]
    print(f"unlike: {', '.join(unlike)}" if unlike else "figures, tables and rows are equal")
    if options.json:
        first, of_first = taken[0], options.processes[0]
        each = [
            {
                "processes": count,
                **one._asdict(),
                "shares_of_linear": one.linear(count, first, of_first),
            }
            for count, one in zip(options.processes, taken, strict=True)
        ]
        config = str(options.config or "the built-in benchmark")
        measured.write(
            options.json, {"config": config, "limit": options.limit, "runs": each, "unlike": unlike}
        )
    return 1 if unlike else 0


def timed(out: Path, count: int, options: argparse.Namespace) -> Slowest:
    """Run with so many processes, from nothing."""
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={count}"]
    command = [sys.executable, *(launcher if count > 1 else []), __file__, "--within", str(out)]
    command += [str(options.config)] if options.config else []
    command += ["--limit", str(options.limit)] if options.limit else []
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    each = [json.loads(path.read_text()) for path in out.parent.glob(f"{out.name}.took-*")]
    assert len(each) == count
    return Slowest(*(max(one[index] for one in each) for index in range(2)))


def run_within(out: Path, path: Path | None, limit: int | None) -> None:
    """Be one of the processes, and leave beside the folder what it took for its pictures."""
    from harness.config import STREETS_CONFIG, read_run_config
    from harness.device import choose_device
    from harness.run.one_pass import OnePass
    from harness.run.whole_run import run

    class Timed(OnePass):
        """Tells what it took."""

        def go(self) -> None:
            """Do the work."""
            clock, processor = time.perf_counter(), time.process_time()
            super().go()
            took = [time.perf_counter() - clock, time.process_time() - processor]
            rank = os.environ.get("RANK", "0")
            out.with_name(f"{out.name}.took-{rank}").write_text(json.dumps(took))

    path = path or STREETS_CONFIG
    config, base = read_run_config(path), path.resolve().parent
    with mock.patch("harness.run.whole_run.OnePass", Timed):
        result = run(config, base, out, choose_device("cpu"), limit=limit)
    if result.failures:
        raise SystemExit("; ".join(result.failures))


def line(count: int, took: Slowest, first: Slowest, of_first: int, cores: int) -> str:
    """Return what is printed of a run."""
    shares = took.linear(count, first, of_first)
    told = [
        f"{seconds:7.1f} s of the {what} ({share:4.2f})"
        for what, seconds, share in zip(Slowest._fields, took, shares, strict=True)
    ]
    few = f"; only {cores} cores" if count > cores else ""
    return f"{count} process{'es' * (count > 1)}: {', '.join(told)}{few}"


def differences(first: Path, second: Path) -> Sequence[str]:
    """Return the names of what two runs do not have alike."""
    import pandas as pd

    names = ["summary.csv", *(f"tables/{path.name}" for path in (first / "tables").iterdir())]
    unlike = [one for one in names if (first / one).read_bytes() != (second / one).read_bytes()]
    for path in sorted((first / "records").glob("*.parquet")):
        rows = [pd.read_parquet(run / "records" / path.name) for run in (first, second)]
        if (
            not rows[0]
            .drop(columns=SECONDS_MEASURED)
            .equals(rows[1].drop(columns=SECONDS_MEASURED))
        ):
            unlike.append(path.name)
    return unlike


if __name__ == "__main__":
    sys.exit(main())
