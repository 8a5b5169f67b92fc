"""What a derainer restored as 8 bits: made and checked where it lies, and fetched at once."""

from collections.abc import Collection, Sequence

import torch
from torch import Tensor

from harness.derainer import levels
from harness.plugins.checks import all_finite, check_finite, check_restored
from harness.samples import ImageArray, Sample
from harness.terms import Quantiser


def fetched(
    images: Sequence[Tensor], samples: Sequence[Sample], quantisers: Collection[Quantiser]
) -> list[dict[Quantiser, ImageArray]]:
    """Return restored images as 8 bits, after the one wait for their device that this takes.

    Args:
        images: What ``restore_samples`` returned.
        samples: What it was given.
        quantisers: How an image is to become 8 bits.

    Returns:
        For each image, by quantiser, (H, W, 3) uint8.

    Raises:
        DerainerError: If they are no restored images of the samples, or not finite.
    """
    check_restored(images, samples)
    with torch.inference_mode():
        here = [image.to(images[0].device) for image in images]
        parts = [levels(image, one).flatten() for image in here for one in quantisers]
        finite = torch.stack([all_finite(image) for image in here]).all()
        everything = torch.cat([*parts, finite[None].to(torch.uint8)]).cpu().numpy()
    check_finite(bool(everything[-1]))
    pixels = iter(everything[:-1].reshape(-1, *samples[0].rainy.shape))
    return [{one: next(pixels) for one in quantisers} for _ in images]
