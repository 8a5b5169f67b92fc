"""What it costs to keep a derainer in a process of its own, and samples out of harm's way.

    python benchmarks/isolation.py [NAME ...] [--size 320x480] [--repeats 30]
        [--device auto|cpu|cuda] [--json FILE]

By default `rainy`, which computes nothing, `guided-filter`, the cheapest derainer, and `prenet`
with the shipped weights. Each is built in this process and in one of its own, from the same entry,
and both restore the same picture in turns, so that all stand on the same machine at the same
moment. Two clocks tell: that of the processors, of both processes together, on which other
programs do not count (Linux), and the wall's, which means something on an idle machine. The ratios
are of the medians, the restored pictures must be equal bit for bit. Beside them: the seconds to
start such a process, the memory that it holds idle, and what it takes to lend a sample with all its
truths and to compare it afterwards, beside what digests would take.
"""

import argparse
import functools
import hashlib
import statistics
import time
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import measured
import numpy as np
import psutil
import torch

from harness.config import Entry
from harness.derainer import Derainer
from harness.device import Device, choose_device
from harness.lending import Loan, sealed
from harness.plugins.guard import Guard
from harness.plugins.parts import build_part
from harness.samples import Boxes, Sample

DERAINERS = ("rainy", "guided-filter", "prenet")


class Compared(NamedTuple):
    """A derainer here and in a process of its own.

    Attributes:
        ms_here: Medians of a call, by clock.
        ms_apart: The same in a process of its own.
        is_equal: Whether the restored pictures are, bit for bit.
        seconds_to_start: Such a process.
        mib_held: By it.
    """

    ms_here: dict[str, float]
    ms_apart: dict[str, float]
    is_equal: bool
    seconds_to_start: float
    mib_held: float

    def __str__(self) -> str:
        """Return it in words."""
        told = "; ".join(
            f"{clock} {here:.2f} ms here, {apart:.2f} ms apart "
            f"({apart - here:+.2f} ms, {100 * (apart / here - 1):+.1f} %)"
            for (clock, here), apart in zip(
                self.ms_here.items(), self.ms_apart.values(), strict=True
            )
        )
        equal = "equal" if self.is_equal else "NOT EQUAL"
        start = f"started in {self.seconds_to_start:.1f} s, holds {self.mib_held:.0f} MiB"
        return f"{told}; {equal}; {start}"


def main() -> None:
    """Print a line a derainer, and one for what a loan takes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("names", nargs="*", default=DERAINERS, metavar="NAME")
    parser.add_argument("--size", default="320x480")
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    height, width = map(int, options.size.split("x"))
    device = choose_device(options.device)
    print(f"{device.describe()}, {height}x{width}, load {measured.LOAD:.2f} at the start")
    sample, of_derainers = noise(height, width), {}
    for name in options.names:
        of_derainers[name] = compared(name, sample, device, options.repeats)
        print(f"{name}: {of_derainers[name]}")
    lending = loans(sample, options.repeats)
    shown = ", ".join(f"{name} {one:.2f} ms" for name, one in lending.items())
    print(f"a sample with clean picture, boxes, label map and depth: {shown}")
    if options.json:
        derainers = {name: one._asdict() for name, one in of_derainers.items()}
        measured.write(options.json, {"derainers": derainers, "ms_to_lend": lending})


def noise(height: int, width: int) -> Sample:
    """Return a picture of noise with truths of every kind."""
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    boxes = Boxes(
        np.ones((5, 4), np.float32), np.ones(5, np.int64), np.zeros(5, np.bool_), np.ones(5)
    )
    depth = rng.random((height, width), dtype=np.float32)
    truths = {"depth": depth}
    return sealed(Sample("noise", picture, picture[::-1], boxes, picture[..., 0], truths))


def compared(name: str, sample: Sample, device: Device, repeats: int) -> Compared:
    """Return how long a derainer takes here and in a process of its own."""
    with closing(Guard(None)) as guard:
        here, _ = built(name, False, guard)
        apart, seconds = built(name, True, guard)
        (child,) = psutil.Process().children()
        clocks: dict[str, Callable[[], float]] = {
            "processors": functools.partial(at_work, child),
            "wall": time.perf_counter,
        }
        taken: dict[str, list[list[float]]] = {clock: [[], []] for clock in clocks}
        restored = []
        for derainer in (here, apart):
            derainer.place(device)
            restored.append(derainer.restore_samples([sample], device)[0])
        for _ in range(repeats):
            for place, derainer in enumerate((here, apart)):
                started = {clock: read() for clock, read in clocks.items()}
                derainer.restore_samples([sample], device)
                for clock, read in clocks.items():
                    taken[clock][place].append(read() - started[clock])
        memory = child.memory_info().rss / 2**20
    ms_here, ms_apart = (
        {clock: 1000 * statistics.median(each[place]) for clock, each in taken.items()}
        for place in (0, 1)
    )
    return Compared(ms_here, ms_apart, torch.equal(*restored), seconds, memory)


def at_work(child: psutil.Process) -> float:
    """Return the seconds that this process and another have had a processor."""
    nanoseconds = int(Path(f"/proc/{child.pid}/schedstat").read_text().split()[0])
    return time.process_time() + nanoseconds / 1e9


def built(name: str, isolate: bool, guard: Guard) -> tuple[Derainer, float]:
    """Return a derainer and the seconds that building it took."""
    started = time.perf_counter()
    entry = Entry(name=name, use=name, isolate=isolate)
    part = build_part("derainers", 0, entry, Path(), guard)
    if part.built is None:
        raise SystemExit(f"{name}: {part.error}")
    return part.built, time.perf_counter() - started


def loans(sample: Sample, repeats: int) -> dict[str, float]:
    """Return the milliseconds to lend a sample and look at it afterwards, and of digests."""
    rainy = sample.rainy.tobytes()

    def lend() -> None:
        loan = Loan()
        loan.samples([sample])
        loan.check()

    calls: dict[str, Callable[[], object]] = {
        "lent and compared": lend,
        "CRC-32 of the rainy picture": lambda: zlib.crc32(rainy),
        "BLAKE2b": lambda: hashlib.blake2b(rainy).digest(),
        "SHA-256": lambda: hashlib.sha256(rainy).digest(),
    }
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            started = time.thread_time()
            call()
            taken[name].append(time.thread_time() - started)
    return {name: 1000 * statistics.median(each) for name, each in taken.items()}


if __name__ == "__main__":
    main()
