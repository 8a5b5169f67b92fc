"""The two rows that bound every table: the rainy image as it is, and the clean one."""

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor

from harness.derainer import Derainer, DerainerFacts
from harness.device import Device
from harness.errors import DerainerError, SampleError
from harness.samples import ImageArray, RainSet, Sample
from harness.terms import Bound


class Rainy(Derainer):
    """Leaves the picture alone: what a task reaches without any deraining.

    >>> Rainy().restore(torch.full((1, 3, 2, 2), 0.25)).unique().item()
    0.25
    """

    facts = DerainerFacts(title="Rainy input")
    bound: ClassVar[Bound | None] = "lower"
    is_reentrant: ClassVar[bool] = True

    def restore(self, rainy: Tensor) -> Tensor:
        """Return the input; see `Derainer.restore`."""
        return rainy

    def restore_samples(self, samples: Sequence[Sample], device: Device) -> list[Tensor]:
        """Return the rainy images, bit for bit.

        Returns:
            For each sample a (3, H, W) uint8 tensor.
        """
        return [_levels(sample.rainy) for sample in samples]


class Clean(Derainer):
    """Returns the scene without rain: what perfect deraining would give a task."""

    facts = DerainerFacts(title="Clean image")
    bound: ClassVar[Bound | None] = "upper"
    is_reentrant: ClassVar[bool] = True

    def refusal(self, rain_set: RainSet) -> str | None:
        """Refuse sets without clean images."""
        return None if rain_set.has_clean else f"{rain_set.name} has no clean images"

    def restore(self, rainy: Tensor) -> Tensor:
        """Refuse: the clean image cannot be had from the rainy one.

        Raises:
            DerainerError: Always; `restore_samples` is what this row is made of.
        """
        raise DerainerError("the clean row needs samples: call restore_samples, not restore")

    def restore_samples(self, samples: Sequence[Sample], device: Device) -> list[Tensor]:
        """Return the clean images, bit for bit.

        Returns:
            For each sample a (3, H, W) uint8 tensor.

        Raises:
            SampleError: If nobody knows how a sample looks without rain.
        """
        restored = []
        for sample in samples:
            if sample.clean is None:
                raise SampleError(
                    f"{sample.id}: has no clean image, so the clean row cannot be made of it; "
                    "leave `clean` out of the derainers of this rain set"
                )
            restored.append(_levels(sample.clean))
        return restored


def _levels(pixels: ImageArray) -> Tensor:
    """Turn (H, W, 3) uint8 into a (3, H, W) uint8 tensor of its own memory."""
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)
