"""How much memory a call takes."""

import gc
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from harness.heap import give_back_freed_memory

CLEAR_MARK = Path("/proc/self/clear_refs")
"""Where a process of Linux sets back the mark of the most memory that it has held."""


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
    give_back_freed_memory()  # which a call would take without being seen
    if CLEAR_MARK.exists():
        CLEAR_MARK.write_text("5")
    before = _most_memory_held()
    call()
    return _most_memory_held() - before


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
