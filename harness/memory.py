"""How much memory there is. To know it torch is not imported, which takes two seconds."""

import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from harness.heap import kept_bytes

if TYPE_CHECKING:
    import torch

CONTAINER = Path("/sys/fs/cgroup")
"""Where Linux tells a container (cgroup v2) its limits."""

UNQUESTIONED = 1 << 26
"""Bytes that are not asked for: to look how many are left takes longer than to take them."""

_sharers = 1


def local_processes() -> int:
    """Return how many processes of this run share the machine (torchrun says it)."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


def share_among(count: int) -> None:
    """Say how many pictures this process has in hand at a time, which `shortage` goes by."""
    global _sharers
    _sharers = max(1, count)


def shortage(needed: float) -> str:
    """Return why the machine's memory does not hold so many bytes of a picture, "" if it does."""
    if needed <= UNQUESTIONED:
        return ""
    left = left_for_a_picture()
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


def left_for_a_picture() -> float:
    """Return how many bytes each picture in hand may still take.

    What is left is divided among the processes of the run here, and among the pictures that each
    has in hand; see `share_among`.
    """
    return left_for_this_process() / local_processes() / _sharers


def left_on_machine() -> float:
    """Return how many bytes may still be taken on this machine or container."""
    return min(psutil.virtual_memory().available, _left_in_container())


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
