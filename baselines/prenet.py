"""PReNet: progressive stages of a small residual network that pass on a recurrent state.

Dongwei Ren, Wangmeng Zuo, Qinghua Hu, Pengfei Zhu, Deyu Meng, "Progressive Image Deraining
Networks: A Better and Simpler Baseline", CVPR 2019, arXiv 1901.09221. The modules bear the names
of the authors' release, so that its checkpoints load as they are.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from baselines.provenance import OUR_PICTURES, Provenance, facts_with
from harness.derainer import DerainerFacts, NetworkDerainer
from harness.digests import digest_file
from harness.weights import fit_state_dict, read_state_dict

DEFAULT_WEIGHTS = Path(__file__).parent / "weights" / "prenet.pth"

FACTS = DerainerFacts(
    title="PReNet",
    paper="Ren et al., CVPR 2019",
    year=2019,
    authors_quantiser="floor",
    version=2,
)


def _authors(trained_on: str) -> Provenance:
    return Provenance(
        trained_on=trained_on,
        source="the authors' release, github.com/csdwren/PReNet",
        licence="none stated",
    )


KNOWN_WEIGHTS: Mapping[str, Provenance] = {
    "127c0098787c5272f1f8583f6c5202e7ef674f750cd145a1691912a6d9e96210": _authors("Rain100H"),
    "cb9b743bb33cf6e5c56ba45f8ade93add46266dea9fa582e1934dc5eed942333": _authors("Rain100L"),
    "d5744dc2e35d73187a3f34936b3413884d293277073ffb78b961a78e65337879": _authors("Rain1400"),
    "cef889ca3daba79c6e96c7f13ecfd8cf823e105b8acf63efa8296b5020c27bed": _authors("RainHeavy"),
    "a1df2965e2e99081371210c678f63d95de95c40d87f556deb491dd064cb59a27": _authors("RainLight"),
    "9ba59c9d8d1867c5167d3628cfb92e8c1c4f0ca06376e892b79fbd1910019015": OUR_PICTURES,
}
"""What is known of a weight file, by the SHA-256 of its bytes."""


class State(NamedTuple):
    """The ConvLSTM's memory between stages: two tensors of shape (N, C, H, W)."""

    hidden: Tensor
    cell: Tensor


class PReNet(nn.Module):
    """Six stages with shared weights; each sees the rainy image and the previous estimate.

    Args:
        stages: How often the network is applied (the authors train and test with 6).
        channels: Width of the features (32 in the paper).
    """

    def __init__(self, stages: int = 6, channels: int = 32) -> None:
        super().__init__()
        self.stages = stages
        self.channels = channels
        self.conv0 = nn.Sequential(nn.Conv2d(6, channels, 3, padding=1), nn.ReLU())
        self.res_conv1 = _residual(channels)
        self.res_conv2 = _residual(channels)
        self.res_conv3 = _residual(channels)
        self.res_conv4 = _residual(channels)
        self.res_conv5 = _residual(channels)
        self.conv_i = _gate(channels, nn.Sigmoid())
        self.conv_f = _gate(channels, nn.Sigmoid())
        self.conv_g = _gate(channels, nn.Tanh())
        self.conv_o = _gate(channels, nn.Sigmoid())
        self.conv = nn.Sequential(nn.Conv2d(channels, 3, 3, padding=1))

    def forward(self, rainy: Tensor) -> Tensor:
        """Restore.

        Args:
            rainy: (N, 3, H, W) in [0, 1].

        Returns:
            The last stage's estimate, of the same shape, not clipped.
        """
        estimate, state = rainy, None
        for _ in range(self.stages):
            estimate, state = self._stage(rainy, estimate, state)
        return estimate

    def _stage(self, rainy: Tensor, estimate: Tensor, state: State | None) -> tuple[Tensor, State]:
        features = self.conv0(torch.cat((rainy, estimate), 1))  # (N, C, H, W)
        if state is None:  # nothing yet; in autocast of the features' precision, not float32
            state = State(torch.zeros_like(features), torch.zeros_like(features))
        state = self._remember(features, state)
        features = state.hidden
        for block in (
            self.res_conv1,
            self.res_conv2,
            self.res_conv3,
            self.res_conv4,
            self.res_conv5,
        ):
            features = torch.relu(block(features) + features)
        return self.conv(features) + rainy, state

    def _remember(self, features: Tensor, state: State) -> State:
        """Take one step of the convolutional LSTM."""
        joined = torch.cat((features, state.hidden), 1)  # (N, 2C, H, W)
        cell = self.conv_f(joined) * state.cell + self.conv_i(joined) * self.conv_g(joined)
        return State(self.conv_o(joined) * torch.tanh(cell), cell)


def _residual(channels: int) -> nn.Sequential:
    """Return two convolutions, each followed by a ReLU; the sum with the input comes after."""
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(channels, channels, 3, padding=1),
        nn.ReLU(),
    )


def _gate(channels: int, activation: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(2 * channels, channels, 3, padding=1), activation)


class PReNetDerainer(NetworkDerainer):
    """PReNet with the weights of this project, or with any that fit.

    Args:
        weights: A checkpoint; by default the one that this project trained on its own rendered
            streets.
        trust: Unpickle objects other than tensors, which runs any code in the file.

    Raises:
        DerainerError: If the file is missing, damaged or holds another network's tensors.
    """

    facts = FACTS

    def __init__(self, weights: Path | None = None, trust: bool = False) -> None:
        path = DEFAULT_WEIGHTS if weights is None else weights
        network = self.build_network()
        fit_state_dict(network, read_state_dict(path, trust), path)
        self.network = network.eval()
        self.weights_digest = digest_file(path)
        self.facts = facts_with(type(self).facts, KNOWN_WEIGHTS, self.weights_digest)

    @staticmethod
    def build_network(stages: int = 6, channels: int = 32) -> PReNet:
        """Return an untrained network, for the trainer; see `PReNet`."""
        return PReNet(stages, channels)
