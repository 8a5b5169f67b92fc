import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import pytest
from torch import Tensor

from harness.config import Entry
from harness.derainer import Derainer, DerainerFacts
from harness.device import Device
from harness.plugins.guard import Guard
from harness.plugins.parts import Part
from harness.run.turnstile import Turnstile


class Counting(Derainer):
    """Counts how many threads are in it at a time, and how often it is placed."""

    facts = DerainerFacts(title="Counting")

    def __init__(self) -> None:
        self.inside = self.most_inside = self.placed = 0
        self.lock = threading.Lock()

    def place(self, device: Device) -> None:
        self.placed += 1

    def restore(self, rainy: Tensor) -> Tensor:
        return rainy

    def visit(self) -> None:
        with self.lock:
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        time.sleep(0.02)
        with self.lock:
            self.inside -= 1


class Reentrant(Counting):
    is_reentrant: ClassVar[bool] = True


def part_of(derainer: Counting) -> Part[Counting]:
    entry = Entry(name="counting", use="counting")
    return Part("derainers", entry, Guard(None), derainer)


@pytest.mark.parametrize(("derainer", "most"), [(Counting(), 1), (Reentrant(), 4)])
def test_who_may_be_inside_at_a_time(cpu: Device, derainer: Counting, most: int) -> None:
    turnstile, part = Turnstile(cpu), part_of(derainer)

    def visit(_: int) -> None:
        with turnstile.using(part):
            derainer.visit()

    with ThreadPoolExecutor(4) as lanes:
        list(lanes.map(visit, range(12)))
    assert derainer.most_inside == most
    assert derainer.placed == 1


def test_a_failure_inside_lets_the_next_one_in(cpu: Device) -> None:
    turnstile, derainer = Turnstile(cpu), Counting()
    part = part_of(derainer)
    with pytest.raises(ValueError, match="inside"), turnstile.using(part):
        raise ValueError("inside")
    with turnstile.using(part):
        derainer.visit()
    assert derainer.most_inside == 1
