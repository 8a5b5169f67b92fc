"""How much memory there is, and how much a call takes."""

import ctypes
import gc
import math
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

CONTAINER = Path("/sys/fs/cgroup")
"""Where Linux tells a container (cgroup v2) its limits."""

CLEAR_MARK = Path("/proc/self/clear_refs")
"""Where a process of Linux sets back the mark of the most memory that it has held."""


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
    """Return why the machine's memory does not hold so many bytes, "" where it does.

    What is left is divided among the processes of the run here, and among the pictures that each
    has in hand; see `share_among`.
    """
    if needed <= UNQUESTIONED:
        return ""
    left = available_memory(torch.device("cpu")) / local_processes() / _sharers
    if needed <= left:
        return ""
    each = f" for each of {_sharers * local_processes()} at a time"
    each *= _sharers * local_processes() > 1
    return f"takes {_gigabytes(needed)} of memory, and {_gigabytes(left)} are left{each}"


def _gigabytes(count: float) -> str:
    return f"{count / 1e9:.3g} GB" if count < 1e12 else f"{count / 1e9:.0f} GB"


def available_memory(device: torch.device) -> float:
    """Return how many bytes may still be taken on a GPU, or on this machine or container."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return free + unused
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


def peak_bytes(call: Callable[[], object], device: torch.device) -> int:
    """Run a call and return the most bytes of tensors that it held at a time.

    On a GPU its allocator counts; on a CPU the tensors that torch's operators return are followed.
    What is computed outside of torch is not seen.
    """
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        call()
        return torch.cuda.max_memory_allocated(device) - before
    live = _LiveTensors()
    with live:
        call()
    return live.peak


def peak_of_process(call: Callable[[], object], device: torch.device) -> int:
    """Run a call and return by how many bytes it raises what this process holds.

    On a GPU its allocator counts. On a CPU it is the resident memory, with all that torch's
    libraries take for themselves; what child processes hold is not seen. Linux sets the mark of
    the most memory held back before the call; elsewhere only what exceeds all that the process
    ever held is seen. For an exact figure the process should have done little before.
    """
    gc.collect()
    if device.type == "cuda":
        return peak_bytes(call, device)
    _give_back_free_memory()
    if CLEAR_MARK.exists():
        CLEAR_MARK.write_text("5")
    before = _most_memory_held()
    call()
    return _most_memory_held() - before


def _give_back_free_memory() -> None:
    """Let glibc return what it keeps for later, which a call would take without being seen."""
    if sys.platform == "linux" and hasattr(ctypes.CDLL(None), "malloc_trim"):
        ctypes.CDLL(None).malloc_trim(0)


def _most_memory_held() -> int:
    """Return the most resident bytes of this process since the mark was set back."""
    if CLEAR_MARK.exists():
        lines = Path("/proc/self/status").read_text().splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class _LiveTensors(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Follows the memory behind every tensor that an operator of this thread returns."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.peak = 0
        self._sizes: dict[StorageWeakRef, int] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = {_storage(tensor) for tensor in _tensors((args, kwargs))}
        returned = func(*args, **(kwargs or {}))
        for tensor in _tensors(returned):
            if _storage(tensor) not in given:  # no view of what is there already
                self._sizes[_storage(tensor)] = tensor.untyped_storage().nbytes()
        for storage in [one for one in self._sizes if one.expired()]:  # type: ignore[no-untyped-call]
            del self._sizes[storage]
        self.peak = max(self.peak, sum(self._sizes.values()))
        return returned


def _tensors(values: Any) -> list[Tensor]:
    return [value for value in tree_leaves(values) if isinstance(value, Tensor)]


def _storage(tensor: Tensor) -> StorageWeakRef:
    return StorageWeakRef(tensor.untyped_storage())  # type: ignore[no-untyped-call]


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an exception says that the memory of the CPU or GPU ran out."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and "allocate memory" in str(error)
