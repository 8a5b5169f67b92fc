"""Freed memory is kept: what is asked for next comes without a page of the kernel's."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from harness import heap

ROOT = Path(__file__).parents[1]

only_glibc = pytest.mark.skipif(
    not hasattr(heap._glibc(), "mallinfo2"), reason="the C library does not tell what it keeps"
)

LARGE_BLOCKS = """
import resource, sys
from concurrent.futures import ThreadPoolExecutor
import torch
from harness import heap

heap.keep_freed_memory()

def fault():
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    for _ in range(20):
        torch.ones(3000, 5000)  # 60 MB, which are 15000 pages
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before

with ThreadPoolExecutor(1) as lane:
    lane.submit(fault).result()
    faults = lane.submit(fault).result()
kept = heap.kept_bytes()
with heap.handing_back():
    with heap.handing_back():
        pass
    in_use = torch.ones(250, 1_000_000)  # 1 GB, more than the heap has free
    beside = heap.kept_bytes()
    del in_use
    beside = max(beside, heap.kept_bytes())
fault()
faults = max(faults, fault())
heap.give_back_freed_memory()
print(faults, kept, beside, heap.kept_bytes())
"""


class Found(NamedTuple):
    """Page faults of twenty large blocks, and bytes that are kept."""

    faults: int
    kept: int
    kept_when_handing_back: int
    kept_when_all_went_back: int


def carried_out(**settings: str) -> Found:
    """Take large blocks, in a lane and in the main thread, in a process of its own."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")
    }
    done = subprocess.run(
        [sys.executable, "-c", LARGE_BLOCKS],
        capture_output=True,
        text=True,
        check=True,
        env={**environment, "PYTHONPATH": str(ROOT), **settings},
    )
    return Found(*map(int, done.stdout.split()))


@only_glibc
def test_large_blocks_come_without_page_faults() -> None:
    found = carried_out()
    assert found.faults < 1000 and found.kept > 60e6
    assert max(found.kept_when_handing_back, found.kept_when_all_went_back) < 20e6


@only_glibc
@pytest.mark.parametrize(
    "told", [{"MALLOC_ARENA_MAX": "2"}, {"GLIBC_TUNABLES": "glibc.malloc.arena_max=2"}]
)
def test_who_says_how_memory_is_handled_is_obeyed(told: dict[str, str]) -> None:
    found = carried_out(**told)
    assert found.faults > 50_000
    assert found.kept == 0


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heap, "_glibc", lambda: None)
    heap.keep_freed_memory()
    heap.give_back_freed_memory()
    assert heap.kept_bytes() == 0
