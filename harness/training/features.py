"""Feature extractors of the contrastive prior: trained ones only, frozen.

Either VGG-19 with ImageNet weights from a file or a URL, or the backbone of a detector. Where
neither is named there is an error; features of random weights would train without saying so.
"""

from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from harness.downloads import fetch
from harness.errors import ConfigError, DerainerError
from harness.weights import read_state_dict

VGG_TAPS = (1, 3, 5, 9, 13)
"""Modules of VGG-19's ``features`` whose outputs are compared (DRNet)."""

VGG_WEIGHTS = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0)
"""Weights of those outputs (DRNet)."""

WITHOUT_NETWORK = (
    "without a network, put the file here and give its path as `vgg19`, or name a `detector` such "
    "as rtmdet_streets, whose weights are shipped"
)

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class Extractor(NamedTuple):
    """A frozen network that gives features, and how much each level counts.

    Attributes:
        network: Maps (N, 3, H, W) RGB in [0, 1] to a list of features.
        weights: One a level.
    """

    network: nn.Module
    weights: tuple[float, ...]


class VGGFeatures(nn.Module):
    """The first layers of VGG-19 (Simonyan and Zisserman, ICLR 2015), tapped at `VGG_TAPS`.

    Args:
        weights: A checkpoint of torchvision's ``vgg19`` or of mmcv's ``VGG(19)``.

    Raises:
        DerainerError: If the file is unreadable or lacks a layer.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, weights: Path) -> None:
        super().__init__()
        from mmcv.cnn import VGG

        layers = VGG(19).features[: VGG_TAPS[-1] + 1]
        tensors = {
            key.removeprefix("features."): value
            for key, value in read_state_dict(weights).items()
            if key.startswith("features.")
        }
        missing = [key for key in layers.state_dict() if key not in tensors]
        if missing:
            raise DerainerError(f"{weights}: no weights of VGG-19 (features.{missing[0]} missing)")
        layers.load_state_dict({key: tensors[key] for key in layers.state_dict()})
        self.layers = layers
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).reshape(3, 1, 1))
        self.register_buffer("std", torch.tensor(IMAGENET_STD).reshape(3, 1, 1))

    def forward(self, images: Tensor) -> list[Tensor]:
        """Return five features of (N, 3, H, W) RGB in [0, 1]."""
        features = (images - self.mean) / self.std
        taps = []
        for index, layer in enumerate(self.layers):
            features = layer(features)
            if index in VGG_TAPS:
                # mmcv's ReLU works in place and would overwrite a tapped convolution's output
                taps.append(features.clone() if isinstance(layer, nn.Conv2d) else features)
        return taps


class BackboneFeatures(nn.Module):
    """The backbone of a mmdetection detector behind the detector's own normalisation.

    Args:
        detector: A built detector with ``backbone`` and ``data_preprocessor``.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, detector: Any) -> None:
        super().__init__()
        preprocessor = detector.data_preprocessor
        mean, std = preprocessor.mean.reshape(3, 1, 1), preprocessor.std.reshape(3, 1, 1)
        self.backbone = detector.backbone
        self.bgr = not preprocessor._channel_conversion  # pipelines read BGR
        self.register_buffer("mean", mean.clone().float())
        self.register_buffer("std", std.clone().float())

    def forward(self, images: Tensor) -> list[Tensor]:
        """Return the backbone's features of (N, 3, H, W) RGB in [0, 1], fine to coarse."""
        levels = 255 * (images.flip(1) if self.bgr else images)
        return list(self.backbone((levels - self.mean) / self.std))


def build_extractor(
    vgg19: Path | str | None, detector: str | None, detector_weights: Path | None
) -> Extractor:
    """Build the extractor that the settings name.

    Args:
        vgg19: Weights of VGG-19: a file, or a URL as text.
        detector: A mmdetection config: a path, or a name that `tasks.mm_models` knows.
        detector_weights: Its weights; those that this project ships for it where None.

    Raises:
        ConfigError: If both or none are named.
        DerainerError: If the weights of VGG-19 do not fit or cannot be fetched.
        TaskError: If the detector cannot be built.
    """
    if (vgg19 is None) == (detector is None):
        raise ConfigError(
            "losses.contrastive: needs trained features, from exactly one of `vgg19` (the ImageNet "
            "weights of VGG-19, a file or a URL) and `detector` (a mmdetection config, such as "
            "rtmdet_streets); without either, leave `contrastive` out"
        )
    if vgg19 is not None:
        weights = fetch(vgg19, WITHOUT_NETWORK) if isinstance(vgg19, str) else vgg19
        return Extractor(_frozen(VGGFeatures(weights)), VGG_WEIGHTS)
    from tasks.mm_models import build_model

    model = build_model(str(detector), "mmdet", detector_weights, False, {})
    network = _frozen(BackboneFeatures(model.network))
    with torch.no_grad():
        levels = len(network(torch.zeros(1, 3, 64, 64)))
    return Extractor(network, (1 / levels,) * levels)


def _frozen(network: nn.Module) -> nn.Module:
    return network.requires_grad_(False).eval()
