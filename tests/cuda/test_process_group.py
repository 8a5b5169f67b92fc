"""A group of one process: NCCL on a GPU, Gloo on its stand-in, learning as without a group."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from baselines.rdmc import RDMC
from harness.device import Device


@pytest.fixture
def group(device: Device, tmp_path: Path) -> Iterator[None]:
    """This process alone in a group, connected by what its device is connected by."""
    backend = "nccl" if device.torch_device.type == "cuda" else "gloo"
    dist.init_process_group(
        backend, init_method=f"file://{tmp_path / 'meeting'}", rank=0, world_size=1
    )
    yield
    dist.destroy_process_group()


def gradients(network: nn.Module, device: Device) -> list[Tensor]:
    torch.manual_seed(1)
    rainy = torch.rand(2, 3, 32, 32).to(device.torch_device)
    network(rainy).square().mean().backward()
    return [one.grad.cpu() for one in network.parameters() if one.grad is not None]


def untrained(device: Device) -> nn.Module:
    torch.manual_seed(0)
    return RDMC.build_network(width=0.125, passes=1).to(device.torch_device)


@pytest.mark.usefixtures("group")
def test_a_sum_over_the_group_is_the_term(device: Device) -> None:
    numbers = torch.arange(4.0, device=device.torch_device)
    dist.all_reduce(numbers)
    assert numbers.tolist() == [0, 1, 2, 3]


@pytest.mark.usefixtures("group")
def test_gradients_are_those_of_a_process_alone(device: Device) -> None:
    alone = gradients(untrained(device), device)
    ids = [0] if device.torch_device.type == "cuda" else None
    shared = DistributedDataParallel(
        untrained(device), ids, broadcast_buffers=False, find_unused_parameters=True
    )
    together = gradients(shared, device)
    assert len(together) == len(alone)
    for one, other in zip(together, alone, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-4)
