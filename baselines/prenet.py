"""PReNet: PRN with a recurrent state between its stages, and PReNet_r, which repeats one block.

Dongwei Ren, Wangmeng Zuo, Qinghua Hu, Pengfei Zhu, Deyu Meng, "Progressive Image Deraining
Networks: A Better and Simpler Baseline", CVPR 2019, arXiv 1901.09221. The modules bear the names
of the authors' release, so that its checkpoints load as they are.
"""

from pathlib import Path
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from baselines.prn import PRN, refine
from baselines.published import PublishedDerainer, published
from baselines.stated_facts import OUR_PICTURES
from harness.derainer import DerainerFacts
from harness.provenance import KnownWeights

DEFAULT_WEIGHTS = Path(__file__).parent / "weights" / "prenet.pth"


class State(NamedTuple):
    """The ConvLSTM's memory between stages: two tensors of shape (N, C, H, W)."""

    hidden: Tensor
    cell: Tensor


class PReNet(PRN):
    """PRN whose stages pass on the state of a convolutional LSTM.

    Args:
        stages: How often the network is applied (the authors train and test with 6).
        channels: Width of the features (32 in the paper).
        recursive: Pass one block five times instead of five blocks (PReNet_r).
    """

    def __init__(self, stages: int = 6, channels: int = 32, recursive: bool = False) -> None:
        super().__init__(stages, channels, recursive)
        add_gates(self, 2 * channels, channels)

    def forward(self, rainy: Tensor) -> Tensor:
        """Restore; see `PRN.forward`."""
        estimate, state = rainy, None
        for stage in range(self.stages):
            features = self.conv0(torch.cat((rainy, estimate), 1))  # (N, C, H, W)
            state = empty_state(features) if state is None else state
            joined = torch.cat((features, state.hidden), 1)  # (N, 2C, H, W)
            state = remember(self, joined, state.cell)
            estimate = self.residual(refine(state.hidden, self.blocks()), stage) + rainy
        return estimate

    def residual(self, features: Tensor, stage: int) -> Tensor:
        """Return what a stage (from 0) adds to the rainy image, (N, 3, H, W)."""
        residual: Tensor = self.conv(features)
        return residual


def empty_state(features: Tensor) -> State:
    """Return the state before the first stage, which sees features of shape (N, C, H, W).

    In autocast the features have its precision and not that of the rainy image.
    """
    return State(torch.zeros_like(features), torch.zeros_like(features))


def add_gates(network: nn.Module, inputs: int, channels: int, suffix: str = "") -> None:
    """Give a network the four convolutions of a ConvLSTM under the authors' names."""
    for letter, activation in zip(
        "ifgo", (nn.Sigmoid, nn.Sigmoid, nn.Tanh, nn.Sigmoid), strict=True
    ):
        gate = nn.Sequential(nn.Conv2d(inputs, channels, 3, padding=1), activation())
        network.add_module(f"conv_{letter}{suffix}", gate)


def remember(network: nn.Module, joined: Tensor, cell: Tensor, suffix: str = "") -> State:
    """Take one step of the convolutional LSTM of `add_gates`.

    Args:
        network: Holds the gates.
        joined: Features and hidden state, concatenated; (N, inputs, H, W).
        cell: Of the previous state.
        suffix: Of the gates' names.
    """
    enter, keep, candidate, show = (
        network.get_submodule(f"conv_{letter}{suffix}")(joined) for letter in "ifgo"
    )
    cell = keep * cell + enter * candidate
    return State(show * torch.tanh(cell), cell)


OUR_WEIGHTS = "9ba59c9d8d1867c5167d3628cfb92e8c1c4f0ca06376e892b79fbd1910019015"
"""SHA-256 of the file that is shipped."""


class PReNetDerainer(PublishedDerainer):
    """PReNet with the weights of this project, or with any that fit.

    Arguments as `PublishedDerainer` has them.
    """

    known_weights: ClassVar[KnownWeights] = {**published("prenet"), OUR_WEIGHTS: OUR_PICTURES}
    shipped_weights: ClassVar[Path | None] = DEFAULT_WEIGHTS
    facts = DerainerFacts(
        title="PReNet",
        paper="Ren et al., CVPR 2019",
        year=2019,
        authors_quantiser="floor",
        version=2,
    )

    @staticmethod
    def build_network(stages: int = 6, channels: int = 32) -> PReNet:
        """Return an untrained network; see `PReNet`."""
        return PReNet(stages, channels)


class PReNetrDerainer(PublishedDerainer):
    """PReNet_r; arguments as `PublishedDerainer` has them."""

    known_weights: ClassVar[KnownWeights] = published("prenet-r")
    facts = DerainerFacts(
        title="PReNet_r", paper="Ren et al., CVPR 2019", year=2019, authors_quantiser="floor"
    )

    @staticmethod
    def build_network(stages: int = 6, channels: int = 32) -> PReNet:
        """Return an untrained network; see `PReNet`."""
        return PReNet(stages, channels, recursive=True)
