"""Cross-level recruitment: features of one level compensate those of a neighbouring level.

*Abstract*: "dynamic cross-level information recruitment" that "can selectively compensate
high-level features for shallow-level information". *DRNet*: the eight candidate paths and the
layers in each. *Ours*: that "dynamic" and "selectively" mean gates computed from the features
that a path joins; DRNet's code has one learned number a path instead (``static`` here).
"""

from typing import Literal, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from baselines.rdmc.blocks import ConvPair, Norm, PassNorm, double

Recruitment = Literal["dynamic", "static", "off"]
"""``dynamic``: gates that depend on the image. ``static``: one learned weight a path.
``off``: no paths at all."""

CLOSED = -3.0
"""The gates' first logit: sigmoid(-3) = 0.047, so training starts near ``off``, and the
derivative there, 0.045, still lets each path learn (ours)."""


class Gate(nn.Module):
    """Decides how much of what a path brings is added, between 0 and 1.

    Dynamic gates look at both features they join, at each pixel (1x1 convolution, sigmoid):
    rain differs from place to place, and a decision that is local stays the same whether an
    image is restored whole or in tiles (ours).

    Args:
        channels: Of the path's outcome and of the features it joins.
        dynamic: Whether the gate depends on them.
    """

    def __init__(self, channels: int, dynamic: bool) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.tensor(CLOSED))
        self.weight: nn.Parameter | None = None
        if dynamic:
            self.weight = nn.Parameter(torch.empty(1, 2 * channels, 1, 1))
            nn.init.normal_(self.weight, std=0.01)

    def forward(self, brought: Tensor, features: Tensor) -> Tensor:
        """Return the gate, (N, 1, H, W) or of one number, for two (N, C, H, W) tensors."""
        if self.weight is None:
            return self.bias.sigmoid()
        for_brought, for_features = self.weight.chunk(2, dim=1)
        logit = F.conv2d(brought, for_brought, self.bias[None]) + F.conv2d(features, for_features)
        return logit.sigmoid()


class FinerPath(nn.Module):
    """Halves finer encoder features: reflection-padded conv, stride 2, norm, LeakyReLU 0.2."""

    def __init__(self, inputs: int, outputs: int, norm: Norm, passes: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            inputs, outputs, 3, stride=2, padding=1, bias=norm == "none", padding_mode="reflect"
        )
        self.norm = PassNorm(outputs, norm, passes)

    def forward(self, finer: Tensor, pass_index: int) -> Tensor:
        """Turn (N, inputs, 2H, 2W) into (N, outputs, H, W)."""
        return F.leaky_relu(self.norm(self.conv(finer), pass_index), 0.2)


class InputPath(nn.Module):
    """Brings the network's input to the finest decoder level: a 1x1 convolution."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 1)

    def forward(self, finer: Tensor, pass_index: int) -> Tensor:
        """Turn (N, inputs, H, W) into (N, outputs, H, W)."""
        return cast(Tensor, self.conv(finer))


class CoarserPath(nn.Module):
    """Doubles coarser encoder features bilinearly, then a pair of convolutions.

    The path to the network's output stays at its size and ends without norm and ReLU (ours): a
    residual that takes rain out must be able to be negative.
    """

    def __init__(
        self, inputs: int, outputs: int, norm: Norm, passes: int, *, to_output: bool = False
    ) -> None:
        super().__init__()
        self.to_output = to_output
        self.pair = ConvPair(inputs, outputs, norm, passes, signed=to_output)

    def forward(self, coarser: Tensor, pass_index: int) -> Tensor:
        """Turn (N, inputs, H, W) into (N, outputs, 2H, 2W), or (N, outputs, H, W)."""
        if not self.to_output:
            coarser = double(coarser, "bilinear")
        return cast(Tensor, self.pair(coarser, pass_index))


class Recruit(nn.Module):
    """Adds to a decoder level what one neighbouring level brings, as far as its gate opens.

    Args:
        path: Brings the neighbour's features to this level's size and channels.
        channels: Of this level.
        recruitment: ``dynamic`` or ``static``.
    """

    def __init__(self, path: nn.Module, channels: int, recruitment: Recruitment) -> None:
        super().__init__()
        self.path = path
        self.gate = Gate(channels, dynamic=recruitment == "dynamic")

    def forward(self, features: Tensor, neighbour: Tensor, pass_index: int) -> Tensor:
        """Return the compensated (N, C, H, W) features."""
        brought = self.path(neighbour, pass_index)
        return cast(Tensor, features + self.gate(brought, features) * brought)
