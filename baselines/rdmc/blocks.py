"""The parts that RDMC is built of: normalisation, a pair of convolutions, doubling of the size.

Each choice is marked by where it comes from: *abstract* (stated by arXiv 2305.18092), *DRNet*
(read off the same authors' later code, github.com/Jzy2017/DRNet; that it shows RDMC is an
inference), *ours* (decided here).
"""

from typing import Literal, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Norm = Literal["batch", "batch-per-pass", "layer", "none"]
"""``batch``: one batch norm for all passes (DRNet). ``batch-per-pass``: each pass has its own
statistics, scale and shift (ours). ``layer``: each pixel is normalised over its channels, in
training as in evaluation (ours, after Chen et al., NAFNet, ECCV 2022). ``none``: convolutions
with biases only (ours)."""


class PassNorm(nn.Module):
    """Normalisation that may differ from one pass of the recursion to the next.

    A pass that refines an estimate sees other features than the first, which sees the rainy
    image twice. One batch norm for all of them learns running statistics that fit none
    (ours, see `Norm`). No choice makes an image's output depend on its neighbours in
    evaluation.

    Args:
        channels: Of the features.
        norm: See `Norm`.
        passes: How many passes there are.
    """

    def __init__(self, channels: int, norm: Norm, passes: int) -> None:
        super().__init__()
        count = {"batch": 1, "batch-per-pass": passes, "layer": 1, "none": 0}[norm]
        kind = PixelNorm if norm == "layer" else nn.BatchNorm2d
        self.norms = nn.ModuleList(kind(channels) for _ in range(count))

    def forward(self, features: Tensor, pass_index: int) -> Tensor:
        """Normalise (N, C, H, W) features of the given pass."""
        if not self.norms:
            return features
        return cast(Tensor, self.norms[min(pass_index, len(self.norms) - 1)](features))


class PixelNorm(nn.LayerNorm):
    """Layer norm over the channels of each pixel, which knows neither batch nor image size."""

    def forward(self, features: Tensor) -> Tensor:
        """Normalise (N, C, H, W) features."""
        return super().forward(features.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ConvPair(nn.Module):
    """Conv3x3, norm, ReLU, conv3x3, norm, ReLU (DRNet's block in encoder and decoder).

    Args:
        inputs: Channels that come in.
        outputs: Channels of both convolutions.
        norm: See `Norm`.
        passes: How many passes the recursion has.
        dilation: Of the second convolution (DRNet: 1, 2 and 3 in the three encoders).
        signed: Leave out the last norm and ReLU, so that the outcome can have either sign.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        norm: Norm,
        passes: int,
        *,
        dilation: int = 1,
        signed: bool = False,
    ) -> None:
        super().__init__()
        bias = norm == "none"  # batch norm's own shift makes a bias before it idle
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias)
        self.first_norm = PassNorm(outputs, norm, passes)
        self.second = nn.Conv2d(
            outputs, outputs, 3, padding=dilation, dilation=dilation, bias=bias or signed
        )
        self.second_norm = None if signed else PassNorm(outputs, norm, passes)

    def forward(self, features: Tensor, pass_index: int) -> Tensor:
        """Turn (N, inputs, H, W) into (N, outputs, H, W)."""
        features = F.relu(self.first_norm(self.first(features), pass_index))
        features = self.second(features)
        if self.second_norm is None:
            return features
        return F.relu(self.second_norm(features, pass_index))


class Upsample(nn.Module):
    """Double both sides by a learned mixture of bilinear and bicubic interpolation (DRNet).

    The two weights are the softmax of two learned numbers, equal at first. Both interpolations
    are fixed 5x5 filters, one for each of the four pixels that a pixel becomes, so their
    mixture is one filter: on a CPU much faster than interpolating twice (ours).
    """

    bilinear: Tensor
    bicubic: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.mixture = nn.Parameter(torch.zeros(2))
        self.register_buffer("bilinear", doubling_kernels("bilinear"), persistent=False)
        self.register_buffer("bicubic", doubling_kernels("bicubic"), persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        """Turn (N, C, H, W) into (N, C, 2H, 2W)."""
        share = self.mixture.softmax(0)[1]
        step = self.bicubic - self.bilinear
        doubled = apply_doubling(features, self.bilinear + share.detach() * step)
        if not share.requires_grad:
            return doubled
        # The mixture's gradient, won from a filtering without gradient: a tenth of the time that
        # a convolution takes for the gradient of its weights.
        with torch.no_grad():
            derivative = apply_doubling(features, step)
        return doubled + (share - share.detach()).to(doubled.dtype) * derivative


def apply_doubling(features: Tensor, kernels: Tensor) -> Tensor:
    """Filter (N, C, H, W) by four kernels (4, 1, 5, 5) and interleave to (N, C, 2H, 2W).

    Four depthwise convolutions are several times as fast as one of four outputs a channel.
    """
    channels = int(features.shape[1])  # a number also where the network is being traced
    padded = F.pad(features, (2, 2, 2, 2), mode="replicate")
    top_left, top_right, bottom_left, bottom_right = (
        F.conv2d(
            padded, kernel.to(padded.dtype).expand(channels, 1, 5, 5), groups=channels
        ).permute(0, 2, 3, 1)
        for kernel in kernels[:, None]
    )  # (N, H, W, C) each
    rows = (
        torch.stack((top_left, top_right), 3),
        torch.stack((bottom_left, bottom_right), 3),
    )  # (N, H, W, 2, C) each
    return torch.stack(rows, 2).flatten(3, 4).flatten(1, 2).permute(0, 3, 1, 2)


def doubling_kernels(mode: Literal["bilinear", "bicubic"]) -> Tensor:
    """Return what each pixel's four successors take from its neighbourhood, (4, 1, 5, 5).

    Read off torch's own interpolation of unit impulses.
    """
    impulses = torch.eye(25).reshape(25, 1, 5, 5)
    padded = F.pad(impulses, (2, 2, 2, 2))
    centre = double(padded, mode)[:, 0, 8:10, 8:10]  # (25, 2, 2)
    return centre.reshape(25, 4).T.reshape(4, 1, 5, 5).contiguous()


def double(features: Tensor, mode: Literal["bilinear", "bicubic"]) -> Tensor:
    """Interpolate (N, C, H, W) to (N, C, 2H, 2W), pixel centres aligned as in image scaling."""
    return F.interpolate(features, scale_factor=2, mode=mode, align_corners=False)


def initialise(module: nn.Module) -> None:
    """Draw the convolutions' weights for ReLU networks (He et al., 2015), biases zero (ours)."""
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)
