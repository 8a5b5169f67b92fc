"""RDMC's network: passes of a multi-scale encoder and decoder with shared weights.

Jiang, Liu, Yang, Zhang, Fan, "Contrastive Learning Based Recursive Dynamic Multi-Scale Network
for Image Deraining", arXiv 2305.18092, 2023. Its text and weights are not public as far as we
know; `baselines.rdmc.blocks` says how each choice is marked.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from baselines.rdmc.blocks import ConvPair, Norm, Upsample, initialise
from baselines.rdmc.pyramid import Scales, carried_over, padded_to_multiple, scales_of, shrunk
from baselines.rdmc.recruitment import (
    CoarserPath,
    FinerPath,
    InputPath,
    Recruit,
    Recruitment,
)

BRANCH_CHANNELS = (32, 64, 128, 256, 256)
"""Channels of each of the three encoders at its five levels, fine to coarse (DRNet)."""

DILATIONS = (1, 2, 3)
"""One encoder each (DRNet); the field of view is what makes the scales."""

SIZE_MULTIPLE = 2 ** (len(BRANCH_CHANNELS) - 1)

Corrects = Literal["rainy", "estimate"]
"""What a pass adds its residual to: ``rainy``, the rainy image (DRNet) as the scales before have
left it, with which a recursion begins anew at every scale; or ``estimate``, the one that it is
shown beside the untouched rainy image (ours, for weights that learned so)."""

Passes = int | Literal["auto"]
"""At full size; ``auto``: DRNet's three for a picture of one scale, one where smaller scales went
before, which was measured to restore as much as three (docs/rdmc.md)."""

PASSES = 3
"""Of DRNet."""


class Widths(NamedTuple):
    """Channels of a network of some width.

    Attributes:
        branches: Of one encoder, for each of its five levels.
        encoder: Of the three encoders together, for each of the five levels.
        decoder: Of the four decoder levels, fine to coarse.
    """

    branches: tuple[int, ...]
    encoder: tuple[int, ...]
    decoder: tuple[int, ...]


def scale_widths(
    width: float,
    branches_count: int = len(DILATIONS),
    channels: Sequence[int] = BRANCH_CHANNELS,
) -> Widths:
    """Scale the channels to multiples of 4; a decoder level has half its encoder level's.

    Args:
        width: The factor.
        branches_count: How many encoders there are.
        channels: Of one encoder at width 1, for each of the five levels.

    Raises:
        ValueError: If there are not five levels, or one has no channels.

    >>> scale_widths(1)
    Widths(branches=(32, 64, 128, 256, 256), encoder=(96, 192, 384, 768, 768), decoder=(48, 96, 192, 384))
    """  # noqa: E501
    if len(channels) != len(BRANCH_CHANNELS) or min(channels) < 1:
        raise ValueError(
            f"channels are {list(channels)}: give {len(BRANCH_CHANNELS)} numbers of 1 or more, "
            "fine to coarse"
        )
    branches = tuple(max(4, round(level * width / 4) * 4) for level in channels)
    encoder = tuple(branches_count * channels for channels in branches)
    return Widths(branches, encoder, tuple(channels // 2 for channels in encoder[:-1]))


class Encoder(nn.Module):
    """One of the parallel encoders: five pairs of convolutions of one dilation (DRNet)."""

    def __init__(self, channels: tuple[int, ...], dilation: int, norm: Norm, passes: int) -> None:
        super().__init__()
        self.levels = nn.ModuleList(
            ConvPair(inputs, outputs, norm, passes, dilation=dilation)
            for inputs, outputs in zip((6, *channels[:-1]), channels, strict=True)
        )

    def forward(self, joined: Tensor, pass_index: int) -> list[Tensor]:
        """Turn (N, 6, H, W) into five features, each half as wide and high as the one before."""
        features = [self.levels[0](joined, pass_index)]
        for level in self.levels[1:]:
            features.append(level(F.max_pool2d(features[-1], 2), pass_index))
        return features


class Decoder(nn.Module):
    """Four levels from coarse to fine, which recruit from the encoder (DRNet).

    With the levels of encoder and decoder counted 0 (full size) to 4: level 3 recruits from
    encoder level 2; level 2 from 1 and 3; level 1 from 0 and 2; level 0 from the input and 1;
    the output from 0. Those are DRNet's eight paths.
    """

    def __init__(self, widths: Widths, recruitment: Recruitment, norm: Norm, passes: int) -> None:
        super().__init__()
        encoder, decoder = widths.encoder, widths.decoder
        levels = range(len(decoder))
        below = (*decoder[1:], encoder[-1])  # channels that come up from the coarser level
        self.upsamples = nn.ModuleList(Upsample() for _ in levels)
        self.pairs = nn.ModuleList(
            ConvPair(below[level] + encoder[level], decoder[level], norm, passes)
            for level in levels
        )
        self.head = nn.Conv2d(decoder[0], 3, 1)
        self.recruits = recruitment != "off"
        if not self.recruits:
            return
        finer: list[nn.Module] = [InputPath(6, decoder[0])]
        finer += [
            FinerPath(encoder[level - 1], decoder[level], norm, passes) for level in levels[1:]
        ]
        coarser = [
            CoarserPath(encoder[level + 1], decoder[level], norm, passes) for level in levels[:-1]
        ]
        self.finer = nn.ModuleList(
            Recruit(path, decoder[level], recruitment) for level, path in enumerate(finer)
        )
        self.coarser = nn.ModuleList(
            Recruit(path, decoder[level], recruitment) for level, path in enumerate(coarser)
        )
        to_output = CoarserPath(encoder[0], 3, norm, passes, to_output=True)
        self.output = Recruit(to_output, 3, recruitment)

    def forward(self, joined: Tensor, encoded: list[Tensor], pass_index: int) -> Tensor:
        """Turn the input (N, 6, H, W) and five encoder features into a (N, 3, H, W) residual."""
        features = encoded[-1]
        for level in reversed(range(len(self.pairs))):
            features = torch.cat((self.upsamples[level](features), encoded[level]), 1)
            features = self.pairs[level](features, pass_index)
            if self.recruits:
                features = self._recruit(features, joined, encoded, level, pass_index)
        residual = self.head(features)
        if self.recruits:
            residual = self.output(residual, encoded[0], pass_index)
        return cast(Tensor, residual)

    def _recruit(
        self, features: Tensor, joined: Tensor, encoded: list[Tensor], level: int, pass_index: int
    ) -> Tensor:
        finer = encoded[level - 1] if level else joined
        features = self.finer[level](features, finer, pass_index)
        if level < len(self.coarser):
            features = self.coarser[level](features, encoded[level + 1], pass_index)
        return features


class RDMCNetwork(nn.Module):
    """Recursive dynamic multi-scale network.

    Each pass sees the rainy image beside the current estimate, six channels, and predicts a
    residual that is added to the rainy image (DRNet); that the network is recursive and extracts
    multi-scale features is stated by the abstract. All that is learned, gates and mixtures
    among it, is in the ``state_dict``.

    With ``scales`` above 1 the recursion begins on smaller pictures (ours): streaks grow with the
    picture, the network's field of view does not. Each halving has one pass with the same
    weights, whose correction is doubled and added to the next larger picture; all of them together
    cost a third of a pass at full size.

    Args:
        width: Scales every number of channels.
        recruitment: See `baselines.rdmc.recruitment.Recruitment`.
        norm: See `baselines.rdmc.blocks.Norm`.
        passes: How often the network is applied at full size; see `Passes`.
        dilations: Of the parallel encoders, one each (DRNet: 1, 2, 3); all 1 leaves the size as
            it is and only one scale.
        channels: Of one encoder at its five levels, fine to coarse, at width 1 (DRNet's).
        scales: See `baselines.rdmc.pyramid.Scales`; 1: the full size alone (DRNet). It changes no
            weight, except with a norm a pass where the estimate is corrected.
        corrects: See `Corrects`.

    Raises:
        ValueError: If there is no pass, scale or encoder, a dilation below 1, or other than five
            levels.
    """

    def __init__(
        self,
        width: float = 1.0,
        recruitment: Recruitment = "dynamic",
        norm: Norm = "batch",
        passes: Passes = PASSES,
        dilations: Sequence[int] = DILATIONS,
        channels: Sequence[int] = BRANCH_CHANNELS,
        scales: Scales = 1,
        corrects: Corrects = "rainy",
    ) -> None:
        super().__init__()
        coarse = 0 if scales == "auto" else scales - 1
        most_passes = PASSES if passes == "auto" else passes
        for name, count in (("passes", most_passes), ("scales", coarse + 1)):
            if count < 1:
                raise ValueError(f"{name} is {count}: RDMC needs 1 or more")
        if not dilations or min(dilations) < 1:
            raise ValueError(f"dilations are {list(dilations)}: name one of 1 or more an encoder")
        widths = scale_widths(width, len(dilations), channels)
        self.passes, self.scales, self.corrects = passes, scales, corrects
        norms = most_passes + (coarse if self.corrects == "estimate" else 0)
        self.encoders = nn.ModuleList(
            Encoder(widths.branches, dilation, norm, norms) for dilation in dilations
        )
        self.decoder = Decoder(widths, recruitment, norm, norms)
        self.apply(initialise)
        nn.init.normal_(self.decoder.head.weight, std=0.01)  # first estimate: the rainy image

    def forward(self, rainy: Tensor) -> Tensor:
        """Restore.

        Args:
            rainy: (N, 3, H, W) in [0, 1], both sides multiples of 16.

        Returns:
            The last pass's estimate, of the same shape, not clipped.
        """
        return self.estimates(rainy)[-1]

    def estimates(self, rainy: Tensor) -> list[Tensor]:
        """Return the estimate of every pass, coarse to fine.

        Returns:
            One for each scale before the full size and those of the passes at that, (N, 3, h, w)
            of the scale that it was made at.
        """
        pictures = shrunk(rainy, scales_of(self.scales, *rainy.shape[-2:]))
        estimates: list[Tensor] = []
        for level in reversed(range(len(pictures))):
            picture = estimate = pictures[level]
            if estimates:
                estimate = picture + carried_over(estimates[-1] - pictures[level + 1], picture)
            if self.corrects == "rainy":
                picture = estimate
            for number in range(1 if level else self._passes_at_full_size(len(pictures))):
                pass_index = number if self.corrects == "rainy" else len(estimates)
                estimate = self._pass(picture, estimate, pass_index)
                estimates.append(estimate)
        return estimates

    def _passes_at_full_size(self, scales: int) -> int:
        if self.passes == "auto":
            return PASSES if scales == 1 else 1
        return self.passes

    def _pass(self, rainy: Tensor, estimate: Tensor, pass_index: int) -> Tensor:
        height, width = rainy.shape[-2:]
        joined = padded_to_multiple(torch.cat((rainy, estimate), 1), SIZE_MULTIPLE)  # (N, 6, H, W)
        residual = self._residual(joined, pass_index)[..., :height, :width]
        return (rainy if self.corrects == "rainy" else estimate) + residual

    def _residual(self, joined: Tensor, pass_index: int) -> Tensor:
        branches = [encoder(joined, pass_index) for encoder in self.encoders]
        encoded = [torch.cat(level, 1) for level in zip(*branches, strict=True)]
        return cast(Tensor, self.decoder(joined, encoded, pass_index))
