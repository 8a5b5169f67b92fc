"""UMRL: an encoder and decoder that estimates the rain at three scales and trusts it by degrees.

Rajeev Yasarla, Vishal M. Patel, "Uncertainty Guided Multi-Scale Residual Learning-Using a Cycle
Spinning CNN for Single Image De-Raining", CVPR 2019, arXiv 1906.11129. The modules bear the names
of the authors' release, so that its checkpoints load as they are. Cycle spinning, which averages
70 shifted runs, is not done here.
"""

from pathlib import Path
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from baselines.published import PublishedDerainer, published
from harness.derainer import DerainerFacts
from harness.provenance import KnownWeights

SLOPE = 0.2
"""Of the LeakyReLU below zero."""


class ImageNorm(nn.BatchNorm2d):
    """Batch normalisation that in evaluation may use each image's own statistics.

    That is what training mode gives an image in a batch of its own, but it changes no running
    statistics, and the images of a batch do not touch each other.

    Attributes:
        by_image: Use each image's own statistics in place of the running ones.
    """

    by_image: bool = False

    def forward(self, features: Tensor) -> Tensor:
        """Normalise (N, C, H, W)."""
        if self.training or not self.by_image:
            return super().forward(features)
        variance, mean = torch.var_mean(features, (2, 3), correction=0, keepdim=True)
        scale = self.weight[:, None, None] * torch.rsqrt(variance + self.eps)  # (N, C, 1, 1)
        return (features - mean) * scale + self.bias[:, None, None]


class DenseBlock(nn.Module):
    """A bottleneck whose output is joined to its input.

    Args:
        inputs: Channels that it reads.
        outputs: Channels that it adds.
        kernel: Side of the second convolution.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        self.bn1 = ImageNorm(inputs)
        self.conv1 = nn.Conv2d(inputs, 4 * outputs, 1, bias=False)
        self.bn2 = ImageNorm(4 * outputs)
        self.conv2 = nn.Conv2d(4 * outputs, outputs, kernel, padding=kernel // 2, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, inputs + outputs, H, W)."""
        inner = self.conv1(torch.relu(self.bn1(features)))
        return torch.cat((features, self.conv2(torch.relu(self.bn2(inner)))), 1)


class Transition(nn.Module):
    """Mixes channels: normalisation, ReLU and a transposed 1x1 convolution."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.bn1 = ImageNorm(inputs)
        self.conv1 = nn.ConvTranspose2d(inputs, outputs, 1, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, outputs, H, W)."""
        mixed: Tensor = self.conv1(torch.relu(self.bn1(features)))
        return mixed


class ResidualEstimate(nn.Module):
    """Estimates the rain of one scale, in [-1, 1], from 64 channels."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.trans_block1 = DenseBlock(64, 32, 3), Transition(96, 32)
        self.conv2, self.trans_block2 = DenseBlock(32, 32, 3), Transition(64, 32)
        self.conv3, self.trans_block3 = DenseBlock(32, 32, 3), Transition(64, 32)
        self.conv_refin = nn.Conv2d(32, 16, 3, padding=1)
        self.refine3 = nn.Conv2d(16, 3, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, 3, H, W)."""
        features = self.trans_block1(self.conv1(features))
        features = self.trans_block2(self.conv2(features))
        features = self.trans_block3(self.conv3(features))
        return torch.tanh(self.refine3(F.leaky_relu(self.conv_refin(features), SLOPE)))


class Confidence(nn.Module):
    """Says how far an estimate is to be trusted, in [0, 1], from it and 32 channels."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(35, 16, 3, padding=1)
        self.conv2, self.trans_block2 = DenseBlock(16, 16, 3), Transition(32, 16)
        self.conv3, self.trans_block3 = DenseBlock(16, 16, 3), Transition(32, 16)
        self.conv_refin = nn.Conv2d(16, 16, 3, padding=1)  # in the checkpoints, never used
        self.refine3 = nn.Conv2d(16, 3, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, 3, H, W)."""
        features = self.trans_block2(self.conv2(self.conv1(features)))
        features = self.trans_block3(self.conv3(features))
        return torch.sigmoid(self.refine3(features))


class UMRL(nn.Module):
    """Four halvings, three doublings with an estimate of the rain after each, and a last stage.

    The numbers in the names are those of the authors' blocks.
    """

    def __init__(self) -> None:
        super().__init__()
        for name, inputs, added, outputs in (
            ("1", 3, 29, 32),
            ("2", 32, 32, 32),
            ("3", 32, 32, 32),
            ("3_1", 32, 32, 32),
            ("3_2", 32, 32, 32),
            ("4", 64, 32, 32),
            ("5", 67, 32, 32),
            ("6", 67, 16, 16),
            ("6_1", 16, 16, 16),
        ):
            self.add_module(f"dense_block{name}", DenseBlock(inputs, added, 5))
            self.add_module(f"trans_block{name}", Transition(inputs + added, outputs))
        self.res_est = ResidualEstimate()
        self.conf_res = Confidence()
        self.conv_refin = nn.Conv2d(16, 16, 3, padding=1)
        self.refine3 = nn.Conv2d(16, 3, 3, padding=1)
        self.refineclean1 = nn.Conv2d(3, 8, 7, padding=3)
        self.refineclean2 = nn.Conv2d(8, 3, 3, padding=1)
        self.batchnorm20 = ImageNorm(20)  # in the checkpoints, never used
        self.batchnorm1 = ImageNorm(1)  # likewise

    def forward(self, rainy: Tensor) -> Tensor:
        """Restore.

        Args:
            rainy: (N, 3, H, W) in [0, 1]; both sides are multiples of 16.

        Returns:
            The restored image, of the same shape, in [0, 1].
        """
        rainy = (rainy - 0.5) / 0.5
        half = F.avg_pool2d(self._block("1", rainy), 2)
        quarter = F.avg_pool2d(self._block("2", half), 2)
        eighth = F.avg_pool2d(self._block("3", quarter), 2)
        sixteenth = F.avg_pool2d(self._block("3_1", eighth), 2)
        context = _double(self._block("3_2", sixteenth))

        decoded = _double(self._block("4", torch.cat((context, eighth), 1)))
        decoded = _double(self._block("5", self._with_rain(decoded, quarter)))
        decoded = _double(self._block("6", self._with_rain(decoded, half)))
        decoded = self._block("6_1", decoded)  # (N, 16, H, W)

        decoded = F.leaky_relu(self.conv_refin(decoded), SLOPE)
        residual = torch.tanh(self.refine3(decoded))
        clean = F.leaky_relu(self.refineclean1(rainy - residual), SLOPE)
        return (torch.tanh(self.refineclean2(clean)) + 1) / 2

    def normalise_by_image(self, by_image: bool) -> None:
        """Choose the statistics that normalise in evaluation; see `ImageNorm`."""
        for module in self.modules():
            if isinstance(module, ImageNorm):
                module.by_image = by_image

    def _block(self, name: str, features: Tensor) -> Tensor:
        dense = self.get_submodule(f"dense_block{name}")(features)
        mixed: Tensor = self.get_submodule(f"trans_block{name}")(dense)
        return mixed

    def _with_rain(self, decoded: Tensor, encoded: Tensor) -> Tensor:
        """Join features of one scale, (N, 32, h, w) each, with the rain that they show."""
        both = torch.cat((decoded, encoded), 1)
        rain = self.res_est(both)
        confidence = self.conf_res(torch.cat((decoded, rain), 1))
        return torch.cat((both, rain * confidence), 1)  # (N, 67, h, w)


def _double(features: Tensor) -> Tensor:
    return F.interpolate(features, scale_factor=2, mode="nearest")


def stretch_levels(images: Tensor) -> Tensor:
    """Spread each of (N, 3, H, W) images over [0, 1] by its own least and greatest value.

    >>> stretch_levels(torch.tensor([0.25, 0.5, 0.75]).reshape(1, 3, 1, 1)).flatten().tolist()
    [0.0, 0.5, 1.0]
    """
    least, greatest = images.amin((1, 2, 3), True), images.amax((1, 2, 3), True)
    return (images - least) / (greatest - least).clamp_min(1e-5)


class UMRLDerainer(PublishedDerainer):
    """UMRL, by default tested as its authors test their weights, and plainly with any others.

    The authors leave the network in training mode, so that each image is normalised by its own
    statistics, and save it with its levels stretched.

    Args:
        own_statistics: Normalise each image by its own statistics; None: for the authors' weights.
        stretch: Stretch the levels of each output; None: for the authors' weights.
    """

    known_weights: ClassVar[KnownWeights] = published("umrl")
    facts = DerainerFacts(
        title="UMRL",
        paper="Yasarla and Patel, CVPR 2019",
        year=2019,
        size_multiple=16,
        normalisation="(x - 0.5) / 0.5",
        authors_quantiser="floor",
    )

    network: UMRL

    def __init__(
        self,
        weights: Path | None = None,
        trust: bool = False,
        own_statistics: bool | None = None,
        stretch: bool | None = None,
    ) -> None:
        super().__init__(weights, trust)
        is_authors = self.weights_digest in self.known_weights
        self.own_statistics = is_authors if own_statistics is None else own_statistics
        self.stretch = is_authors if stretch is None else stretch
        self.network.normalise_by_image(self.own_statistics)

    @staticmethod
    def build_network() -> UMRL:
        """Return an untrained network; see `UMRL`."""
        return UMRL()

    def restore(self, rainy: Tensor) -> Tensor:
        """Run the network; see `Derainer.restore`."""
        restored = super().restore(rainy)
        return stretch_levels(restored) if self.stretch else restored

    def options(self) -> dict[str, object]:
        """Return the digest of the weights and how they are tested."""
        return super().options() | {
            "own_statistics": self.own_statistics,
            "stretch": self.stretch,
        }
