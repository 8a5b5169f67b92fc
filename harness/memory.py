"""How much memory there is. To know it torch is not imported, which takes two seconds."""

import math
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from harness.heap import give_back_freed_memory, handing_back, kept_bytes

if TYPE_CHECKING:
    import torch

CONTAINER = Path("/sys/fs/cgroup")
"""Where Linux tells a container (cgroup v2) its limits."""

UNQUESTIONED = 1 << 26
"""Bytes that are not asked for: to look how many are left takes longer than to take them."""

ROOM_PER_PIXEL = 3 * 8 * 1024
"""Bytes of a heap for a pixel that a network is at: three times what most of them take, since the
heap has gaps."""

LARGEST_SHARE_KEPT = 1 / 3
"""Of what the machine has left this share may be kept of freed memory beside it."""

_sharers = 1


def local_processes() -> int:
    """Return how many processes of this run share the machine (torchrun says it)."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


def share_among(count: int) -> None:
    """Say how many pictures this process has in hand at a time, which `shortage` goes by."""
    global _sharers
    _sharers = max(1, count)


def shortage(needed: float) -> str:
    """Return why the machine's memory does not hold so many bytes, "" where it does.

    What is left is divided among the processes of the run here, and among the pictures that each
    has in hand; see `share_among`.
    """
    if needed <= UNQUESTIONED:
        return ""
    left = left_for_this_process() / local_processes() / _sharers
    if needed <= left:
        return ""
    each = f" for each of {_sharers * local_processes()} at a time"
    each *= _sharers * local_processes() > 1
    return f"takes {_gigabytes(needed)} of memory, and {_gigabytes(left)} are left{each}"


def _gigabytes(count: float) -> str:
    return f"{count / 1e9:.3g} GB" if count < 1e12 else f"{count / 1e9:.0f} GB"


def available_memory(device: "torch.device") -> float:
    """Return how many bytes this process may still take on a GPU, or on this machine."""
    if device.type == "cuda":
        import torch

        free, _ = torch.cuda.mem_get_info(device)
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return free + unused
    return left_for_this_process()


def left_for_this_process() -> float:
    """Return how many bytes this process may still take, with those that it freed and keeps."""
    return left_on_machine() + kept_bytes()


def left_on_machine() -> float:
    """Return how many bytes may still be taken on this machine or container."""
    return min(psutil.virtual_memory().available, _left_in_container())


def heap_for(pixels: float) -> AbstractContextManager[None]:
    """Return the block in which pictures of so many pixels together are restored and judged.

    Where they may need much of what is left, freed memory is handed back at once within it.
    """
    needed = pixels * ROOM_PER_PIXEL * _sharers * local_processes()
    return handing_back() if needed > left_for_this_process() else nullcontext()


def give_back_surplus() -> None:
    """Hand freed memory back where this process keeps much of it beside what the machine has left.

    A heap from which blocks of many sizes were taken lets few others reuse what is free in it, and
    grows. So no more is kept than could lie idle without harm.
    """
    if kept_bytes() > LARGEST_SHARE_KEPT * left_on_machine():
        give_back_freed_memory()


def _left_in_container() -> float:
    """Return the bytes that a container has left; infinitely many where nothing limits it."""
    try:
        most = (CONTAINER / "memory.max").read_text().strip()
        if most == "max":
            return math.inf
        used = int((CONTAINER / "memory.current").read_text())
        for line in (CONTAINER / "memory.stat").read_text().splitlines():
            name, _, value = line.partition(" ")
            if name == "inactive_file":  # cached files, given back when memory is asked for
                used -= int(value)
        return max(0, int(most) - used)
    except (OSError, ValueError):
        return math.inf


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an exception says that the memory of the CPU or GPU ran out."""
    torch = sys.modules.get("torch")  # which raises its own, and only where it was imported
    if isinstance(error, MemoryError) or (torch and isinstance(error, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and "allocate memory" in str(error)


def give_back_cached() -> None:
    """Give back what torch keeps of a GPU's memory for later, where it is at work at all."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
