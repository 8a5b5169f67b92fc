"""Freed memory is kept: what is asked for next comes without a page of the kernel's."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness import heap

ROOT = Path(__file__).parents[1]

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
heap.give_back_freed_memory()
print(faults, kept, heap.kept_bytes())
"""


def carried_out(**settings: str) -> tuple[int, int, int]:
    """Return page faults of twenty large blocks in a lane, what is kept then, and at the end."""
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
    faults, kept, at_the_end = map(int, done.stdout.split())
    return faults, kept, at_the_end


@pytest.mark.skipif(heap._glibc() is None, reason="the C library is not glibc")
def test_large_blocks_come_without_page_faults() -> None:
    faults, kept, after_all_went_back = carried_out()
    assert faults < 1000
    assert kept > 60e6
    assert after_all_went_back < 20e6


@pytest.mark.skipif(heap._glibc() is None, reason="the C library is not glibc")
@pytest.mark.parametrize(
    "told", [{"MALLOC_ARENA_MAX": "2"}, {"GLIBC_TUNABLES": "glibc.malloc.arena_max=2"}]
)
def test_who_says_how_memory_is_handled_is_obeyed(told: dict[str, str]) -> None:
    faults, kept, _ = carried_out(**told)
    assert faults > 50_000
    assert kept == 0


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heap, "_glibc", lambda: None)
    heap.keep_freed_memory()
    heap.give_back_freed_memory()
    assert heap.kept_bytes() == 0
