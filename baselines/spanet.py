"""SPANet: residual blocks whose changes a spatial attention map weighs.

Tianyu Wang, Xin Yang, Ke Xu, Shaozhe Chen, Qiang Zhang, Rynson Lau, "Spatial Attentive Single-Image
Deraining with a High Quality Real Rain Dataset", CVPR 2019, arXiv 1904.01538. The modules bear the
names of the authors' release, so that its checkpoints load as they are.
"""

from typing import ClassVar

import torch
from torch import Tensor, nn

from baselines.irnn import FourDirections
from baselines.published import PublishedDerainer, published
from harness.derainer import DerainerFacts
from harness.provenance import KnownWeights

BLOCKS = 17

NEW_MASK_BEFORE = (4, 7, 10, 13)
"""Blocks (from 1) before which the attention map is computed anew."""

MASKED = range(4, 16)
"""Blocks whose change the attention map weighs."""


class Bottleneck(nn.Module):
    """Convolutions 1x1, 3x3 of dilation 2 and 1x1, without biases, with a ReLU between them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 1, bias=False)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=2, dilation=2, bias=False)
        self.conv3 = nn.Conv2d(channels, channels, 1, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """Return the change, (N, C, H, W); the caller adds and activates it."""
        inner = torch.relu(self.conv1(features))
        change: Tensor = self.conv3(torch.relu(self.conv2(inner)))
        return change


class DirectionAttention(nn.Module):
    """Weights that the authors' checkpoints hold and their network never uses.

    Their code computes the attention over directions and throws it away, so that these weights
    kept their initial values; applying them would not give the published network.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        half = channels // 2
        self.conv1 = nn.Conv2d(channels, half, 3, padding=1)
        self.conv2 = nn.Conv2d(half, half, 3, padding=1)
        self.conv3 = nn.Conv2d(half, 4, 1)


class SpatialAttention(nn.Module):
    """Gives a map in [0, 1] of where the features may change, from context in four directions."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.irnn1 = FourDirections(channels)
        self.conv2 = nn.Conv2d(4 * channels, channels, 3, padding=1, bias=False)
        self.irnn2 = FourDirections(channels)
        self.conv3 = nn.Conv2d(4 * channels, channels, 3, padding=1, bias=False)
        self.conv_out = nn.Conv2d(channels, 1, 1, bias=False)
        self.attention_layer = DirectionAttention(channels)

    def forward(self, features: Tensor) -> Tensor:
        """Return the map (N, 1, H, W) of features (N, C, H, W)."""
        context = self.conv2(self.irnn1(self.conv_in(features)))
        context = torch.relu(self.conv3(self.irnn2(context)))
        return torch.sigmoid(self.conv_out(context))


class SPANet(nn.Module):
    """Seventeen residual blocks, twelve of them weighed by attention; no skip around the whole.

    Args:
        channels: Width of the features (32 in the authors' release).
    """

    def __init__(self, channels: int = 32) -> None:
        super().__init__()
        self.conv_in = nn.Sequential(nn.Conv2d(3, channels, 3, padding=1, bias=False), nn.ReLU())
        self.SAM1 = SpatialAttention(channels)
        for number in range(1, BLOCKS + 1):
            block = nn.ModuleDict({"group1": Bottleneck(channels)})
            self.add_module(f"res_block{number}", block)
        self.conv_out = nn.Sequential(nn.Conv2d(channels, 3, 3, padding=1, bias=False))

    def forward(self, rainy: Tensor) -> Tensor:
        """Restore.

        Args:
            rainy: (N, 3, H, W) RGB in [0, 1]; turned to BGR inside, as the authors trained.

        Returns:
            The restored image, of the same shape, not clipped.
        """
        features = self.conv_in(rainy.flip(1))
        for number in range(1, BLOCKS + 1):
            if number in NEW_MASK_BEFORE:
                mask = self.SAM1(features)  # (N, 1, H, W)
            change = self.get_submodule(f"res_block{number}.group1")(features)
            features = torch.relu((change * mask if number in MASKED else change) + features)
        restored: Tensor = self.conv_out(features)
        return restored.flip(1)


RETRAINED = "retrained by BRN's authors, github.com/csdwren/RecDerain"


class SPANetDerainer(PublishedDerainer):
    """SPANet; arguments as `PublishedDerainer` has them."""

    known_weights: ClassVar[KnownWeights] = published("spanet")
    facts = DerainerFacts(
        title="SPANet",
        paper="Wang et al., CVPR 2019",
        year=2019,
        channel_order="BGR",
        authors_quantiser="round",
    )

    @staticmethod
    def build_network(channels: int = 32) -> SPANet:
        """Return an untrained network; see `SPANet`."""
        return SPANet(channels)
