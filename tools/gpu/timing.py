"""How long a call takes, by the clock of the device that does the work."""

import statistics
import time
from collections.abc import Callable

import torch


def median_seconds(call: Callable[[], object], device: str, repeats: int, most: float) -> float:
    """Return the median time of a call, after one that is not counted.

    On a GPU its own clock is read: the time to launch counts only where the card waits for it.

    Args:
        call: What to time.
        device: ``cuda`` or ``cpu``.
        repeats: Calls to time at most.
        most: Seconds after which no further call is begun; one is timed in any case.
    """
    until = time.perf_counter() + most
    _seconds(call, device)
    timed = [_seconds(call, device)]
    while len(timed) < repeats and time.perf_counter() < until:
        timed.append(_seconds(call, device))
    return statistics.median(timed)


def _seconds(call: Callable[[], object], device: str) -> float:
    if device == "cpu":
        started = time.perf_counter()
        call()
        return time.perf_counter() - started
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in "be")  # type: ignore[no-untyped-call]
    torch.cuda.synchronize()
    begin.record()
    call()
    end.record()
    end.synchronize()
    return float(begin.elapsed_time(end)) / 1000
