"""RESCAN: recurrent stages of dilated convolutions with squeeze-and-excitation.

Xia Li, Jianlong Wu, Zhouchen Lin, Hong Liu, Hongbin Zha, "Recurrent Squeeze-and-Excitation Context
Aggregation Net for Single Image Deraining", ECCV 2018, arXiv 1807.05698. This is the configuration
of the authors' release (convolutional GRU, full residuals, four stages of seven layers); its
checkpoints load as they are, since the modules bear its names.
"""

from typing import ClassVar

import torch
from torch import Tensor, nn

from baselines.published import PublishedDerainer, published
from harness.derainer import DerainerFacts
from harness.provenance import KnownWeights

DILATIONS = (1, 1, 2, 4, 8)
"""Of the convolutions that read a unit's input."""

SLOPE = 0.2
"""Of the LeakyReLU below zero."""


class SqueezeExcitation(nn.Module):
    """Scales each channel by what two layers make of all channels' means (Hu et al., CVPR 2018)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc = nn.Sequential(
            nn.Linear(channels, channels // 4),
            nn.ReLU(),
            nn.Linear(channels // 4, channels),
            nn.Sigmoid(),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Scale (N, C, H, W)."""
        scales: Tensor = self.fc(features.mean((2, 3)))  # (N, C)
        return features * scales[:, :, None, None]


class RecurrentUnit(nn.Module):
    """A convolutional GRU, then squeeze-and-excitation and a LeakyReLU.

    Args:
        inputs: Channels that it reads.
        channels: Channels that it gives and remembers.
        dilation: Of the convolutions over its input; those over its state are not dilated.
    """

    def __init__(self, inputs: int, channels: int, dilation: int) -> None:
        super().__init__()
        self.conv_xz, self.conv_xr, self.conv_xn = (
            nn.Conv2d(inputs, channels, 3, padding=dilation, dilation=dilation) for _ in range(3)
        )
        self.conv_hz, self.conv_hr, self.conv_hn = (
            nn.Conv2d(channels, channels, 3, padding=1) for _ in range(3)
        )
        self.se = SqueezeExcitation(channels)
        self.relu = nn.LeakyReLU(SLOPE)

    def forward(self, features: Tensor, state: Tensor | None) -> Tensor:
        """Take one step.

        Args:
            features: (N, inputs, H, W).
            state: What the unit returned in the stage before, (N, channels, H, W). Without one,
                in the first stage, the state's convolutions are left out with their biases,
                which a state of zeros would bring in.

        Returns:
            Output and next state in one, (N, channels, H, W).
        """
        if state is None:
            update = torch.sigmoid(self.conv_xz(features))
            mixed = update * torch.tanh(self.conv_xn(features))
        else:
            update = torch.sigmoid(self.conv_xz(features) + self.conv_hz(state))
            reset = torch.sigmoid(self.conv_xr(features) + self.conv_hr(state))
            candidate = torch.tanh(self.conv_xn(features) + self.conv_hn(reset * state))
            mixed = (1 - update) * state + update * candidate
        activated: Tensor = self.relu(self.se(mixed))
        return activated


class RESCAN(nn.Module):
    """Stages with shared weights; each sees the image without the residual of the one before.

    Args:
        stages: How often the network is applied (4 in the authors' release).
        channels: Width of the features (24 in the authors' release).
    """

    def __init__(self, stages: int = 4, channels: int = 24) -> None:
        super().__init__()
        self.stages = stages
        self.rnns = nn.ModuleList(
            RecurrentUnit(channels if depth else 3, channels, dilation)
            for depth, dilation in enumerate(DILATIONS)
        )
        self.dec = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1),
            SqueezeExcitation(channels),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(channels, 3, 1),
        )

    def forward(self, rainy: Tensor) -> Tensor:
        """Restore.

        Args:
            rainy: (N, 3, H, W) RGB in [0, 1]; turned to BGR inside, as the authors trained.

        Returns:
            The rainy image without the last stage's residual, of the same shape, not clipped.
        """
        rainy = rainy.flip(1)
        states: list[Tensor | None] = [None] * len(self.rnns)
        estimate = rainy
        for _ in range(self.stages):
            features = estimate
            for depth, unit in enumerate(self.rnns):
                features = states[depth] = unit(features, states[depth])
            estimate = rainy - self.dec(features)
        return estimate.flip(1)


class RESCANDerainer(PublishedDerainer):
    """RESCAN; arguments as `PublishedDerainer` has them."""

    known_weights: ClassVar[KnownWeights] = published("rescan")
    facts = DerainerFacts(
        title="RESCAN",
        paper="Li et al., ECCV 2018",
        year=2018,
        channel_order="BGR",
        authors_quantiser="round",
    )

    @staticmethod
    def build_network(stages: int = 4, channels: int = 24) -> RESCAN:
        """Return an untrained network; see `RESCAN`."""
        return RESCAN(stages, channels)
