"""PReNet: PRN with a recurrent state between its stages, and PReNet_r, which repeats one block.

Dongwei Ren, Wangmeng Zuo, Qinghua Hu, Pengfei Zhu, Deyu Meng, "Progressive Image Deraining
Networks: A Better and Simpler Baseline", CVPR 2019, arXiv 1901.09221. The modules bear the names
of the authors' release, so that its checkpoints load as they are.
"""

from pathlib import Path
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from baselines.prn import PRN, authors, refine
from baselines.published import PublishedDerainer
from baselines.stated_facts import OUR_PICTURES
from harness.derainer import DerainerFacts
from harness.provenance import KnownWeights, Provenance

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


def _renewed(trained_on: str) -> Provenance:
    """Return the provenance of the authors' later weights for the renewed data sets."""
    return Provenance(
        trained_on=trained_on,
        source="the authors' later release, github.com/csdwren/RecDerain",
        licence="none stated",
        file=f"logs/{trained_on}/PReNet/net_latest.pth",
    )


KNOWN_WEIGHTS: KnownWeights = {
    "127c0098787c5272f1f8583f6c5202e7ef674f750cd145a1691912a6d9e96210": authors(
        "Rain100H", "Rain100H/PReNet6"
    ),
    "cb9b743bb33cf6e5c56ba45f8ade93add46266dea9fa582e1934dc5eed942333": authors(
        "Rain100L", "Rain100L/PReNet6"
    ),
    "d5744dc2e35d73187a3f34936b3413884d293277073ffb78b961a78e65337879": authors(
        "Rain1400", "Rain1400/PReNet6"
    ),
    "cef889ca3daba79c6e96c7f13ecfd8cf823e105b8acf63efa8296b5020c27bed": _renewed("RainHeavy"),
    "a1df2965e2e99081371210c678f63d95de95c40d87f556deb491dd064cb59a27": _renewed("RainLight"),
    "9ba59c9d8d1867c5167d3628cfb92e8c1c4f0ca06376e892b79fbd1910019015": OUR_PICTURES,
}


class PReNetDerainer(PublishedDerainer):
    """PReNet with the weights of this project, or with any that fit.

    Arguments as `PublishedDerainer` has them.
    """

    known_weights: ClassVar[KnownWeights] = KNOWN_WEIGHTS
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

    known_weights: ClassVar[KnownWeights] = {
        "ece8127c651cf49026d998fa36857cb9d462c92cf535b640a377fc025f765b5f": authors(
            "Rain100H", "Rain100H/PReNet6_r"
        ),
        "31dd4419cdb0f4da623d974747113d60e2c22803598c39dcf03d789f86a7f62b": authors(
            "Rain100L", "Rain100L/PReNet6_r"
        ),
    }
    facts = DerainerFacts(
        title="PReNet_r", paper="Ren et al., CVPR 2019", year=2019, authors_quantiser="floor"
    )

    @staticmethod
    def build_network(stages: int = 6, channels: int = 32) -> PReNet:
        """Return an untrained network; see `PReNet`."""
        return PReNet(stages, channels, recursive=True)
