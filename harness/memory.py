"""How much memory there is, and how much a call takes."""

import math
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
