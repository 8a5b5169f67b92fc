"""Where models run, in which layout and precision, and how many threads share the machine."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from harness.errors import ConfigError
from harness.memory import available_memory, local_processes, share_among
from harness.samples import ImageArray
from harness.terms import Precision


class ThreadPlan(NamedTuple):
    """How the cores are shared: the sum of threads at work never exceeds the cores.

    OpenMP threads that outnumber the cores wait for each other at every layer of a network,
    which costs up to two orders of magnitude. And how many threads share an operator changes
    the last digits of its result. So on a CPU every model runs on one thread, and the cores are
    filled by several images at a time: no result depends on the number of cores or processes.

    Attributes:
        lanes: Images that go through the models at a time, each in a thread of its own.
        workers: Threads that decode and score beside the lanes; 0 means that the lanes do it.
    """

    lanes: int
    workers: int


SINGLE_THREAD = ThreadPlan(lanes=1, workers=0)

GIB_PER_LANE = 2.0
"""Memory for the activations of a lane: a derainer's on an image of two megapixels."""


SHARE_OF_MEMORY = {"cpu": 0.5, "cuda": 0.8}
"""What of the memory that is left the activations of derainers may take. Without swap a CPU's
process is killed where it takes too much, so half is left to pictures, tasks and layouts."""


def plan_threads(cores: int, device_type: str, memory_gib: float) -> ThreadPlan:
    """Share the cores among the models and the threads beside them.

    >>> plan_threads(2, "cpu", memory_gib=24)
    ThreadPlan(lanes=2, workers=0)
    >>> plan_threads(64, "cpu", memory_gib=32)
    ThreadPlan(lanes=16, workers=0)
    >>> plan_threads(16, "cuda", memory_gib=128)
    ThreadPlan(lanes=1, workers=8)
    """
    if device_type == "cuda":
        return ThreadPlan(lanes=1, workers=max(1, min(8, cores - 1)))
    return ThreadPlan(lanes=max(1, min(cores, int(memory_gib / GIB_PER_LANE))), workers=0)


def available_cores() -> int:
    """Return the cores that this process may use.

    ``OMP_NUM_THREADS`` caps them, as it does for PyTorch. Under torchrun, which sets that variable
    to 1 by itself, the machine's cores are shared fairly among its local processes instead.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    cores = cores or 1
    if "LOCAL_WORLD_SIZE" in os.environ:
        return max(1, cores // local_processes())
    cap = os.environ.get("OMP_NUM_THREADS", "")
    return min(cores, int(cap)) if cap.isdigit() and int(cap) > 0 else cores


@dataclass(frozen=True)
class Device:
    """The device of a run.

    Attributes:
        torch_device: Where tensors live.
        precision: ``float32`` is exact; the others run the models in autocast.
        threads: The plan for the cores.
    """

    torch_device: torch.device
    precision: Precision = "float32"
    threads: ThreadPlan = SINGLE_THREAD

    @property
    def batch_size(self) -> int:
        """Images of one size that go through a model together.

        One on a CPU, whose cores the lanes already fill: there a batch gains nothing, and without
        it a result cannot depend on its neighbours.
        """
        return 8 if self.torch_device.type == "cuda" else 1

    def place(self, images: Tensor) -> Tensor:
        """Move (N, C, H, W) images to the device in the layout of the placed modules."""
        return images.to(self.torch_device, memory_format=torch.channels_last, non_blocking=True)

    def upload(self, pictures: Sequence[ImageArray]) -> Tensor:
        """Move pictures of one size to the device as their 8 bits, and make them floats there.

        Args:
            pictures: (H, W, 3) uint8 each.

        Returns:
            (N, 3, H, W) float32 in [0, 1], in the layout of the placed modules.
        """
        stacked = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
        return self.place(stacked).float() / 255

    def place_module(self, module: nn.Module) -> nn.Module:
        """Move a network to the device, in ``channels_last``, without gradients."""
        module = module.to(self.torch_device).requires_grad_(False)
        return module.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]

    def memory_per_lane(self) -> float:
        """Return how many bytes the activations of one lane may take, as memory stands now."""
        kind = self.torch_device.type
        left = available_memory(self.torch_device) * SHARE_OF_MEMORY[kind]
        return left / self.threads.lanes / (local_processes() if kind == "cpu" else 1)

    @contextlib.contextmanager
    def autocast(self) -> Iterator[None]:
        """Run a block in the asked precision; float32 changes nothing."""
        if self.precision == "float32":
            yield
            return
        with torch.autocast(self.torch_device.type, dtype=getattr(torch, self.precision)):
            yield

    def enter_thread(self) -> None:
        """Make the calling thread one that works for this device: call it first in each.

        A thread has a CUDA device and a number of threads for operators of its own.
        """
        torch.set_num_threads(1)
        if self.torch_device.type == "cuda":
            torch.cuda.set_device(self.torch_device)

    def synchronise(self) -> None:
        """Wait for the device, so that a clock reads what was really computed."""
        if self.torch_device.type == "cuda":
            torch.cuda.synchronize(self.torch_device)

    def describe(self) -> str:
        """Return the device in words, for the manifest."""
        if self.torch_device.type == "cuda":
            return torch.cuda.get_device_name(self.torch_device)
        lanes = self.threads.lanes
        return f"CPU, {lanes} image{'s' * (lanes != 1)} at a time, one thread each"


def choose_device(name: str = "auto", precision: Precision = "float32") -> Device:
    """Choose the device and set the process's thread counts accordingly.

    Args:
        name: ``auto`` (CUDA where there is one), ``cpu`` or ``cuda``.
        precision: See `Device`.

    Raises:
        ConfigError: If CUDA is asked for and not there, or the name is unknown.
    """
    if name not in {"auto", "cpu", "cuda"}:
        raise ConfigError(f"device {name!r}: choose auto, cpu or cuda")
    has_cuda = torch.cuda.is_available()
    if name == "cuda" and not has_cuda:
        raise ConfigError(
            "device cuda: this PyTorch sees no GPU "
            f"(torch {torch.__version__}, built for CUDA {torch.version.cuda}); "
            "use --device cpu or install a CUDA build"
        )
    device_type = "cuda" if has_cuda and name != "cpu" else "cpu"
    memory = available_memory(torch.device("cpu")) / 2**30
    threads = plan_threads(available_cores(), device_type, memory / local_processes())
    share_among(threads.lanes + threads.workers)
    torch.set_num_threads(1)
    index = int(os.environ.get("LOCAL_RANK", "0"))
    torch_device = torch.device("cuda", index) if device_type == "cuda" else torch.device("cpu")
    if device_type == "cuda":
        torch.cuda.set_device(torch_device)
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cuda.matmul.allow_tf32 = False
    import cv2

    cv2.setNumThreads(0)  # OpenCV's own pool would come on top of the plan
    return Device(torch_device, precision, threads)
