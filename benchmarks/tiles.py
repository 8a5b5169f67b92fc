"""What it gains that idle lanes take tiles of the last picture, and that nothing else changes.

    python benchmarks/tiles.py [DERAINER ...] [--big 3000x2000] [--small 480x320] [--smalls 2]
        [--lanes 2] [--tile 512] [--overlap 64] [--json FILE]

A large picture of noise and some small ones go through the derainers in a run that cuts pictures in
tiles, twice: once lanes for which no derainer is left stay idle, once they take tiles. Told of both
are the seconds by the wall and those of the processor that the derainers take in the lane that
works longest, which is when the last lane ends where as many cores as lanes do nothing else; and
what share of the lanes' time until then is idle. Exit status 1 if rows or restored pictures differ.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import measured
import numpy as np
import torch
from PIL import Image
from torch import Tensor

from harness.config import RunConfig
from harness.device import Device, ThreadPlan
from harness.noise_picture import noise
from harness.plugins import registry
from harness.run.trial import Trials
from harness.run.whole_run import run
from harness.run_folder.records import read_records

SECONDS_MEASURED = ["restore_seconds", "predict_seconds"]
"""Columns of the records that no two runs have alike."""


class Taken(NamedTuple):
    """What the derainers of a run took.

    Attributes:
        wall_seconds: Of the whole run, without its report.
        longest_lane_cpu_seconds: Of the lane that worked longest.
        cpu_seconds: Of all lanes.
        idle_share: Of the lanes' time until the last one ends.
    """

    wall_seconds: float
    longest_lane_cpu_seconds: float
    cpu_seconds: float
    idle_share: float


def main() -> int:
    """Run both ways, print what they took, and compare what they came to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("derainers", nargs="*", default=["rainy", "guided-filter", "ddn"])
    parser.add_argument("--big", default="3000x2000", help="width x height")
    parser.add_argument("--small", default="480x320", help="width x height")
    parser.add_argument("--smalls", type=int, default=2)
    parser.add_argument("--lanes", type=int, default=2)
    parser.add_argument("--tile", type=int, default=512)
    parser.add_argument("--overlap", type=int, default=64)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    print(f"load {measured.LOAD:.2f} at the start")
    with tempfile.TemporaryDirectory(prefix="rdmc-bench-tiles-") as name:
        folder = Path(name)
        write_pairs(folder / "data", [options.big] + [options.small] * options.smalls)
        taken = {how: timed(folder, how, options) for how in ("idle", "shared")}
        unlike = differences(folder / "idle", folder / "shared")
    for how, one in taken.items():
        print(
            f"{how:6}: {one.wall_seconds:6.1f} s by the wall, {one.longest_lane_cpu_seconds:6.1f} "
            f"s of the processor in the longest lane, {one.cpu_seconds:6.1f} s in all of them, "
            f"{one.idle_share:4.0%} idle"
        )
    ratios = {
        name: getattr(taken["shared"], name) / getattr(taken["idle"], name)
        for name in ("wall_seconds", "longest_lane_cpu_seconds", "cpu_seconds")
    }
    print("shared over idle: " + ", ".join(f"{name} {one:.2f}" for name, one in ratios.items()))
    print(f"unlike: {', '.join(unlike)}" if unlike else "rows and restored pictures are equal")
    if options.json:
        each = {how: one._asdict() for how, one in taken.items()}
        measured.write(options.json, {**each, "shared_over_idle": ratios, "unlike": unlike})
    return 1 if unlike else 0


def write_pairs(root: Path, sizes: list[str]) -> None:
    """Write pictures of noise with themselves upside down as the clean ones."""
    for folder in ("rainy", "norain"):
        (root / folder).mkdir(parents=True)
    for number, size in enumerate(sizes, 1):
        width, height = map(int, size.split("x"))
        pixels = np.roll(noise((height, width)).rainy, number, axis=1)
        Image.fromarray(pixels).save(root / f"rainy/rain-{number:03}.png", compress_level=1)
        clean = Image.fromarray(pixels[::-1].copy())
        clean.save(root / f"norain/norain-{number:03}.png", compress_level=1)


def timed(folder: Path, how: str, options: argparse.Namespace) -> Taken:
    """Run into a folder of that name, "idle" or "shared", and return what it took."""
    config = RunConfig.model_validate(
        {
            "name": how,
            "rain_sets": [{"name": "pairs", "layout": "Rain100L", "root": "data"}],
            "derainers": options.derainers,
            "tasks": ["restoration"],
            "examples": 0,
            "keep_restored": True,
            "tile": options.tile,
            "tile_overlap": options.overlap,
            "call_limit": None,
        }
    )
    device = Device(torch.device("cpu"), "float32", ThreadPlan(options.lanes, workers=0))
    torch.set_num_threads(1)
    with ExitStack() as changed:
        no_trials = mock.patch(
            "harness.run.one_pass.trials_on_noise", lambda restorer, parts: Trials({}, {})
        )
        changed.enter_context(no_trials)
        changed.enter_context(mock.patch("harness.run.whole_run.write_report"))
        if how == "idle":
            stays_idle = mock.patch("harness.run.one_pass.IdleLanes.help", lambda self: None)
            changed.enter_context(stays_idle)
        by_lane = changed.enter_context(seconds_by_lane(options.derainers))
        started = time.perf_counter()
        result = run(config, folder, folder / how, device)
        wall = time.perf_counter() - started
    if result.failures:
        raise SystemExit("; ".join(result.failures))
    longest, together = max(by_lane.values()), sum(by_lane.values())
    return Taken(wall, longest, together, 1 - together / options.lanes / longest)


@contextmanager
def seconds_by_lane(derainers: list[str]) -> Iterator[Counter[int]]:
    """Count the processor's seconds that each thread spends in derainers, for a block's length."""
    seconds: Counter[int] = Counter()

    def watched(restore: Callable[[Any, Tensor], Tensor]) -> Callable[[Any, Tensor], Tensor]:
        def restore_and_count(self: Any, rainy: Tensor) -> Tensor:
            started = time.thread_time()
            restored = restore(self, rainy)
            seconds[threading.get_ident()] += time.thread_time() - started  # type: ignore[assignment]
            return restored

        return restore_and_count

    with ExitStack() as changed:
        for name in derainers:
            kind: Any = registry.load("derainers", name)
            changed.enter_context(mock.patch.object(kind, "restore", watched(kind.restore)))
        yield seconds


def differences(first: Path, second: Path) -> list[str]:
    """Return the names of what two runs do not have alike."""
    tables = [
        read_records(one)["restoration"].drop(columns=SECONDS_MEASURED) for one in (first, second)
    ]
    unlike = [] if tables[0].equals(tables[1]) else ["rows"]
    for path in sorted((first / "restored").rglob("*.png")):
        name = path.relative_to(first)
        if path.read_bytes() != (second / name).read_bytes():
            unlike.append(str(name))
    return unlike


if __name__ == "__main__":
    sys.exit(main())
