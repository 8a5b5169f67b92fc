"""The derain net of VRGNet: PReNet whose last stage gives a mean and a variance.

Hong Wang, Zongsheng Yue, Qi Xie, Qian Zhao, Yefeng Zheng, Deyu Meng, "From Rain Generation to Rain
Removal", CVPR 2021, arXiv 2008.03580. The paper trains it together with a generator of rain; what
restores is this network alone.
"""

from typing import ClassVar

from torch import Tensor, nn

from baselines.prenet import PReNet
from baselines.published import PublishedDerainer, published
from harness.derainer import DerainerFacts
from harness.provenance import KnownWeights


class VRGNet(PReNet):
    """PReNet with another head for its last stage.

    That head's first three channels, added to the rainy image, are the mean of the restored image;
    the other three, its log-variance, serve the paper's loss alone.

    Args:
        stages: How often the network is applied (6 in the paper).
        channels: Width of the features (32 in the paper).
    """

    def __init__(self, stages: int = 6, channels: int = 32) -> None:
        super().__init__(stages, channels)
        self.convfinal = nn.Sequential(nn.Conv2d(channels, 6, 3, padding=1))

    def residual(self, features: Tensor, stage: int) -> Tensor:
        """Return what a stage adds to the rainy image; see `PReNet.residual`."""
        if stage < self.stages - 1:
            return super().residual(features, stage)
        mean_and_variance: Tensor = self.convfinal(features)  # (N, 6, H, W)
        return mean_and_variance[:, :3]


class VRGNetDerainer(PublishedDerainer):
    """The derain net of VRGNet; arguments as `PublishedDerainer` has them."""

    known_weights: ClassVar[KnownWeights] = published("vrgnet")
    facts = DerainerFacts(
        title="VRGNet", paper="Wang et al., CVPR 2021", year=2021, authors_quantiser="floor"
    )

    @staticmethod
    def build_network(stages: int = 6, channels: int = 32) -> VRGNet:
        """Return an untrained network; see `VRGNet`."""
        return VRGNet(stages, channels)
