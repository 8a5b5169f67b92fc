"""How long calls take, by a clock on which other processes of the machine do not count."""

import resource
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from harness.device import Device
from harness.run_folder.costs import Clock


class Times(NamedTuple):
    """What was measured.

    Attributes:
        milliseconds: Of each call, in order.
        clock: Which measured them.
    """

    milliseconds: tuple[float, ...]
    clock: Clock


class _Call(NamedTuple):
    """One timed call: its milliseconds by each clock, and whether its thread waited."""

    milliseconds: Mapping[Clock, float]
    waited: bool


def time_calls(call: Callable[[], None], repeats: int, device: Device) -> Times:
    """Time a call several times; see `time_in_turns`."""
    return time_in_turns({"": call}, repeats, device)[""]


def time_in_turns(
    calls: Mapping[str, Callable[[], None]], rounds: int, device: Device
) -> dict[str, Times]:
    """Time several calls that are to be compared, one after the other in each round.

    So what changes on the machine meanwhile changes all of them. On a CPU the clock is the
    calling thread's own, so that other processes do not count, unless in most rounds the thread
    waited during one of the calls: for other threads, a child process or a file. All are told by
    one clock.

    Args:
        calls: By any name. On a GPU each ends with waiting for it.
        rounds: How often each is called, after the caller has warmed it up.
        device: Where the calls compute.
    """
    timed: dict[str, list[_Call]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            timed[name].append(_time(call))
    waits = any(sum(one.waited for one in each) > rounds / 2 for each in timed.values())
    clock: Clock = "wall" if waits or device.torch_device.type != "cpu" else "thread"
    return {
        name: Times(tuple(one.milliseconds[clock] for one in each), clock)
        for name, each in timed.items()
    }


def _time(call: Callable[[], None]) -> _Call:
    waits, started, at_work = _waits(), time.perf_counter(), time.thread_time()
    call()
    own, wall = time.thread_time() - at_work, time.perf_counter() - started
    return _Call({"wall": 1000 * wall, "thread": 1000 * own}, _waits() > waits)


def _waits() -> float:
    """Return how often this thread has given its core up by itself; off Linux, ever more."""
    thread = getattr(resource, "RUSAGE_THREAD", None)
    return time.perf_counter() if thread is None else resource.getrusage(thread).ru_nvcsw
