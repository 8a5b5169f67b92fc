"""Networks whose conventions a graph's options must undo, and what a graph is compared by."""

import numpy as np
import torch
from picture_tensors import to_tensor
from torch import Tensor, nn

from harness.derainer import Derainer
from harness.device import Device
from harness.samples import Sample

MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.3, 0.4)


class Mixing(nn.Module):
    """Mixes the channels unevenly, so that their order shows."""

    def forward(self, rainy: Tensor) -> Tensor:
        first, second, third = rainy[:, 0:1], rainy[:, 1:2], rainy[:, 2:3]
        return torch.cat((first * 0.5, second, third * 0.25 + first * 0.5), 1)


class Encoded(nn.Module):
    """`Mixing` behind a normalisation that is undone after it."""

    def __init__(self, scale: float, offset: float, standardised: bool = False) -> None:
        super().__init__()
        self.inner, self.scale, self.offset = Mixing(), scale, offset
        self.register_buffer("mean", torch.tensor(MEAN if standardised else (0.0,) * 3))
        self.register_buffer("std", torch.tensor(STD if standardised else (1.0,) * 3))

    def forward(self, encoded: Tensor) -> Tensor:
        mean, std = self.mean.reshape(1, 3, 1, 1), self.std.reshape(1, 3, 1, 1)
        plain = (encoded * std + mean - self.offset) / self.scale
        return (self.inner(plain) * self.scale + self.offset - mean) / std


class Swapped(nn.Module):
    """`Mixing` of pictures in the order BGR."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = Mixing()

    def forward(self, rainy: Tensor) -> Tensor:
        return self.inner(rainy.flip(1)).flip(1)


class Residual(nn.Module):
    """What `Mixing` takes off, with levels from -1 to 1."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = Mixing()

    def forward(self, encoded: Tensor) -> Tensor:
        plain = (encoded + 1) / 2
        return 2 * (plain - self.inner(plain))


class Plain(nn.Module):
    """`Mixing` that takes levels to 255 and gives them to 1, as its second output."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = Mixing()

    def forward(self, rainy: Tensor) -> tuple[Tensor, Tensor]:
        return rainy + 1, self.inner(rainy / 255)


CONVENTIONS = {
    "none": (Mixing(), {}),
    "minus one to one": (Encoded(2, -1), {"value_range": (-1, 1)}),
    "mean and std": (Encoded(1, 0, standardised=True), {"mean": MEAN, "std": STD}),
    "255 and all": (
        Encoded(255, 0, standardised=True),
        {"value_range": (0, 255), "mean": MEAN, "std": STD},
    ),
    "BGR": (Swapped(), {"channel_order": "BGR"}),
    "residual": (Residual(), {"residual": True, "value_range": (-1, 1)}),
    "another range, second output": (
        Plain(),
        {"value_range": (0, 255), "output_range": (0, 1), "output": 1},
    ),
}
"""For each convention a network, and the options that make it equal to `Mixing`."""


def sample(size: tuple[int, int] = (40, 52)) -> Sample:
    """Return a picture of noise, always the same."""
    rng = np.random.default_rng(3)
    return Sample("x", rng.integers(0, 256, (*size, 3), dtype=np.uint8))


def assert_restores_alike(theirs: Derainer, ours: Derainer, device: Device, most: float) -> None:
    """Check that two derainers give the same pictures but for ``most``, and change them."""
    samples = [sample(), sample()]
    for derainer in (ours, theirs):
        derainer.place(device)
    for made, expected in zip(
        theirs.restore_samples(samples, device), ours.restore_samples(samples, device), strict=True
    ):
        assert torch.allclose(made, expected, atol=most)
        assert not torch.allclose(made, to_tensor(samples[0].rainy), atol=1e-2)
