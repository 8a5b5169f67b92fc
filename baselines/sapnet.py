"""SAPNet: PReNet with dilated residual blocks and channel attention.

Shen Zheng, Changjie Lu, Yuxiong Wu, Gaurav Gupta, "SAPNet: Segmentation-Aware Progressive Network
for Perceptual Contrastive Image Deraining", WACV Workshops 2022, arXiv 2111.08892. The
segmentation network of the title serves the paper's training alone.
"""

from typing import ClassVar

import torch
from torch import Tensor, nn

from baselines.prenet import PReNet
from baselines.published import PublishedDerainer, published
from harness.derainer import DerainerFacts
from harness.provenance import KnownWeights

DILATIONS = (1, 2, 4, 8, 16)
"""Of the convolutions in the five residual blocks."""

SQUEEZED = 2
"""Channels in the narrow part of the attention."""


class ChannelAttention(nn.Module):
    """Scales each channel by what a squeezed and a plain layer make of all channels' means."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv_du = nn.Sequential(
            nn.Conv2d(channels, SQUEEZED, 1, bias=False),
            nn.ReLU(),
            nn.Conv2d(SQUEEZED, channels, 1, bias=False),
        )
        self.conv_1_1 = nn.Conv2d(channels, channels, 1, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """Scale (N, C, H, W)."""
        means = features.mean((2, 3), keepdim=True)  # (N, C, 1, 1)
        return features * torch.sigmoid(self.conv_du(means) + self.conv_1_1(means))


class SAPNet(PReNet):
    """PReNet with the paper's progressive dilated units as residual blocks.

    Args:
        stages: How often the network is applied (6 in the paper).
        channels: Width of the features (32 in the paper).
    """

    def __init__(self, stages: int = 6, channels: int = 32) -> None:
        super().__init__(stages, channels)
        for number, dilation in enumerate(DILATIONS, 1):
            self.add_module(f"res_conv{number}", dilated_unit(channels, dilation))


def dilated_unit(channels: int, dilation: int) -> nn.Sequential:
    """Return two dilated convolutions, each followed by attention and a ReLU."""
    layers: list[nn.Module] = []
    for _ in range(2):
        layers.append(nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation))
        layers += [ChannelAttention(channels), nn.ReLU()]
    return nn.Sequential(*layers)


class SAPNetDerainer(PublishedDerainer):
    """SAPNet; arguments as `PublishedDerainer` has them."""

    known_weights: ClassVar[KnownWeights] = published("sapnet")
    facts = DerainerFacts(
        title="SAPNet",
        paper="Zheng et al., WACV Workshops 2022",
        year=2022,
        authors_quantiser="floor",
    )

    @staticmethod
    def build_network(stages: int = 6, channels: int = 32) -> SAPNet:
        """Return an untrained network; see `SAPNet`."""
        return SAPNet(stages, channels)
