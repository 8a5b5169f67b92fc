"""MAXIM: two stages of an encoder and decoder, whose blocks mix pixels by perceptrons.

Zhengzhong Tu, Hossein Talebi, Han Zhang, Feng Yang, Peyman Milanfar, Alan Bovik, Yinxiao Li,
"MAXIM: Multi-Axis MLP for Image Processing", CVPR 2022, arXiv 2201.02973. This is the size that the
authors derain with (MAXIM-2S). The modules bear the names of the published weights. What these
lack, the output of the last stage at the smaller scales, serves the paper's training alone.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from baselines.maxim.multi_axis import (
    CrossGating,
    Doubling,
    ImageConvolution,
    MultiAxis,
    gelu,
    layer_norm,
)

STAGES, SCALES = 2, 3
"""Scale 0 is the size of the picture, and each next one half of that."""

GROUPS = 2
"""Pairs of mixing and attention in a block, and blocks in the bottleneck."""

SIDES = (16, 16, 8)
"""Of the groups of pixels that are mixed, by scale."""

SMALLEST_SIDE = 8
"""The same in the bottleneck, at an eighth of the picture's size."""

SIZE_MULTIPLE = SMALLEST_SIDE * 2**SCALES

SLOPE, REDUCTION = 0.2, 4
"""Of the LeakyReLU below zero, and of the channels within channel attention."""


class ChannelAttention(nn.Module):
    """Scales each channel by what two layers make of all channels' means."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.Conv_0 = ImageConvolution(channels, channels // REDUCTION)
        self.Conv_1 = ImageConvolution(channels // REDUCTION, channels)

    def forward(self, features: Tensor) -> Tensor:
        """Scale (N, H, W, C)."""
        means = features.mean((1, 2), keepdim=True)  # (N, 1, 1, C)
        return features * torch.sigmoid(self.Conv_1(torch.relu(self.Conv_0(means))))


class ConvolutionAttention(nn.Module):
    """Two convolutions and channel attention, added to the input (RCAB)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.LayerNorm = layer_norm(channels)
        self.conv1 = ImageConvolution(channels, channels, 3)
        self.conv2 = ImageConvolution(channels, channels, 3)
        self.channel_attention = ChannelAttention(channels)

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, H, W, C)."""
        inner = F.leaky_relu(self.conv1(self.LayerNorm(features)), SLOPE)
        attended: Tensor = self.channel_attention(self.conv2(inner)) + features
        return attended


class ChannelMixing(nn.Module):
    """A perceptron over the channels of each pixel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.Dense_0, self.Dense_1 = (nn.Linear(channels, channels) for _ in range(2))

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, H, W, C)."""
        mixed: Tensor = self.Dense_1(gelu(self.Dense_0(features)))
        return mixed


class PerceptronAttention(nn.Module):
    """A perceptron over channels and channel attention, added to the input (RDCAB)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.LayerNorm = layer_norm(channels)
        self.channel_mixing = ChannelMixing(channels)
        self.channel_attention = ChannelAttention(channels)

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, H, W, C)."""
        inner = self.channel_mixing(self.LayerNorm(features))
        attended: Tensor = self.channel_attention(inner) + features
        return attended


class Block(nn.Module):
    """A block of an encoder or a decoder.

    Args:
        inputs: Channels that it reads.
        channels: That it gives.
        side: Of a group of pixels that are mixed.
        halves: Whether it also gives features of half the size.
        is_gated: Whether features of the stage before scale its own.
    """

    def __init__(
        self, inputs: int, channels: int, side: int, halves: bool = False, is_gated: bool = False
    ) -> None:
        super().__init__()
        self.Conv_0 = ImageConvolution(inputs, channels)
        for group in range(GROUPS):
            self.add_module(f"SplitHeadMultiAxisGmlpLayer_{group}", MultiAxis(channels, side))
            self.add_module(f"channel_attention_block_1{group}", ConvolutionAttention(channels))
        if is_gated:
            self.cross_gating_block = CrossGating(channels, channels, channels, side)
        if halves:
            self.Conv_1 = ImageConvolution(channels, channels, 4, 2)

    def forward(self, features: Tensor, earlier: Tensor | None = None) -> Tensor:
        """Return (N, H, W, C), from (N, H, W, inputs) and maybe what the stage before found."""
        features = self.Conv_0(features)
        inner = features
        for group in range(GROUPS):
            inner = self.get_submodule(f"SplitHeadMultiAxisGmlpLayer_{group}")(inner)
            inner = self.get_submodule(f"channel_attention_block_1{group}")(inner)
        found: Tensor = inner + features
        return found if earlier is None else self.cross_gating_block(found, earlier)[0]


class Bottleneck(nn.Module):
    """A block at the smallest size, without convolutions of several pixels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.input_proj = ImageConvolution(channels, channels)
        for group in range(GROUPS):
            mixing, attention = MultiAxis(channels, SMALLEST_SIDE), PerceptronAttention(channels)
            self.add_module(f"SplitHeadMultiAxisGmlpLayer_{group}", mixing)
            self.add_module(f"channel_attention_block_1_{group}", attention)

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, H, W, C)."""
        features = self.input_proj(features)
        inner = features
        for group in range(GROUPS):
            inner = self.get_submodule(f"SplitHeadMultiAxisGmlpLayer_{group}")(inner)
            inner = self.get_submodule(f"channel_attention_block_1_{group}")(inner)
        return inner + features


class Decoder(nn.Module):
    """A doubling, and a block that also sees what the encoders found."""

    def __init__(self, inputs: int, skipped: int, channels: int, side: int) -> None:
        super().__init__()
        self.ConvTranspose_0 = Doubling(inputs, channels)
        self.UNetEncoderBlock_0 = Block(channels + skipped, channels, side)

    def forward(self, features: Tensor, skipped: Tensor) -> Tensor:
        """Return (N, 2 H, 2 W, C) from features of half the size."""
        joined = torch.cat((self.ConvTranspose_0(features), skipped), -1)
        decoded: Tensor = self.UNetEncoderBlock_0(joined)
        return decoded


class Resized(nn.Module):
    """Features of one scale, brought to another one."""

    def __init__(self, inputs: int, outputs: int, factor: float) -> None:
        super().__init__()
        self.factor = factor
        self.Conv_0 = ImageConvolution(inputs, outputs)

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, factor * H, factor * W, outputs)."""
        if self.factor != 1:
            planes = features.permute(0, 3, 1, 2)
            height, width = (int(length * self.factor) for length in planes.shape[-2:])
            planes = F.interpolate(  # which knows no bfloat16 where it makes smaller
                planes.float(), (height, width), mode="bilinear", antialias=self.factor < 1
            )
            features = planes.permute(0, 2, 3, 1).to(features.dtype)
        resized: Tensor = self.Conv_0(features)
        return resized


class SupervisedAttention(nn.Module):
    """What a stage tells the next: its features, scaled by what its own picture says."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.Conv_0 = ImageConvolution(channels, channels, 3)
        self.Conv_1 = ImageConvolution(channels, 3, 3)
        self.Conv_2 = ImageConvolution(3, channels, 3)

    def forward(self, features: Tensor, rainy: Tensor) -> Tensor:
        """Return (N, H, W, C), from features of that shape and (N, H, W, 3)."""
        picture = self.Conv_1(features) + rainy
        told: Tensor = self.Conv_0(features) * torch.sigmoid(self.Conv_2(picture)) + features
        return told


class MAXIM(nn.Module):
    """Two stages; the second is told what the first found, at each scale.

    Args:
        features: Channels at the picture's own size (32 in the paper); each next scale has twice
            as many.
    """

    def __init__(self, features: int = 32) -> None:
        super().__init__()
        self.channels = [features * 2**scale for scale in range(SCALES)]
        for stage in range(STAGES):
            self._add_stage(stage)
        self.add_module(f"stage_{STAGES - 1}_output_conv_0", ImageConvolution(features, 3, 3))

    def _add_stage(self, stage: int) -> None:
        channels, widest, is_first = self.channels, self.channels[-1], stage == 0
        for scale, (width, side) in enumerate(zip(channels, SIDES, strict=True)):
            above = channels[max(scale - 1, 0)]  # of what the encoder is handed
            self._add(stage, "input_conv", scale, ImageConvolution(3, width, 3))
            encoder = Block(above + width, width, side, halves=True, is_gated=not is_first)
            self._add(stage, "encoder_block", scale, encoder)
            gate = channels[min(scale + 1, SCALES - 1)]  # of what comes from the next scale
            gating = CrossGating(SCALES * width, gate, width, side, doubles=True)
            self._add(stage, "cross_gating_block", scale, gating)
            self._add(stage, "decoder_block", scale, Decoder(gate, SCALES * width, width, side))
            if is_first:
                told = SupervisedAttention(width)
                self._add(stage, "supervised_attention_module", scale, told)
            else:
                self._add(stage, "input_fuse_sam", scale, CrossGating(width, width, width, side))
        for number in range(GROUPS):
            self._add(stage, "global_block", number, Bottleneck(widest))
        for number, (source, target) in enumerate(_RESIZINGS):
            resized = Resized(channels[source], channels[target], 2.0 ** (source - target))
            self.add_module(f"UpSampleRatio_{stage * len(_RESIZINGS) + number}", resized)

    def _add(self, stage: int, name: str, number: int, module: nn.Module) -> None:
        self.add_module(f"stage_{stage}_{name}_{number}", module)

    def _get(self, stage: int, name: str, number: int) -> nn.Module:
        return self.get_submodule(f"stage_{stage}_{name}_{number}")

    def forward(self, rainy: Tensor) -> Tensor:
        """Restore.

        Args:
            rainy: (N, 3, H, W) in [0, 1], both sides multiples of 64.

        Returns:
            The last stage's picture, of the same shape, not clipped.
        """
        pictures = [
            F.interpolate(rainy, scale_factor=0.5**scale, mode="nearest-exact").permute(0, 2, 3, 1)
            for scale in range(SCALES)
        ]
        told: list[Tensor] = []
        earlier: list[Tensor] = []
        for stage in range(STAGES):
            encoded, decoded = self._stage(stage, pictures, told, earlier)
            if stage < STAGES - 1:
                earlier = [one + other for one, other in zip(encoded, decoded, strict=True)]
                told = [
                    self._get(stage, "supervised_attention_module", scale)(features, picture)
                    for scale, (features, picture) in enumerate(zip(decoded, pictures, strict=True))
                ]
        added = self._get(STAGES - 1, "output_conv", 0)(decoded[0])
        restored: Tensor = (added + pictures[0]).permute(0, 3, 1, 2)
        return restored

    def _stage(
        self, stage: int, pictures: list[Tensor], told: list[Tensor], earlier: list[Tensor]
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Return what the encoder and the decoder of a stage give, by scale."""
        encoded, features = self._encoded(stage, pictures, told, earlier)
        for number in range(GROUPS):
            features = self._get(stage, "global_block", number)(features)
        skipped = self._skipped(stage, encoded, features)
        decoded: list[Tensor] = []
        for scale in reversed(range(SCALES)):
            signal = self._gathered(stage, 2 * SCALES - 1 - scale, skipped[::-1])
            features = self._get(stage, "decoder_block", scale)(features, signal)
            decoded.insert(0, features)
        return encoded, decoded

    def _encoded(
        self, stage: int, pictures: list[Tensor], told: list[Tensor], earlier: list[Tensor]
    ) -> tuple[list[Tensor], Tensor]:
        """Return what the encoder gives, by scale, and what it hands to the bottleneck."""
        encoded: list[Tensor] = []
        handed: list[Tensor] = []
        for scale, picture in enumerate(pictures):
            seen = self._get(stage, "input_conv", scale)(picture)
            if told:
                seen, _ = self._get(stage, "input_fuse_sam", scale)(seen, told[scale])
            joined = torch.cat((handed[-1] if handed else seen, seen), -1)
            encoder = self._get(stage, "encoder_block", scale)
            encoded.append(encoder(joined, earlier[scale] if earlier else None))
            handed.append(encoder.get_submodule("Conv_1")(encoded[-1]))
        return encoded, handed[-1]

    def _skipped(self, stage: int, encoded: list[Tensor], gate: Tensor) -> list[Tensor]:
        """Return what goes past the bottleneck, by scale."""
        skipped: list[Tensor] = []
        for scale in reversed(range(SCALES)):
            signal = self._gathered(stage, SCALES - 1 - scale, encoded)
            passed, gate = self._get(stage, "cross_gating_block", scale)(signal, gate)
            skipped.insert(0, passed)
        return skipped

    def _gathered(self, stage: int, group: int, signals: list[Tensor]) -> Tensor:
        """Return signals of all scales, brought to one by a group of three resizings and joined."""
        first = stage * len(_RESIZINGS) + group * SCALES
        resized = [
            self.get_submodule(f"UpSampleRatio_{first + number}")(signal)
            for number, signal in enumerate(signals)
        ]
        return torch.cat(resized, -1)


_RESIZINGS = [
    *((source, target) for target in (2, 1, 0) for source in (0, 1, 2)),  # what is skipped
    *((source, target) for target in (2, 1, 0) for source in (2, 1, 0)),  # what is decoded
]
"""From and to which scale, in the order of their numbers in a stage."""
