"""A training that several processes share, as torchrun starts them; one is the plain case."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as dist

from harness.processes import LONGEST_WAIT, Processes


@contextmanager
def joined_processes() -> Iterator[Processes]:
    """Connect the processes for the length of a block, by NCCL on GPUs and by Gloo on CPUs.

    Each process takes the GPU of its local rank. Without torchrun nothing is done.
    """
    processes = Processes()
    if processes.count == 1:
        yield processes
        return
    on_gpu = torch.cuda.is_available()
    if on_gpu:
        torch.cuda.set_device(_local_rank())
    # While the first process renders, decodes or exports, the others wait for it.
    dist.init_process_group("nccl" if on_gpu else "gloo", timeout=LONGEST_WAIT)
    try:
        yield processes
    finally:
        dist.destroy_process_group()


def runner_arguments(processes: Processes) -> dict[str, Any]:
    """Return what mmengine's Runner is told about the processes, which must be joined already."""
    if processes.count == 1:
        return {}
    wrapper = {
        "type": "MMDistributedDataParallel",
        "device_ids": [_local_rank()] if torch.cuda.is_available() else None,
        "broadcast_buffers": False,
        "find_unused_parameters": True,  # a network need not use every branch in every step
    }
    return {"launcher": "pytorch", "cfg": {"model_wrapper_cfg": wrapper}}


def _local_rank() -> int:
    return int(os.environ["LOCAL_RANK"])
