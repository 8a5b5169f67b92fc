"""DDN, the deep detail network: a residual network that sees only the details of a picture.

Xueyang Fu, Jiabin Huang, Delu Zeng, Yue Huang, Xinghao Ding, John Paisley, "Removing Rain from
Single Images via a Deep Detail Network", CVPR 2017. The authors released TensorFlow weights, which
do not load here; those that are shipped are this project's.
"""

from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor, nn

from baselines.guided_filter import guided_filter
from baselines.published import PublishedDerainer
from baselines.stated_facts import OUR_PICTURES
from harness.derainer import DerainerFacts
from harness.provenance import KnownWeights

DEFAULT_WEIGHTS = Path(__file__).parent / "weights" / "ddn.pth"

RADIUS = 15
"""Of the guided filter that gives the base layer, pixels."""

EPSILON = 1.0
"""Of the same filter, in variance of [0, 1] levels."""


class DDN(nn.Module):
    """26 convolutions with batch normalisation.

    The picture is parted into a base layer, which a guided filter gives, and details. From the
    details the network computes what to add to the picture.

    Args:
        units: Residual units of two convolutions between the first and the last (12 in the paper).
        channels: Width of the features (16 in the paper).
    """

    def __init__(self, units: int = 12, channels: int = 16) -> None:
        super().__init__()
        self.entry = nn.Sequential(*_layer(3, channels), nn.ReLU())
        self.units = nn.ModuleList(
            nn.Sequential(
                *_layer(channels, channels), nn.ReLU(), *_layer(channels, channels), nn.ReLU()
            )
            for _ in range(units)
        )
        self.exit = nn.Sequential(*_layer(channels, 3))

    def forward(self, rainy: Tensor) -> Tensor:
        """Restore.

        Args:
            rainy: (N, 3, H, W) in [0, 1].

        Returns:
            The restored image, of the same shape, not clipped.
        """
        features = self.entry(rainy - guided_filter(rainy, rainy, RADIUS, EPSILON))
        for unit in self.units:
            features = features + unit(features)
        return torch.add(rainy, self.exit(features))


def _layer(inputs: int, outputs: int) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs)


class DDNDerainer(PublishedDerainer):
    """DDN with the weights of this project, or with any that fit.

    Arguments as `PublishedDerainer` has them.
    """

    known_weights: ClassVar[KnownWeights] = {
        "af90b068d9d173853da1bafda4973bcd99c644f84bcb349e47150ce776cc3b00": OUR_PICTURES
    }
    shipped_weights: ClassVar[Path | None] = DEFAULT_WEIGHTS
    facts = DerainerFacts(
        title="DDN",
        paper="Fu et al., CVPR 2017",
        year=2017,
        normalisation="minus its base layer (guided filter)",
    )

    @staticmethod
    def build_network(units: int = 12, channels: int = 16) -> DDN:
        """Return an untrained network; see `DDN`."""
        return DDN(units, channels)
