"""Calls that take too long are abandoned, and nothing waits for them."""

import functools
import gc
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor

from harness.config import Entry, RunConfig
from harness.derainer import Derainer, DerainerFacts
from harness.device import Device
from harness.plugins.guard import Guard
from harness.plugins.parts import Part
from harness.plugins.time_limit import OutOfTimeError, TimeLimit
from harness.progress import ProgressReporter
from harness.run.keys import Keys
from harness.run.loading import Loaded
from harness.run.plan import Plan
from harness.run.restoring import Restored, Restorer
from harness.run.setting import Setting
from harness.run.work import ImageWork
from harness.samples import Sample

PATIENT, IMPATIENT = 60.0, 0.05


def single_thread() -> None:
    """Enter a thread as a CPU has it do."""
    torch.set_num_threads(1)


@pytest.fixture
def never() -> Iterator[threading.Event]:
    """An event that does not come until the test is over."""
    event = threading.Event()
    yield event
    event.set()


def test_what_is_in_time_is_returned_or_raised() -> None:
    limit = TimeLimit(PATIENT, single_thread)
    assert limit.call("quick", lambda: 7).value == 7
    for mine in (ValueError("mine"), SystemExit(3)):
        assert limit.call("quick", raising(mine)).error is mine
    assert limit.call("quick", lambda: 8).value == 8
    limit.close()


def raising(error: BaseException) -> Callable[[], None]:
    def call() -> None:
        raise error

    return call


def test_what_hangs_is_not_called_again_and_others_are(never: threading.Event) -> None:
    limit = TimeLimit(IMPATIENT, single_thread)
    with pytest.raises(OutOfTimeError, match=r"slow did not come back within 0.05 s \(call_lim"):
        limit.call("slow", never.wait)
    calls: list[int] = []
    with pytest.raises(OutOfTimeError, match="not called: slow did not come back"):
        limit.call("slow", lambda: calls.append(1))
    assert not calls
    limit.seconds = PATIENT
    assert limit.call("other", lambda: 7).value == 7
    limit.close()


def test_a_loop_that_hangs_is_ended() -> None:
    threads: list[threading.Thread] = []

    def spin() -> None:
        threads.append(threading.current_thread())
        while True:
            try:
                sum(range(10))
            except Exception:  # what ends the loop is none of these
                continue

    with pytest.raises(OutOfTimeError):
        TimeLimit(IMPATIENT, single_thread).call("spinning", spin)
    threads[0].join(timeout=60)
    assert not threads[0].is_alive()


def test_without_a_limit_a_call_stays_in_its_thread() -> None:
    with ThreadPoolExecutor(1) as lane:
        here = lane.submit(threading.current_thread).result()
        for guard, limits_itself in ((Guard(None), False), (Guard(PATIENT), True)):
            call = functools.partial(guard.call, "any", threading.current_thread)
            assert lane.submit(call, limits_itself=limits_itself).result() is here


def test_closing_ends_the_helpers() -> None:
    limit = TimeLimit(PATIENT, single_thread)
    with ThreadPoolExecutor(3) as lanes:
        threads = set(
            lanes.map(lambda _: limit.call("any", threading.current_thread).value, range(9))
        )
    limit.close()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()


class Hanging(Derainer):
    """Waits, at the place that a test wants, for what does not come."""

    facts = DerainerFacts(title="Hanging")

    def __init__(self, never: threading.Event, where: str = "restore") -> None:
        self.never, self.where = never, where

    def place(self, device: Device) -> None:
        if self.where == "place":
            self.never.wait()

    def restore(self, rainy: Tensor) -> Tensor:
        self.never.wait(None if self.where == "restore" else 10 * IMPATIENT)
        return rainy


class HangingInAllThreads(Hanging):
    is_reentrant: ClassVar[bool] = True


class WithItsOwnLimit(Hanging):
    limits_itself: ClassVar[bool] = True


def restore(cpu: Device, derainer: Derainer, lanes: int = 3) -> list[Restored]:
    """Restore six pictures, several at a time."""
    sample = Sample("one", np.zeros((4, 5, 3), np.uint8))
    loaded = Loaded(ImageWork("one", "key", {}), sample, "", 0.0)
    guard = Guard(IMPATIENT, cpu)
    part = Part[Derainer]("derainers", Entry(name="h", use="h"), guard, derainer)
    entry = {"name": "any", "use": "any"}
    config = RunConfig(name="any", rain_sets=[entry], derainers=[entry], tasks=[entry])
    plan = Plan(config, [], [], [])
    restorer = Restorer(Setting(plan, Keys(plan), cpu, Path(), ProgressReporter(quiet=True)))
    with ThreadPoolExecutor(lanes) as pool:
        calls = [pool.submit(restorer.restore, "set", part, [loaded], ["round"]) for _ in range(6)]
        made = [call.result()[0] for call in calls]
    guard.close()
    return made


@pytest.mark.parametrize("cls", [Hanging, HangingInAllThreads])
@pytest.mark.parametrize("where", ["restore", "place"])
def test_no_lane_waits_for_what_hangs_in_another(
    cpu: Device, never: threading.Event, cls: type[Hanging], where: str
) -> None:
    made = restore(cpu, cls(never, where))
    assert not any(one.pixels for one in made)
    assert any(one.error.startswith("h did not come back") for one in made)
    assert any(one.error.startswith("not called: h did not") for one in made)


def test_a_derainer_that_limits_itself_is_left_alone(cpu: Device, never: threading.Event) -> None:
    made = restore(cpu, WithItsOwnLimit(never, "slowly"), lanes=6)
    assert [one.error for one in made] == [""] * 6


def test_a_limit_that_is_forgotten_takes_its_threads_with_it(cpu: Device) -> None:
    limit = TimeLimit(None, cpu.enter_thread)
    thread = limit.call("any", threading.current_thread).value
    assert thread is not None and thread.is_alive()
    del limit
    gc.collect()
    thread.join(timeout=10)
    assert not thread.is_alive()
