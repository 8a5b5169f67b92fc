"""BRN: two coupled recurrent networks, one for the rain streaks and one for the background.

Dongwei Ren, Wei Shang, Pengfei Zhu, Qinghua Hu, Deyu Meng, Wangmeng Zuo, "Single Image Deraining
Using Bilateral Recurrent Network", IEEE TIP 29, 2020. The modules bear the names of the authors'
release, so that its checkpoints load as they are; those of the streak network end in ``_r``.
"""

from typing import ClassVar

import torch
from torch import Tensor, nn

from baselines.prenet import add_gates, empty_state, remember
from baselines.prn import BLOCKS, refine, residual_block
from baselines.published import PublishedDerainer, published
from harness.derainer import DerainerFacts
from harness.provenance import KnownWeights

STREAK_BLOCKS = 3
"""The authors' streak network holds five residual blocks and passes three of them."""


class BRN(nn.Module):
    """Eight stages with shared weights; in each the streaks come first, then the background.

    Each of the two networks remembers by a ConvLSTM that sees the hidden state of the other too
    (the bilateral LSTM). Neither adds its output to its input.

    Args:
        stages: How often both networks are applied (the authors train and test with 8).
        channels: Width of the features (32 in the paper).
    """

    def __init__(self, stages: int = 8, channels: int = 32) -> None:
        super().__init__()
        self.stages = stages
        self.channels = channels
        self.conv0, self.conv0_r = (
            nn.Sequential(nn.Conv2d(inputs, channels, 3, padding=1), nn.ReLU()) for inputs in (9, 6)
        )
        self.conv, self.conv_r = (
            nn.Sequential(nn.Conv2d(channels, 3, 3, padding=1)) for _ in range(2)
        )
        for suffix in ("", "_r"):
            add_gates(self, 3 * channels, channels, suffix)
            for number in range(1, BLOCKS + 1):
                self.add_module(f"res_conv{number}{suffix}", residual_block(channels))

    def forward(self, rainy: Tensor) -> Tensor:
        """Restore.

        Args:
            rainy: (N, 3, H, W) in [0, 1].

        Returns:
            The last stage's background, of the same shape, not clipped.
        """
        background = streaks = rainy
        state = streak_state = None
        for _ in range(self.stages):
            features = self.conv0_r(torch.cat((rainy, streaks), 1))  # (N, C, H, W)
            if state is None or streak_state is None:
                state = streak_state = empty_state(features)
            joined = torch.cat((features, streak_state.hidden, state.hidden), 1)  # (N, 3C, H, W)
            streak_state = remember(self, joined, streak_state.cell, "_r")
            passed = self._blocks("_r")[:STREAK_BLOCKS]
            streaks = self.conv_r(refine(streak_state.hidden, passed))

            features = self.conv0(torch.cat((rainy, background, streaks), 1))
            joined = torch.cat((features, state.hidden, streak_state.hidden), 1)
            state = remember(self, joined, state.cell)
            background = self.conv(refine(state.hidden, self._blocks("")))
        return background

    def _blocks(self, suffix: str) -> list[nn.Module]:
        return [self.get_submodule(f"res_conv{n}{suffix}") for n in range(1, BLOCKS + 1)]


class BRNDerainer(PublishedDerainer):
    """BRN; arguments as `PublishedDerainer` has them."""

    known_weights: ClassVar[KnownWeights] = published("brn")
    facts = DerainerFacts(
        title="BRN", paper="Ren et al., TIP 2020", year=2020, authors_quantiser="floor"
    )

    @staticmethod
    def build_network(stages: int = 8, channels: int = 32) -> BRN:
        """Return an untrained network; see `BRN`."""
        return BRN(stages, channels)
