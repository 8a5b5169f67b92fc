"""What networks that others published have in common: their weights are read, or asked for."""

from abc import abstractmethod
from pathlib import Path
from typing import ClassVar, NamedTuple

from torch import Tensor, nn

from baselines.stated_facts import facts_with
from harness.derainer import NetworkDerainer
from harness.digests import digest_file
from harness.errors import ConfigError, DerainerError
from harness.known_weights import known_weights
from harness.provenance import KnownWeights, where_to_get
from harness.weights import fit_state_dict, read_state_dict

TABLE = Path(__file__).with_name("known_weights.yaml")


def published(method: str) -> KnownWeights:
    """Return what is known of a method's published weight files; see `known_weights.yaml`."""
    return known_weights(TABLE, method)


class Weights(NamedTuple):
    """What was read of a weight file.

    Attributes:
        tensors: By name; see `read_state_dict`.
        digest: SHA-256 of all that was read.
    """

    tensors: dict[str, Tensor]
    digest: str


class PublishedDerainer(NetworkDerainer):
    """A network with the weights of a file, those of its authors or any others that fit.

    A subclass gives ``facts``, ``known_weights`` and ``build_network``, which returns the untrained
    network, for the trainer too. The network maps (N, 3, H, W) RGB in [0, 1] to restored images of
    the same kind, in training as in evaluation. One whose options shape the network builds it in a
    constructor of its own, and fills it.

    Args:
        weights: A checkpoint; by default the one that this project ships, where there is one.
        trust: Unpickle objects other than tensors, which runs any code in the file.

    Raises:
        ConfigError: If no file is given and none is shipped; the text says where to get one.
        DerainerError: If the file is missing, damaged or holds another network's tensors.
    """

    shipped_weights: ClassVar[Path | None] = None

    def __init__(self, weights: Path | None = None, trust: bool = False) -> None:
        self.fill(self.build_network(), weights, trust)

    def fill(self, network: nn.Module, weights: Path | None, trust: bool) -> None:
        """Take a network over, with the weights of a file and what is known of that file.

        Args:
            network: Untrained, of the architecture that the weights fit.
            weights: As the constructor takes it.
            trust: Likewise.

        Raises:
            ConfigError: See the class.
            DerainerError: Likewise.
        """
        path = self._existing(self.shipped_weights if weights is None else weights)
        tensors, self.weights_digest = self.read_weights(path, trust)
        fit_state_dict(network, tensors, path)
        self.network = network.eval()
        self.facts = facts_with(type(self).facts, self.known_weights, self.weights_digest)

    @staticmethod
    @abstractmethod
    def build_network() -> nn.Module:
        """Return an untrained network."""

    @staticmethod
    def read_weights(path: Path, trust: bool) -> Weights:
        """Read a weight file; overridden for other formats than torch's and safetensors.

        Raises:
            DerainerError: See `read_state_dict`.
        """
        return Weights(read_state_dict(path, trust), digest_file(path))

    def restore(self, rainy: Tensor) -> Tensor:
        """Run the network, which turns RGB into its own order of channels by itself.

        So the trainer, which gives every network RGB, trains what is restored with here.
        """
        restored: Tensor = self.network(rainy)
        return restored

    @classmethod
    def where_to_get(cls) -> str:
        """Say in one line which weight files were published, and where."""
        return where_to_get(cls.known_weights)

    @classmethod
    def _existing(cls, path: Path | None) -> Path:
        title = cls.facts.title
        if path is None:
            raise ConfigError(
                f"{title}: its weights are not shipped; give a file with the option `weights`; "
                f"{cls.where_to_get()}"
            )
        if not path.exists():
            raise DerainerError(f"{path}: no such weight file of {title}; {cls.where_to_get()}")
        return path
