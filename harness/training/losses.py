"""What a restored image is compared by in training: pixels, structure, edges, features.

Every loss takes float tensors (N, 3, H, W) in [0, 1] and returns one number to be minimised.
"""

from collections.abc import Callable, Sequence
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor

SSIM_WINDOW = 11
SSIM_SIGMA = 1.5
SSIM_C1 = 0.01**2
SSIM_C2 = 0.03**2

PYRAMID_WINDOW = (0.05, 0.25, 0.4, 0.25, 0.05)
EDGE_EPSILON = 1e-3

FeatureExtractor = Callable[[Tensor], Sequence[Tensor]]
"""Turns (N, 3, H, W) RGB in [0, 1] into features of several levels."""


def l1_loss(restored: Tensor, clean: Tensor) -> Tensor:
    """Return the mean absolute difference.

    >>> l1_loss(torch.zeros(1, 3, 4, 4), torch.ones(1, 3, 4, 4)).item()
    1.0
    """
    return F.l1_loss(restored, clean)


def mse_loss(restored: Tensor, clean: Tensor) -> Tensor:
    """Return the mean squared difference.

    >>> mse_loss(torch.zeros(1, 3, 4, 4), torch.full((1, 3, 4, 4), 0.5)).item()
    0.25
    """
    return F.mse_loss(restored, clean)


def ssim_loss(restored: Tensor, clean: Tensor) -> Tensor:
    """Return one minus the mean SSIM, 0 for equal images.

    >>> ssim_loss(torch.ones(1, 3, 16, 16), torch.ones(1, 3, 16, 16)).item()
    0.0
    """
    return 1 - ssim(restored, clean).mean()


def edge_loss(restored: Tensor, clean: Tensor) -> Tensor:
    """Return the mean Charbonnier distance of the Laplacians, `EDGE_EPSILON` for equal images.

    The edge loss of Zamir et al., "Multi-Stage Progressive Image Restoration" (MPRNet), CVPR 2021,
    equation 4. The Laplacian is the finest level of the pyramid of Burt and Adelson (1983), as in
    their code: the image less what is left of it after halving and doubling its size. Theirs
    repeats the border, which costs a difference of brightness there; ours mirrors it.

    >>> round(edge_loss(torch.zeros(1, 3, 8, 8), torch.ones(1, 3, 8, 8)).item(), 4)
    0.001
    """
    difference = laplacian(restored - clean)  # the Laplacian is linear
    return (difference.square() + EDGE_EPSILON**2).sqrt().mean()


def laplacian(images: Tensor) -> Tensor:
    """Return the finest level of the Laplacian pyramid of (N, C, H, W) images."""
    planes = images.flatten(0, 1)[:, None]
    halved = _pyramid_mean(planes)[..., ::2, ::2]
    doubled = torch.zeros_like(planes)
    doubled[..., ::2, ::2] = 4 * halved
    return (planes - _pyramid_mean(doubled)).reshape(images.shape)


def _pyramid_mean(planes: Tensor) -> Tensor:
    """Weigh the 5x5 neighbourhood of each pixel of (N, 1, H, W); the border mirrors."""
    window = torch.tensor(PYRAMID_WINDOW, dtype=planes.dtype, device=planes.device)
    padded = F.pad(planes, (2, 2, 2, 2), mode="reflect")
    rows = F.conv2d(padded, window.reshape(1, 1, -1, 1))
    return F.conv2d(rows, window.reshape(1, 1, 1, -1))


def ssim(restored: Tensor, clean: Tensor) -> Tensor:
    """Structural similarity of each image, over its channels and its valid region.

    Wang et al., "Image quality assessment: from error visibility to structural similarity", IEEE
    TIP 2004: Gaussian window of 11x11 and sigma 1.5, K1 = 0.01, K2 = 0.03, range 1.

    Args:
        restored: (N, C, H, W), both sides at least 11.
        clean: Likewise.

    Returns:
        (N,) in [-1, 1].

    Raises:
        ValueError: If the images are smaller than the window.
    """
    if min(restored.shape[-2:]) < SSIM_WINDOW:
        raise ValueError(
            f"SSIM needs images of {SSIM_WINDOW}x{SSIM_WINDOW} or more, these are "
            f"{restored.shape[-2]}x{restored.shape[-1]}: train on larger patches"
        )
    count = restored.shape[0]
    planes = torch.cat(
        (restored, clean, restored * restored, clean * clean, restored * clean)
    )  # (5N, C, H, W)
    means = _gaussian_mean(planes)
    mean_r, mean_c, mean_rr, mean_cc, mean_rc = means.reshape(5, count, -1)
    variance_r = mean_rr - mean_r * mean_r
    variance_c = mean_cc - mean_c * mean_c
    covariance = mean_rc - mean_r * mean_c
    luminance = (2 * mean_r * mean_c + SSIM_C1) / (mean_r**2 + mean_c**2 + SSIM_C1)
    structure = (2 * covariance + SSIM_C2) / (variance_r + variance_c + SSIM_C2)
    return cast(Tensor, (luminance * structure).mean(1))


def _gaussian_mean(planes: Tensor) -> Tensor:
    """Weigh the neighbourhood of each pixel of (..., H, W), valid region only.

    Two products with banded matrices: on a CPU many times as fast as convolutions of one channel.
    """
    at = torch.arange(SSIM_WINDOW, dtype=planes.dtype, device=planes.device) - SSIM_WINDOW // 2
    window = torch.exp(-(at**2) / (2 * SSIM_SIGMA**2))
    window = window / window.sum()
    height, width = planes.shape[-2:]
    return _banded(window, height) @ planes @ _banded(window, width).T


def _banded(window: Tensor, size: int) -> Tensor:
    """Return the matrix whose product with a column of ``size`` slides the window along it."""
    steps = size - len(window) + 1
    matrix = window.new_zeros(steps, size)
    for offset, weight in enumerate(window):
        matrix.diagonal(offset).fill_(weight)
    return matrix


class ContrastivePrior:
    """Pulls the restored image to the clean one and pushes it from the rainy one.

    The loss is D(restored, clean) / D(restored, rainy), with D the weighted L1 distance between
    features (the term of DRNet, github.com/Jzy2017/DRNet, after Wu et al., "Contrastive Learning
    for Compact Single Image Dehazing", CVPR 2021; that RDMC's is the same is an inference). As in
    both, each distance is averaged over the batch before one is divided by the other: an image
    that rain hardly touched has a ratio without bound, which would rule the gradient. With
    several rainy versions of a picture its distance is the mean of those to each. The gradient
    flows through the restored image and never through its targets.

    It is no module, so that the extractor's weights stay out of what is trained and saved.

    Args:
        extractor: Makes the features; it is frozen by whoever built it.
        weights: Of its levels, fine to coarse.
    """

    def __init__(self, extractor: FeatureExtractor, weights: Sequence[float]) -> None:
        self.extractor = extractor
        self.weights = tuple(weights)

    def __call__(
        self, restored: Tensor, clean: Tensor, rainy: Tensor, others: Tensor | None = None
    ) -> Tensor:
        """Return the loss.

        Args:
            restored: (N, 3, H, W) in [0, 1], with gradient.
            clean: Likewise; the positive.
            rainy: Likewise; a negative.
            others: (N, K, 3, H, W) further negatives.
        """
        negatives = rainy[:, None]
        if others is not None:
            negatives = torch.cat((negatives, others), dim=1)  # (N, 1 + K, 3, H, W)
        count = negatives.shape[1]
        with torch.no_grad():
            positive = self.extractor(clean.detach())
            negative = self.extractor(negatives.detach().flatten(0, 1))
        anchor = self.extractor(restored)
        to_clean = self.distance(anchor, positive)
        repeated = [level.repeat_interleave(count, dim=0) for level in anchor]
        to_rainy = self.distance(repeated, negative)
        return to_clean.mean() / (to_rainy.mean() + 1e-7)

    def distance(self, first: Sequence[Tensor], second: Sequence[Tensor]) -> Tensor:
        """Return the weighted L1 distance of each image's features, (N,).

        Raises:
            ValueError: If the extractor gives another number of levels than there are weights.
        """
        if len(first) != len(self.weights):
            raise ValueError(
                f"the feature extractor gives {len(first)} levels for {len(self.weights)} weights"
            )
        distances = [
            weight * (a - b).abs().flatten(1).mean(1)
            for weight, a, b in zip(self.weights, first, second, strict=True)
        ]
        return cast(Tensor, sum(distances))
