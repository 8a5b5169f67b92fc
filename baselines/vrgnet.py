"""The derain net of VRGNet: PReNet whose last stage gives a mean and a variance.

Hong Wang, Zongsheng Yue, Qi Xie, Qian Zhao, Yefeng Zheng, Deyu Meng, "From Rain Generation to Rain
Removal", CVPR 2021, arXiv 2008.03580. The paper trains it together with a generator of rain; what
restores is this network alone.
"""

from typing import ClassVar

from torch import Tensor, nn

from baselines.prenet import PReNet
from baselines.published import PublishedDerainer
from harness.derainer import DerainerFacts
from harness.provenance import KnownWeights, Provenance


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


def _authors(trained_on: str, file: str) -> Provenance:
    return Provenance(
        trained_on=trained_on,
        source="the authors' release, github.com/hongwang01/VRGNet",
        licence="none stated",
        file=file,
    )


class VRGNetDerainer(PublishedDerainer):
    """The derain net of VRGNet; arguments as `PublishedDerainer` has them."""

    known_weights: ClassVar[KnownWeights] = {
        "767bf9c96a755a0eb1a6bea4713ba3555134e8e0ee8f4681d80f89f870286837": _authors(
            "Rain100L", "for_syn/syn100lmodels/DerainNet_state_700.pt"
        ),
        "d571fdafb796cc90e9f9a18e380c449d1e66f537e066e498ba63f83e6079594c": _authors(
            "SPA-Data", "for_spa/spamodels/DerainNet_state_800.pt"
        ),
    }
    facts = DerainerFacts(
        title="VRGNet", paper="Wang et al., CVPR 2021", year=2021, authors_quantiser="floor"
    )

    @staticmethod
    def build_network(stages: int = 6, channels: int = 32) -> VRGNet:
        """Return an untrained network; see `VRGNet`."""
        return VRGNet(stages, channels)
