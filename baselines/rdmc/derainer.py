"""RDMC as derainers of the benchmark: the paper's size, and one that a CPU can train and run."""

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from torch import nn

from baselines.published import PublishedDerainer
from baselines.rdmc.blocks import Norm
from baselines.rdmc.folding import fold_norms
from baselines.rdmc.network import (
    BRANCH_CHANNELS,
    DILATIONS,
    SIZE_MULTIPLE,
    Corrects,
    Passes,
    RDMCNetwork,
)
from baselines.rdmc.pyramid import Scales
from baselines.rdmc.recruitment import Recruitment
from baselines.stated_facts import OUR_PICTURES
from harness.derainer import DerainerFacts
from harness.provenance import KnownWeights

SMALL_WEIGHTS = Path(__file__).parents[1] / "weights" / "rdmc_s.pth"

SMALL_CHANNELS = (16, 16, 32, 48, 48)
"""Of each encoder of ``rdmc-s``, half to a fifth of the paper's (ours).

Rain is fine detail, and a convolution of 8 channels takes a CPU almost as long as one of 16: so
the full size is narrowed least.
"""

FACTS = DerainerFacts(
    title="RDMC",
    paper="Jiang et al., arXiv 2305.18092, 2023 (our implementation)",
    year=2023,
    size_multiple=SIZE_MULTIPLE,
)

KNOWN_WEIGHTS: KnownWeights = {
    "8af1771b9cb646bbe776c2ffcb041faa51ce81a5e197ce1ba08ba174878e58da": OUR_PICTURES,
}
"""What is known of a weight file, by the SHA-256 of its bytes."""


class RDMC(PublishedDerainer):
    """RDMC at the size of the paper, as far as that is known.

    Nobody has published weights for it, so a weight file must be given.

    Args:
        weights: A checkpoint of `RDMCNetwork` with the same options.
        trust: Unpickle objects other than tensors, which runs any code in the file.
        width: Scales every number of channels.
        recruitment: ``dynamic``, ``static`` or ``off``.
        norm: ``batch``, ``batch-per-pass``, ``layer`` or ``none``.
        passes: Of the recursion, at full size; ``auto``: three, or one after smaller scales.
        dilations: Of the parallel encoders.
        channels: Of one encoder at its five levels, fine to coarse, at width 1; None: those of
            this size of RDMC, ``branch_channels``.
        scales: At how many sizes a picture is restored, each half the one before, the smallest
            first; ``auto``: as its size asks for. Where memory is short, each tile is a picture.
        corrects: What a pass adds its residual to: ``rainy``, or ``estimate`` for weights that
            learned so; see `baselines.rdmc.network.Corrects`.

    Raises:
        ConfigError: If no weights are given.
        DerainerError: If they are damaged or of another network.
    """

    facts = FACTS
    branch_channels: ClassVar[tuple[int, ...]] = BRANCH_CHANNELS

    def __init__(
        self,
        weights: Path | None = None,
        trust: bool = False,
        width: float = 1.0,
        recruitment: Recruitment = "dynamic",
        norm: Norm = "batch",
        passes: Passes = "auto",
        dilations: tuple[int, ...] = DILATIONS,
        channels: tuple[int, ...] | None = None,
        scales: Scales = "auto",
        corrects: Corrects = "rainy",
    ) -> None:
        channels = self.branch_channels if channels is None else channels
        network = self.build_network(
            width, recruitment, norm, passes, dilations, channels, scales, corrects
        )
        self.fill(network, weights, trust)
        self._architecture: dict[str, object] = {
            "width": width,
            "recruitment": recruitment,
            "norm": norm,
            "passes": passes,
            "dilations": list(dilations),
            "channels": list(channels),
        }
        if (scales, corrects) != (1, "rainy"):  # so that finished work of one scale is found again
            self._architecture |= {"scales": scales, "corrects": corrects}

    @classmethod
    def build_network(
        cls,
        width: float = 1.0,
        recruitment: Recruitment = "dynamic",
        norm: Norm = "batch",
        passes: Passes = "auto",
        dilations: tuple[int, ...] = DILATIONS,
        channels: tuple[int, ...] | None = None,
        scales: Scales = "auto",
        corrects: Corrects = "rainy",
    ) -> RDMCNetwork:
        """Return an untrained network, for the trainer; see `RDMCNetwork`."""
        branch = cls.branch_channels if channels is None else channels
        return RDMCNetwork(width, recruitment, norm, passes, dilations, branch, scales, corrects)

    @classmethod
    def where_to_get(cls) -> str:
        """Say in one line how to get weights: nobody has published any."""
        return (
            "nobody has published any; train some with `python run_benchmark.py train "
            "configs/train/rdmc.yaml`, or use `rdmc-s`, whose weights are shipped"
        )

    def for_inference(self) -> nn.Module:
        """Return the network with its batch norms folded into the convolutions."""
        return fold_norms(self.network)

    def options(self) -> dict[str, object]:
        """Return the digest of the weights and the architecture they fill."""
        return super().options() | self._architecture


class RDMCSmall(RDMC):
    """A narrow RDMC with weights of this project, for CPUs; arguments as `RDMC` has them."""

    facts = replace(FACTS, title="RDMC-S")
    known_weights: ClassVar[KnownWeights] = KNOWN_WEIGHTS
    shipped_weights: ClassVar[Path | None] = SMALL_WEIGHTS
    branch_channels: ClassVar[tuple[int, ...]] = SMALL_CHANNELS
