"""PRN: progressive stages of one small residual network, and PRN_r, which repeats one block.

Dongwei Ren, Wangmeng Zuo, Qinghua Hu, Pengfei Zhu, Deyu Meng, "Progressive Image Deraining
Networks: A Better and Simpler Baseline", CVPR 2019, arXiv 1901.09221. The modules bear the names
of the authors' release, so that its checkpoints load as they are.
"""

from collections.abc import Iterable
from typing import ClassVar

import torch
from torch import Tensor, nn

from baselines.published import PublishedDerainer, published
from harness.derainer import DerainerFacts
from harness.provenance import KnownWeights

BLOCKS = 5
"""Residual blocks that the features pass in a stage."""


class PRN(nn.Module):
    """Six stages with shared weights; each sees the rainy image and the previous estimate.

    Args:
        stages: How often the network is applied (the authors train and test with 6).
        channels: Width of the features (32 in the paper).
        recursive: Pass one block five times instead of five blocks (PRN_r).
    """

    def __init__(self, stages: int = 6, channels: int = 32, recursive: bool = False) -> None:
        super().__init__()
        self.stages = stages
        self.channels = channels
        self.recursive = recursive
        self.conv0 = nn.Sequential(nn.Conv2d(6, channels, 3, padding=1), nn.ReLU())
        for number in range(1, 2 if recursive else BLOCKS + 1):
            self.add_module(f"res_conv{number}", residual_block(channels))
        self.conv = nn.Sequential(nn.Conv2d(channels, 3, 3, padding=1))

    def forward(self, rainy: Tensor) -> Tensor:
        """Restore.

        Args:
            rainy: (N, 3, H, W) in [0, 1].

        Returns:
            The last stage's estimate, of the same shape, not clipped.
        """
        estimate = rainy
        for _ in range(self.stages):
            features = self.conv0(torch.cat((rainy, estimate), 1))  # (N, C, H, W)
            estimate = self.conv(refine(features, self.blocks())) + rainy
        return estimate

    def blocks(self) -> list[nn.Module]:
        """Return the blocks that the features pass, in turn."""
        numbers = [1] * BLOCKS if self.recursive else range(1, BLOCKS + 1)
        return [self.get_submodule(f"res_conv{number}") for number in numbers]


def residual_block(channels: int) -> nn.Sequential:
    """Return two convolutions, each followed by a ReLU; `refine` adds the input."""
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(channels, channels, 3, padding=1),
        nn.ReLU(),
    )


def refine(features: Tensor, blocks: Iterable[nn.Module]) -> Tensor:
    """Pass (N, C, H, W) features through residual blocks, with a ReLU after each sum."""
    for block in blocks:
        features = torch.relu(block(features) + features)
    return features


class PRNDerainer(PublishedDerainer):
    """PRN; arguments as `PublishedDerainer` has them."""

    known_weights: ClassVar[KnownWeights] = published("prn")
    facts = DerainerFacts(
        title="PRN", paper="Ren et al., CVPR 2019", year=2019, authors_quantiser="floor"
    )

    @staticmethod
    def build_network(stages: int = 6, channels: int = 32) -> PRN:
        """Return an untrained network; see `PRN`."""
        return PRN(stages, channels)


class PRNrDerainer(PublishedDerainer):
    """PRN_r; arguments as `PublishedDerainer` has them."""

    known_weights: ClassVar[KnownWeights] = published("prn-r")
    facts = DerainerFacts(
        title="PRN_r", paper="Ren et al., CVPR 2019", year=2019, authors_quantiser="floor"
    )

    @staticmethod
    def build_network(stages: int = 6, channels: int = 32) -> PRN:
        """Return an untrained network; see `PRN`."""
        return PRN(stages, channels, recursive=True)
