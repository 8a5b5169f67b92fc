from pathlib import Path

import pytest
import torch
from torch import nn

from baselines.rdmc import RDMC
from baselines.rdmc.blocks import Norm
from baselines.rdmc.folding import fold_norms
from baselines.rdmc.network import RDMCNetwork
from baselines.rdmc.recruitment import Recruitment
from harness.device import Device


def trained(norm: Norm, recruitment: Recruitment) -> RDMCNetwork:
    """A network whose batch norms have seen something, each something else."""
    torch.manual_seed(0)
    network = RDMCNetwork(0.125, recruitment, norm, passes=2)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, std=0.3)
            nn.init.uniform_(module.running_var, 0.3, 3)
            nn.init.uniform_(module.weight, 0.5, 2)
            nn.init.normal_(module.bias, std=0.3)
    return network.eval()


@pytest.mark.parametrize("recruitment", ["dynamic", "static", "off"])
@pytest.mark.parametrize("norm", ["batch", "batch-per-pass", "layer", "none"])
def test_folding_changes_no_estimate(norm: Norm, recruitment: Recruitment) -> None:
    network = trained(norm, recruitment)
    before = sum(parameter.numel() for parameter in network.parameters())
    rainy = torch.rand(2, 3, 48, 32)
    with torch.inference_mode():
        folded = fold_norms(network)
        for ours, theirs in zip(folded.estimates(rainy), network.estimates(rainy), strict=True):
            assert (ours - theirs).abs().max() < 1e-5 * theirs.abs().max()
        assert torch.equal(fold_norms(folded)(rainy), folded(rainy))
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    assert sum(parameter.numel() for parameter in network.parameters()) == before


def test_a_network_in_training_is_refused() -> None:
    with pytest.raises(AssertionError, match="eval"):
        fold_norms(RDMCNetwork(0.125, norm="batch"))


def test_a_placed_derainer_has_folded_and_counts_what_was_learned(
    tmp_path: Path, cpu: Device
) -> None:
    network = trained("batch-per-pass", "dynamic")
    torch.save(network.state_dict(), tmp_path / "w.pth")
    derainer = RDMC(tmp_path / "w.pth", width=0.125, norm="batch-per-pass", passes=2)
    learned = derainer.parameters_count()
    rainy = torch.rand(1, 3, 32, 32)
    with torch.inference_mode():
        for _ in range(2):  # a second run places it again
            derainer.place(cpu)
            torch.testing.assert_close(derainer.restore(rainy), network(rainy), atol=1e-4, rtol=0)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in derainer.network.modules())
    assert derainer.parameters_count() == learned
