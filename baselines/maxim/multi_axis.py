"""MAXIM's mixing of distant and of neighbouring pixels by perceptrons, along two axes of patches.

All features are (N, H, W, C) here, the order in which perceptrons mix channels.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

EPSILON = 1e-6
"""Of the layer norms."""


class ImageConvolution(nn.Conv2d):
    """A convolution of (N, H, W, C), padded so that a stride of 1 keeps the size."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 1, stride: int = 1) -> None:
        super().__init__(inputs, outputs, kernel, stride, padding=(kernel - stride) // 2)

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, H / stride, W / stride, outputs)."""
        return super().forward(features.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


class Doubling(nn.ConvTranspose2d):
    """Doubles both sides of (N, H, W, C): each pixel becomes four."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 2, 2)

    def forward(self, features: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Return (N, 2 H, 2 W, outputs)."""
        return super().forward(features.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


def layer_norm(channels: int) -> nn.LayerNorm:
    """Return a normalisation over the channels of each pixel."""
    return nn.LayerNorm(channels, eps=EPSILON)


def gelu(features: Tensor) -> Tensor:
    """Return the tanh form of GELU, with which the authors trained."""
    return F.gelu(features, approximate="tanh")


class Patches:
    """A cut of the picture whose pixels are mixed in groups of ``side`` x ``side``.

    Args:
        side: Of the group, in pixels.
        is_grid: Of a group are the pixels at one place of each cell of a grid of ``side`` x
            ``side`` cells, far from each other; else those of a block, next to each other.
    """

    def __init__(self, side: int, is_grid: bool) -> None:
        self.side = side
        self.is_grid = is_grid

    def cut(self, features: Tensor) -> Tensor:
        """Turn (N, H, W, C) into (N, side * side, groups, C): mixing is one product of matrices."""
        count, height, width, channels = features.shape
        side, rows, columns = self.side, height // self.side, width // self.side
        if self.is_grid:
            cells = features.reshape(count, side, rows, side, columns, channels)
            pixels = cells.permute(0, 1, 3, 2, 4, 5)
        else:
            cells = features.reshape(count, rows, side, columns, side, channels)
            pixels = cells.permute(0, 2, 4, 1, 3, 5)
        return pixels.reshape(count, side * side, rows * columns, channels)

    def join(self, pixels: Tensor, height: int, width: int) -> Tensor:
        """Turn what `cut` gave back into (N, H, W, C)."""
        side, rows, columns = self.side, height // self.side, width // self.side
        cells = pixels.reshape(len(pixels), side, side, rows, columns, -1)
        order = (0, 1, 3, 2, 4, 5) if self.is_grid else (0, 3, 1, 4, 2, 5)
        return cells.permute(order).reshape(len(pixels), height, width, -1)


class PixelMixing(nn.Linear):
    """Mixes the pixels of a group, the same way in all channels."""

    def __init__(self, side: int) -> None:
        super().__init__(side * side, side * side)

    def forward(self, pixels: Tensor) -> Tensor:
        """Mix (N, side * side, groups, C)."""
        weight = self.weight.expand(len(pixels), -1, -1)
        mixed = torch.baddbmm(self.bias[None, :, None], weight, pixels.flatten(2))
        return mixed.view(pixels.shape)


class GatingUnit(nn.Module):
    """Scales one half of the channels by what mixing the pixels makes of the other."""

    def __init__(self, channels: int, side: int) -> None:
        super().__init__()
        self.intermediate_layernorm = layer_norm(channels)
        self.Dense_0 = PixelMixing(side)

    def forward(self, pixels: Tensor) -> Tensor:
        """Turn (N, side * side, groups, 2 C) into (N, side * side, groups, C)."""
        scaled, gate = pixels.chunk(2, -1)
        mixed = self.Dense_0(self.intermediate_layernorm(gate))
        return torch.addcmul(scaled, scaled, mixed)


class GatedPerceptron(nn.Module):
    """A gated perceptron over one cut of the picture, added to its input.

    Args:
        channels: That it reads and gives.
        patches: The cut.
        unit: What the published weights call the gating unit.
    """

    def __init__(self, channels: int, patches: Patches, unit: str) -> None:
        super().__init__()
        self.patches, self.unit = patches, unit
        self.LayerNorm = layer_norm(channels)
        self.in_project = nn.Linear(channels, 2 * channels)
        self.add_module(unit, GatingUnit(channels, patches.side))
        self.out_project = nn.Linear(channels, channels)

    def forward(self, features: Tensor) -> Tensor:
        """Mix (N, H, W, C)."""
        pixels = self.patches.cut(features)
        mixed = self.get_submodule(self.unit)(gelu(self.in_project(self.LayerNorm(pixels))))
        joined = pixels + self.out_project(mixed)
        return self.patches.join(joined, *features.shape[1:3])


class MultiAxis(nn.Module):
    """Half of the channels mixed over the grid, half within blocks, added to the input."""

    def __init__(self, channels: int, side: int) -> None:
        super().__init__()
        self.LayerNorm_in = layer_norm(channels)
        self.in_project = nn.Linear(channels, 2 * channels)
        self.GridGmlpLayer = GatedPerceptron(channels, Patches(side, True), "GridGatingUnit")
        self.BlockGmlpLayer = GatedPerceptron(channels, Patches(side, False), "BlockGatingUnit")
        self.out_project = nn.Linear(2 * channels, channels)

    def forward(self, features: Tensor) -> Tensor:
        """Mix (N, H, W, C)."""
        far, near = gelu(self.in_project(self.LayerNorm_in(features))).chunk(2, -1)
        joined = torch.cat((self.GridGmlpLayer(far), self.BlockGmlpLayer(near)), -1)
        mixed: Tensor = self.out_project(joined) + features
        return mixed


class GatingWeights(nn.Module):
    """What `CrossGating` scales one signal by, made from the other one."""

    def __init__(self, channels: int, side: int) -> None:
        super().__init__()
        self.grid, self.block = Patches(side, True), Patches(side, False)
        self.LayerNorm_in = layer_norm(channels)
        self.in_project = nn.Linear(channels, 2 * channels)
        self.Dense_0, self.Dense_1 = PixelMixing(side), PixelMixing(side)
        self.out_project = nn.Linear(2 * channels, channels)

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, H, W, C), of the shape of the features."""
        size = features.shape[1:3]
        far, near = gelu(self.in_project(self.LayerNorm_in(features))).chunk(2, -1)
        far = self.grid.join(self.Dense_0(self.grid.cut(far)), *size)
        near = self.block.join(self.Dense_1(self.block.cut(near)), *size)
        weights: Tensor = self.out_project(torch.cat((far, near), -1))
        return weights


class CrossGating(nn.Module):
    """Two signals, each scaled by what the other says.

    Args:
        inputs: Channels of the first signal.
        gate_inputs: Channels of the second signal.
        channels: That both get.
        side: Of a group of pixels.
        doubles: The second signal has half the size, and is doubled first.
    """

    def __init__(
        self, inputs: int, gate_inputs: int, channels: int, side: int, doubles: bool = False
    ) -> None:
        super().__init__()
        self.doubles = doubles
        if doubles:
            self.ConvTranspose_0 = Doubling(gate_inputs, channels)
            gate_inputs = channels
        self.Conv_0 = ImageConvolution(inputs, channels)
        self.Conv_1 = ImageConvolution(gate_inputs, channels)
        for signal in "xy":
            self.add_module(f"LayerNorm_{signal}", layer_norm(channels))
            self.add_module(f"in_project_{signal}", nn.Linear(channels, channels))
            self.add_module(f"SplitHeadMultiAxisGating_{signal}", GatingWeights(channels, side))
            self.add_module(f"out_project_{signal}", nn.Linear(channels, channels))

    def forward(self, features: Tensor, gate: Tensor) -> tuple[Tensor, Tensor]:
        """Return both signals, (N, H, W, C) each; the first has the second added."""
        features = self.Conv_0(features)
        gate = self.Conv_1(self.ConvTranspose_0(gate) if self.doubles else gate)
        inner = self._projected(features, "x")
        inner_gate = self._projected(gate, "y")
        scales = self.get_submodule("SplitHeadMultiAxisGating_x")(inner)
        gate_scales = self.get_submodule("SplitHeadMultiAxisGating_y")(inner_gate)
        gate = self.get_submodule("out_project_y")(inner_gate * scales) + gate
        gated = self.get_submodule("out_project_x")(inner * gate_scales)
        return gated + gate + features, gate

    def _projected(self, signal: Tensor, name: str) -> Tensor:
        normed = self.get_submodule(f"LayerNorm_{name}")(signal)
        return gelu(self.get_submodule(f"in_project_{name}")(normed))
