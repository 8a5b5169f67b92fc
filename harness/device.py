"""Where models run, in which layout and precision, and how many threads share the machine."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from harness.errors import ConfigError

Precision = Literal["float32", "bfloat16", "float16"]


class ThreadPlan(NamedTuple):
    """How the cores are shared: their sum never exceeds the cores.

    OpenMP threads that outnumber the cores wait for each other at every layer of a network,
    which costs up to two orders of magnitude.

    Attributes:
        model: Threads of the models' operators.
        workers: Threads that decode, score and write beside the models; 0 means that this is
            done between the models, in the main thread.
    """

    model: int
    workers: int


SINGLE_THREAD = ThreadPlan(model=1, workers=0)


def plan_threads(cores: int, device_type: str) -> ThreadPlan:
    """Share the cores among the models and the threads beside them.

    >>> plan_threads(2, "cpu")
    ThreadPlan(model=2, workers=0)
    >>> plan_threads(16, "cpu")
    ThreadPlan(model=14, workers=2)
    >>> plan_threads(16, "cuda")
    ThreadPlan(model=1, workers=8)
    """
    if device_type == "cuda":
        return ThreadPlan(model=1, workers=max(1, min(8, cores - 1)))
    workers = min(4, cores // 8)
    return ThreadPlan(model=cores - workers, workers=workers)


def available_cores() -> int:
    """Return the cores that this process may use.

    ``OMP_NUM_THREADS`` caps them, as it does for PyTorch. Under torchrun, which sets that variable
    to 1 by itself, the machine's cores are shared fairly among its local processes instead.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    cores = cores or 1
    if "LOCAL_WORLD_SIZE" in os.environ:
        return max(1, cores // int(os.environ["LOCAL_WORLD_SIZE"]))
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

        One on a CPU, whose cores a single image already fills: there a batch gains nothing, and
        without it a result cannot depend on its neighbours.
        """
        return 8 if self.torch_device.type == "cuda" else 1

    def place(self, images: Tensor) -> Tensor:
        """Move (N, C, H, W) images to the device in the layout of the placed modules."""
        return images.to(self.torch_device, memory_format=torch.channels_last, non_blocking=True)

    def place_module(self, module: nn.Module) -> nn.Module:
        """Move a network to the device, in ``channels_last``, without gradients."""
        module = module.to(self.torch_device).requires_grad_(False)
        return module.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]

    @contextlib.contextmanager
    def autocast(self) -> Iterator[None]:
        """Run a block in the asked precision; float32 changes nothing."""
        if self.precision == "float32":
            yield
            return
        with torch.autocast(self.torch_device.type, dtype=getattr(torch, self.precision)):
            yield

    def synchronise(self) -> None:
        """Wait for the device, so that a clock reads what was really computed."""
        if self.torch_device.type == "cuda":
            torch.cuda.synchronize(self.torch_device)

    def describe(self) -> str:
        """Return the device in words, for the manifest."""
        if self.torch_device.type == "cuda":
            return torch.cuda.get_device_name(self.torch_device)
        threads = self.threads.model
        return f"CPU, {threads} thread{'s' * (threads != 1)}"


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
    threads = plan_threads(available_cores(), device_type)
    torch.set_num_threads(threads.model)
    index = int(os.environ.get("LOCAL_RANK", "0"))
    torch_device = torch.device("cuda", index) if device_type == "cuda" else torch.device("cpu")
    if device_type == "cuda":
        torch.cuda.set_device(torch_device)
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cuda.matmul.allow_tf32 = False
    import cv2

    cv2.setNumThreads(0)  # OpenCV's own pool would come on top of the plan
    return Device(torch_device, precision, threads)
