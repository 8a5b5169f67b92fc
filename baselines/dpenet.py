"""DPENet: one stage takes the rain away, a second one brings the details back.

Yuanbo Wen, Tao Gao, Jing Zhang, Kaihao Zhang, Ting Chen, "From Heavy Rain Removal to Detail
Restoration: A Faster and Better Network", Pattern Recognition 148, 2024, arXiv 2205.03553. The
modules bear the names of the authors' release, so that its checkpoints load as they are. Its code
has a ReLU after the last convolution of either stage, with which its weights return the input;
they were trained without, and so they are used here.
"""

from typing import ClassVar

import torch
from torch import Tensor, nn

from baselines.published import PublishedDerainer, published
from harness.derainer import DerainerFacts
from harness.provenance import KnownWeights

STREAK_BLOCKS, DETAIL_BLOCKS = 10, 3
"""Of the first and of the second stage."""

DILATIONS = (1, 2, 5)
"""Of the three parts of a block."""


class DilatedDenseBlock(nn.Module):
    """Three pairs of dilated convolutions, each of which sees the sum of all before it (DDRB)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        for dilation in DILATIONS:
            self.add_module(
                f"dconv{dilation}",
                nn.Sequential(
                    _convolution(channels, channels, dilation),
                    nn.ReLU(),
                    _convolution(channels, channels, dilation),
                ),
            )

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, C, H, W)."""
        total, seen = features, features
        for dilation in DILATIONS:
            total = total + self.get_submodule(f"dconv{dilation}")(seen)
            seen = torch.relu(total)
        return seen


class PixelAttentionBlock(nn.Module):
    """Three dilated convolutions side by side, joined and scaled pixel by pixel (ERPAB)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.inconv1, self.inconv2, self.inconv3 = (
            _convolution(channels, channels, dilation) for dilation in DILATIONS
        )
        self.outconv = nn.Sequential(nn.Conv2d(3 * channels, channels, 1), nn.ReLU())
        self.pa = nn.Sequential(
            _convolution(channels, 1), nn.ReLU(), _convolution(1, channels), nn.Sigmoid()
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, C, H, W)."""
        sides = [self.inconv1(features), self.inconv2(features), self.inconv3(features)]
        joined = self.outconv(torch.cat(sides, 1))
        return torch.relu(joined * self.pa(joined) + features)


class DPENet(nn.Module):
    """Both stages add what they find to their input.

    Args:
        channels: Width of the features (32 in the authors' release).
    """

    def __init__(self, channels: int = 32) -> None:
        super().__init__()
        self.inconv1, self.inconv2 = (
            nn.Sequential(nn.Conv2d(3, channels, 1, bias=False), nn.ReLU()) for _ in range(2)
        )
        self.outconv1, self.outconv2 = (
            nn.Sequential(nn.Conv2d(channels, 3, 1, bias=False)) for _ in range(2)
        )
        for number in range(1, STREAK_BLOCKS + 1):
            self.add_module(f"ddrb{number}", DilatedDenseBlock(channels))
        for number in range(1, DETAIL_BLOCKS + 1):
            self.add_module(f"erpab{number}", PixelAttentionBlock(channels))

    def forward(self, rainy: Tensor) -> Tensor:
        """Restore.

        Args:
            rainy: (N, 3, H, W) in [0, 1].

        Returns:
            The second stage's estimate, of the same shape, not clipped.
        """
        features = self.inconv1(rainy)  # (N, C, H, W)
        for number in range(1, STREAK_BLOCKS + 1):
            features = self.get_submodule(f"ddrb{number}")(features)
        without_rain = self.outconv1(features) + rainy
        features = self.inconv2(torch.relu(without_rain))
        for number in range(1, DETAIL_BLOCKS + 1):
            features = self.get_submodule(f"erpab{number}")(features)
        restored: Tensor = self.outconv2(features) + without_rain
        return restored


def _convolution(inputs: int, outputs: int, dilation: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=dilation, dilation=dilation, bias=False)


class DPENetDerainer(PublishedDerainer):
    """DPENet; arguments as `PublishedDerainer` has them."""

    known_weights: ClassVar[KnownWeights] = published("dpenet")
    facts = DerainerFacts(title="DPENet", paper="Wen et al., Pattern Recognition 2024", year=2024)

    @staticmethod
    def build_network(channels: int = 32) -> DPENet:
        """Return an untrained network; see `DPENet`."""
        return DPENet(channels)
