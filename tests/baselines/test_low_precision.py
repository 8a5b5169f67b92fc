"""bfloat16 costs little: sums with the rainy image stay float32, features do not."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from baselines.prenet import PReNet, PReNetDerainer
from baselines.rdmc import RDMCSmall
from harness.derainer import NetworkDerainer
from harness.device import Device
from harness.samples import Sample


@pytest.mark.parametrize("build", [RDMCSmall, PReNetDerainer])
def test_a_restored_picture_in_bfloat16(build: Callable[[], NetworkDerainer], cpu: Device) -> None:
    pixels = np.random.default_rng(2).integers(60, 120, (32, 48, 1), dtype=np.uint8)
    picture = Sample("a", pixels.repeat(3, axis=2))
    derainer = build()
    derainer.place(cpu)
    exact = derainer.restore_samples([picture], cpu)[0]
    fast = derainer.restore_samples([picture], replace(cpu, precision="bfloat16"))[0]
    difference = (fast - exact).square().mean().sqrt()
    assert 0 < difference < 10 ** (-55 / 20)
    assert (fast.bfloat16().float() != fast).any()  # rounded to 8 bits nowhere at the end


def test_prenet_passes_its_state_on_as_it_computes() -> None:
    seen: set[torch.dtype] = set()

    def note(_: nn.Module, given: tuple[Tensor]) -> None:
        seen.add(given[0].dtype)

    network = PReNet(stages=2, channels=4).eval()
    network.conv_f.register_forward_pre_hook(note)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        assert network(torch.rand(1, 3, 8, 8)).dtype == torch.float32
    assert seen == {torch.bfloat16}
