import pytest
import torch
from torch import nn

from harness.errors import ConfigError
from harness.training.losses import l1_loss
from harness.training.restoration_model import Losses, RestorationModel, to_unit_range


class _TwoPasses(nn.Module):
    """The first pass adds 0.2, the second 0.1 more."""

    def estimates(self, rainy):
        return [rainy + 0.2, rainy + 0.3]

    def forward(self, rainy):
        return self.estimates(rainy)[-1]


def _batch():
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (2, 2, 3, 16, 16), generator=generator, dtype=torch.uint8)
    return images[0], images[1]


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_earlier_passes_cost_their_share(weight):
    model = RestorationModel(_TwoPasses(), Losses({"l1": 2.0}, earlier_passes=weight), "float32")
    rainy, clean = _batch()
    terms = model(rainy, clean, mode="loss")
    target = to_unit_range(clean)
    first, last = (2 * l1_loss(one, target) for one in _TwoPasses().estimates(to_unit_range(rainy)))
    assert torch.allclose(terms["loss_l1"], last)
    assert ("loss_earlier_passes" in terms) == (weight > 0)
    if weight:
        assert torch.allclose(terms["loss_earlier_passes"], weight * first)


def test_a_network_without_estimates_cannot_be_judged_by_its_passes():
    with pytest.raises(ConfigError, match=r"earlier_passes: Conv2d gives no estimates"):
        RestorationModel(nn.Conv2d(3, 3, 1), Losses({"l1": 1.0}, earlier_passes=0.5), "float32")


class _TwoScales(nn.Module):
    """Restores the half-sized picture, then the whole one, to grey."""

    def estimates(self, rainy):
        half = torch.full_like(rainy[..., ::2, ::2], 0.5)
        return [half, torch.full_like(rainy, 0.5)]


def test_an_estimate_of_a_coarse_scale_is_judged_by_the_clean_image_of_its_size():
    model = RestorationModel(_TwoScales(), Losses({"l1": 1.0}, earlier_passes=1.0), "float32")
    rainy, clean = _batch()
    means = to_unit_range(clean).reshape(2, 3, 8, 2, 8, 2).mean((3, 5))
    expected = (means - 0.5).abs().mean()
    terms = model(rainy, clean, mode="loss")
    assert torch.allclose(terms["loss_earlier_passes"], expected)
