"""A stand-in for a GPU that counts what crosses to and from it, and how often the CPU waits.

Tensors on it say that they are on ``meta`` and hold their values on the CPU, where their operators
are computed. A copy from it blocks, as PyTorch's copies into ordinary memory do, and so does every
question for a value (``bool(tensor)``, ``.item()``).
"""

import math
import threading
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

from harness.device import Device

ON_DEVICE = torch.device("meta")


class DeviceTensor(Tensor):
    """A tensor on the stand-in; ``held`` has its values."""

    held: Tensor

    @staticmethod
    def __new__(cls: type["DeviceTensor"], held: Tensor) -> "DeviceTensor":
        made: DeviceTensor = Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls, held.size(), held.stride(), dtype=held.dtype, device=ON_DEVICE
        )
        made.held = held
        return made

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Say that nobody counts: every use is to happen under `Counting`."""
        raise AssertionError(f"{func} on the stand-in without Counting")


@dataclass
class Crossings:
    """What was counted.

    Attributes:
        uploaded: Bytes that were moved to the stand-in.
        downloaded: Bytes that were fetched from it.
        waits: How often the CPU waited for it.
    """

    uploaded: int = 0
    downloaded: int = 0
    waits: int = 0


class Counting(TorchDispatchMode):
    """Computes with tensors of the stand-in while a block lasts, in one thread.

    Args:
        crossings: To which is added.
    """

    def __init__(self, crossings: Crossings) -> None:
        super().__init__()
        self.crossings = crossings

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Compute an operator."""
        kwargs = dict(kwargs or {})
        moved_to = kwargs.get("device")
        if moved_to is not None:
            kwargs["device"] = torch.device("cpu")
        first = next((one for one in args if isinstance(one, Tensor)), None)
        is_there = any(isinstance(one, DeviceTensor) for one in tree_leaves((args, kwargs)))
        made = func(*_held(args), **_held(kwargs))
        asks = func is torch.ops.aten._local_scalar_dense.default
        if is_there and first is not None and (asks or moved_to == torch.device("cpu")):
            self.crossings.downloaded += first.nbytes
            self.crossings.waits += 1
            return made
        if moved_to == ON_DEVICE and first is not None and not is_there:
            self.crossings.uploaded += first.nbytes
        stays = is_there or moved_to == ON_DEVICE
        return tree_map_only(Tensor, DeviceTensor, made) if stays else made


class CountedDevice(Device):
    """The stand-in as a device of a run; each of its threads counts."""

    crossings: Crossings
    here: threading.local

    @classmethod
    def counted_by(cls, crossings: Crossings) -> "CountedDevice":
        """Return a device whose crossings are added to a count."""
        device = cls(ON_DEVICE)
        object.__setattr__(device, "crossings", crossings)
        object.__setattr__(device, "here", threading.local())
        return device

    def enter_thread(self) -> None:
        """Begin to count in the calling thread, once."""
        super().enter_thread()
        if not hasattr(self.here, "counting"):
            self.here.counting = Counting(self.crossings)
            self.here.counting.__enter__()

    def synchronise(self) -> None:
        """Count a wait."""
        self.crossings.waits += 1

    def memory_per_lane(self) -> float:
        """Return that nothing need be cut."""
        return math.inf


def _held(values: Any) -> Any:
    return tree_map_only(DeviceTensor, lambda one: one.held, values)
