from dataclasses import replace
from pathlib import Path

import pytest
import torch

from harness import device, memory
from harness.device import Device, ThreadPlan
from harness.memory import available_memory, left_on_machine
from harness.peak_memory import peak_bytes

CPU = torch.device("cpu")


def test_the_peak_is_what_lives_at_a_time() -> None:
    given = torch.zeros(1000)  # not counted: it was there before

    def call() -> torch.Tensor:
        first = given + 1
        second = first.reshape(10, 100) * 2  # here first and second are there
        del first
        return second.view(-1) + 1  # and here second and the outcome

    assert peak_bytes(call, CPU) == 2 * 4000


def test_the_peak_of_one_operator_after_another() -> None:
    chain = torch.nn.Sequential(*(torch.nn.ReLU() for _ in range(5)))
    given = torch.zeros(1000)
    assert peak_bytes(lambda: chain(given), CPU) == 2 * 4000


@pytest.mark.parametrize(
    ("most", "left"), [("5000000\n", 5000000 - (900000 - 100000)), ("max\n", None)]
)
def test_a_container_has_no_more_than_its_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: str, left: int | None
) -> None:
    monkeypatch.setattr(memory, "CONTAINER", tmp_path)
    assert left_on_machine() > 10 * 2**20
    (tmp_path / "memory.max").write_text(most)
    (tmp_path / "memory.current").write_text("900000\n")
    (tmp_path / "memory.stat").write_text("anon 700000\ninactive_file 100000\nactive_file 5\n")
    if left is None:
        assert left_on_machine() > 10 * 2**20
    else:
        assert left_on_machine() == left
        monkeypatch.setattr(memory, "kept_bytes", lambda: 7)  # which this process may take again
        assert available_memory(CPU) == left + 7


def test_lanes_share_what_is_left(cpu: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "available_memory", lambda _: 6000)
    three_lanes = replace(cpu, threads=ThreadPlan(3, 0))
    assert (cpu.memory_per_lane(), three_lanes.memory_per_lane()) == (3000, 1000)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    assert cpu.memory_per_lane() == 1500
