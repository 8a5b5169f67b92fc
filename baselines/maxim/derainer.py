"""MAXIM as a derainer."""

from pathlib import Path
from typing import ClassVar

from torch import nn

from baselines.maxim.maxim_network import MAXIM, SIZE_MULTIPLE
from baselines.maxim.tfjs_weights import is_graph, read_graph
from baselines.published import PublishedDerainer, Weights, published
from harness.derainer import DerainerFacts
from harness.provenance import KnownWeights


class MAXIMDerainer(PublishedDerainer):
    """MAXIM-2S.

    Args:
        weights: npm's package as ``npm pack`` fetches it, the ``model.json`` in it, or a checkpoint
            of this network.
        features: Width of the network; see `MAXIM`.
    """

    is_local: ClassVar[bool] = False
    known_weights: ClassVar[KnownWeights] = published("maxim")
    facts = DerainerFacts(
        title="MAXIM-2S",
        paper="Tu et al., CVPR 2022",
        year=2022,
        size_multiple=SIZE_MULTIPLE,
        padding="centred",
        authors_quantiser="floor",
    )

    def __init__(
        self, weights: Path | None = None, trust: bool = False, features: int = 32
    ) -> None:
        self.fill(self.build_network(features), weights, trust)
        self.features = features

    @staticmethod
    def build_network(features: int = 32) -> nn.Module:
        """Return an untrained network; see `MAXIM`."""
        return MAXIM(features)

    def options(self) -> dict[str, object]:
        """Return the digest of the weights and the width."""
        return super().options() | {"features": self.features}

    @staticmethod
    def read_weights(path: Path, trust: bool) -> Weights:
        """Read the graph, or a checkpoint; see `read_graph`."""
        if is_graph(path):
            return Weights(*read_graph(path))
        return PublishedDerainer.read_weights(path, trust)
