from collections.abc import Callable

import pytest
import torch
from mmengine.analysis import FlopAnalyzer
from torch import nn

from baselines.prenet import PReNet
from baselines.rdmc.network import RDMCNetwork
from harness.cost.macs import count_macs


def test_a_convolution_by_hand() -> None:
    layers = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 5, 1, stride=2))
    assert count_macs(layers, 10, 20) == 10 * 20 * 3 * 8 * 9 + 5 * 10 * 8 * 5


@pytest.mark.parametrize("build", [PReNet, lambda: RDMCNetwork(0.125, "dynamic", "batch")])
def test_networks_as_mmengine_counts_them(build: Callable[[], nn.Module]) -> None:
    network = build().eval().requires_grad_(False)
    theirs = FlopAnalyzer(network, torch.rand(1, 3, 32, 48)).by_operator()
    assert count_macs(network, 32, 48) == theirs["conv"]
    assert {parameter.device.type for parameter in network.parameters()} == {"cpu"}
