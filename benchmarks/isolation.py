"""What it costs to keep a derainer in a process of its own, and samples out of harm's way.

    python benchmarks/isolation.py [NAME ...] [--size 320x480] [--repeats 30]
        [--device auto|cpu|cuda]

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
import os
import statistics
import time
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

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


def main() -> None:
    """Print a line a derainer, and one for what a loan takes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("names", nargs="*", default=DERAINERS, metavar="NAME")
    parser.add_argument("--size", default="320x480")
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    height, width = map(int, options.size.split("x"))
    device = choose_device(options.device)
    print(f"{device.describe()}, {height}x{width}, load {os.getloadavg()[0]:.2f} at the start")
    sample = noise(height, width)
    for name in options.names:
        print(compared(name, sample, device, options.repeats))
    print(loans(sample, options.repeats))


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


def compared(name: str, sample: Sample, device: Device, repeats: int) -> str:
    """Return how long a derainer takes here and in a process of its own, in words."""
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
    told = "; ".join(ratio(clock, *each) for clock, each in taken.items())
    equal = "equal" if torch.equal(*restored) else "NOT EQUAL"
    return f"{name}: {told}; {equal}; started in {seconds:.1f} s, holds {memory:.0f} MiB"


def at_work(child: psutil.Process) -> float:
    """Return the seconds that this process and another have had a processor."""
    nanoseconds = int(Path(f"/proc/{child.pid}/schedstat").read_text().split()[0])
    return time.process_time() + nanoseconds / 1e9


def ratio(clock: str, here: list[float], apart: list[float]) -> str:
    """Return the medians by a clock and what they differ by, in words."""
    plain, own = 1000 * statistics.median(here), 1000 * statistics.median(apart)
    return (
        f"{clock} {plain:.2f} ms here, {own:.2f} ms apart "
        f"({own - plain:+.2f} ms, {100 * (own / plain - 1):+.1f} %)"
    )


def built(name: str, isolate: bool, guard: Guard) -> tuple[Derainer, float]:
    """Return a derainer and the seconds that building it took."""
    started = time.perf_counter()
    entry = Entry(name=name, use=name, isolate=isolate)
    part = build_part("derainers", 0, entry, Path(), guard)
    if part.built is None:
        raise SystemExit(f"{name}: {part.error}")
    return part.built, time.perf_counter() - started


def loans(sample: Sample, repeats: int) -> str:
    """Return what it takes to lend a sample and to look at it afterwards, in words."""
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
    shown = (f"{name} {1000 * statistics.median(each):.2f} ms" for name, each in taken.items())
    return f"a sample with clean picture, boxes, label map and depth: {', '.join(shown)}"


if __name__ == "__main__":
    main()
