"""What the order of pictures is worth, and lanes that share one, and what shared tiles would be.

    python benchmarks/order.py [DERAINER ...] [--big 3000x2000] [--small 480x320] [--counts 20 100]
        [--json FILE]

Each derainer restores one large and one small picture of noise, which are judged too, and the
seconds of the processor that its thread takes are measured; other programs of the machine do not
count. Of these the end of a set with one large picture among so many small ones follows for two
processes or lanes: in turn by name with the large one last, as runs did it before; the costly
ones first, as processes do it; likewise, and a lane without a picture of its own takes derainers
of another's, as the lanes of a process do it; and if every picture could be shared to the last
tile, which nothing can beat. No picture is cut for that: it would cost more, for tiles overlap, and
be another picture in its last digits, so that all tables would depend on the number of lanes. Of
pictures that are cut anyway `tiles.py` measures the end.
"""

import argparse
import heapq
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import measured
import torch

from harness.config import Entry
from harness.derainer import quantise
from harness.device import SINGLE_THREAD, Device
from harness.noise_picture import noise
from harness.plugins.parts import built_part
from harness.run.shares import dealt
from harness.samples import Sample
from harness.task import Batch

LANES = 2


def main() -> None:
    """Measure the paces and print how each order ends."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("derainers", nargs="*", default=["guided-filter", "ugsm"])
    parser.add_argument("--big", default="3000x2000", help="width x height")
    parser.add_argument("--small", default="480x320", help="width x height")
    parser.add_argument("--counts", nargs="+", type=int, default=[20, 100])
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    torch.set_num_threads(1)
    sizes = {name: tuple(map(int, getattr(options, name).split("x"))) for name in ("big", "small")}
    pieces = {
        name: [seconds_on(one, size) for one in options.derainers] for name, size in sizes.items()
    }
    seconds = {name: sum(of_each) for name, of_each in pieces.items()}
    print(f"{' and '.join(options.derainers)}: {seconds['big']:.2f} s of a processor for the large")
    print(f"picture, {seconds['small']:.3f} s for a small one")
    ends = []
    for count in options.counts:
        every = [seconds["small"]] * count + [seconds["big"]]
        by_name = end_by_name(every)
        costly = end_costly_first(every)
        helped = end_derainers_shared([pieces["big"], *[pieces["small"]] * count])
        shared = sum(every) / LANES
        ends.append({"small": count, "by_name": by_name, "costly_first": costly})
        ends[-1] |= {"derainers_shared": helped, "all_shared": shared}
        print(
            f"one large among {count:4d}: by name {by_name:6.2f} s, costly first {costly:6.2f} s "
            f"({costly / by_name:.0%}), derainers shared {helped:6.2f} s ({helped / by_name:.0%}), "
            f"tiles shared {shared:6.2f} s ({shared / by_name:.0%})"
        )
    if options.json:
        told = {"derainers": options.derainers, "lanes": LANES, "cpu_seconds": seconds}
        measured.write(options.json, {**told, "seconds_to_the_end": ends})


def seconds_on(name: str, size: Sequence[int]) -> float:
    """Return the processor's seconds of restoring and judging a picture, the better of two."""
    device = Device(torch.device("cpu"), "float32", SINGLE_THREAD)
    derainer: Any = built_part("derainers", name, Entry(name=name, use=name), Path())
    task: Any = built_part("tasks", "restoration", Entry(name="r", use="restoration"), Path())
    derainer.place(device)
    width, height = size
    rainy = noise((height, width)).rainy
    sample = Sample("noise", rainy, clean=rainy[::-1].copy())
    taken = []
    for _ in range(2):
        started = time.thread_time()
        restored = quantise(derainer.restore_samples([sample], device)[0], "round")
        (prediction,) = task.predict(Batch([restored], [sample], device))
        task.score(prediction, sample, None)
        taken.append(time.thread_time() - started)
    return min(taken)


def end_by_name(every: Sequence[float]) -> float:
    """Return when the last of two processes ends that take pictures in turn."""
    return max(sum(every[rank::LANES]) for rank in range(LANES))


def end_costly_first(every: Sequence[float]) -> float:
    """Return when the last of two processes ends with the shares that a run gives them."""
    return max(sum(every[number] for number in share) for share in dealt(every, LANES))


def end_derainers_shared(pictures: Sequence[Sequence[float]]) -> float:
    """Return when the last of two lanes ends.

    Args:
        pictures: Of each, the costly ones first, the seconds of each derainer.
    """
    waiting, begun = [list(one) for one in pictures], list[list[float]]()
    mine: dict[int, list[float]] = {lane: [] for lane in range(LANES)}
    free = [(0.0, lane) for lane in range(LANES)]
    last = 0.0
    while free:
        now, lane = heapq.heappop(free)
        last = max(last, now)
        if not mine[lane] and waiting:
            mine[lane] = waiting.pop(0)
            begun.append(mine[lane])
        elif not mine[lane]:
            mine[lane] = max(begun, key=sum, default=[])
        if mine[lane]:
            heapq.heappush(free, (now + mine[lane].pop(0), lane))
    return last


if __name__ == "__main__":
    main()
