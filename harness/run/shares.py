"""Who restores which image, and in which order.

The costly images come first, so that at the end of a rain set no core waits long for another; and
each process has about as much to do. Neither has a say in any row or table.
"""

import heapq
from collections.abc import Sequence
from dataclasses import replace

from harness.processes import Processes
from harness.run.amount import Amounts
from harness.run.work import ImageWork, Work


def share_of(work: Work, amounts: Amounts, processes: Processes) -> Work:
    """Return the work that falls to this process, of each rain set the costly images first.

    Args:
        work: What is left of the run; all processes know the same.
        amounts: How much each image is.
        processes: Who share the run.
    """
    every = [
        (place, one, _cost(one, amounts[rain_set.name, one.image]))
        for place, (rain_set, images) in enumerate(work.images)
        for one in images
    ]
    mine: list[list[ImageWork]] = [[] for _ in work.images]
    for number in dealt([cost for *_, cost in every], processes.count)[processes.rank]:
        place, one, _ = every[number]
        mine[place].append(one)
    rain_sets = [rain_set for rain_set, _ in work.images]
    return replace(work, images=list(zip(rain_sets, mine, strict=True)))


def dealt(costs: Sequence[float], count: int) -> list[list[int]]:
    """Deal pieces of work to processes, each in turn to the one that has least so far.

    With the costliest first, the longest share is at most a third longer than the best division
    has it (Graham, Bounds on Multiprocessing Timing Anomalies, 1969).

    Args:
        costs: Of the pieces.
        count: Of the processes.

    Returns:
        For each process the numbers of its pieces, the costliest first, alike ones in their order.

    >>> dealt([1, 6, 1, 1, 2], 2)
    [[1], [4, 0, 2, 3]]
    """
    shares: list[list[int]] = [[] for _ in range(count)]
    loads = [(0.0, rank) for rank in range(count)]
    for number in sorted(range(len(costs)), key=lambda one: -costs[one]):
        load, rank = heapq.heappop(loads)
        heapq.heappush(loads, (load + costs[number], rank))
        shares[rank].append(number)
    return shares


def _cost(image: ImageWork, pixels: float) -> float:
    return pixels * len(image.missing)
