"""What the device computes is what float32 on a CPU does, as closely as its precision allows."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from baselines.prenet import PReNetDerainer
from baselines.rdmc import RDMC, RDMCSmall
from harness.derainer import NetworkDerainer
from harness.device import SINGLE_THREAD, Device
from harness.samples import Sample
from harness.terms import Precision

BUILDERS = [RDMCSmall, PReNetDerainer]


def restored(derainer: NetworkDerainer, device: Device, picture: Sample) -> Tensor:
    derainer.place(device)
    return derainer.restore_samples([picture], device)[0]


def on_a_cpu(derainer: NetworkDerainer, picture: Sample) -> Tensor:
    return restored(derainer, Device(torch.device("cpu"), "float32", SINGLE_THREAD), picture)


@pytest.mark.parametrize("build", BUILDERS)
def test_float32_is_exact(
    build: Callable[[], NetworkDerainer], device: Device, picture: Sample
) -> None:
    difference = (restored(build(), device, picture) - on_a_cpu(build(), picture)).abs()
    assert difference.max() < 1e-4  # TF32 would leave about 1e-3


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_half_precision_is_close(
    build: Callable[[], NetworkDerainer], precision: Precision, device: Device, picture: Sample
) -> None:
    fast = restored(build(), dataclasses.replace(device, precision=precision), picture)
    assert fast.dtype == torch.float32
    error = (fast - on_a_cpu(build(), picture)).square().mean().sqrt()
    assert 0 < error < 10 ** (-50 / 20)


def test_a_batch_gives_what_its_pictures_give_alone(device: Device, picture: Sample) -> None:
    derainer = RDMCSmall()
    derainer.place(device)
    (alone,) = derainer.restore_samples([picture], device)
    for together in derainer.restore_samples([picture] * 8, device):
        torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)


@pytest.mark.cuda
@pytest.mark.parametrize("width", [1.0, 0.5])
def test_rdmc_at_the_size_of_the_paper(
    width: float, gpu: Device, picture: Sample, tmp_path: Any
) -> None:
    torch.manual_seed(0)
    weights = tmp_path / "untrained.pth"
    torch.save(RDMC.build_network(width).state_dict(), weights)
    there = restored(RDMC(weights, width=width), gpu, picture)
    assert (there - on_a_cpu(RDMC(weights, width=width), picture)).abs().max() < 1e-4
