"""Four-directional recurrences over a picture: how SPANet spreads context in one layer.

Sean Bell, Larry Zitnick, Kavita Bala, Ross Girshick, "Inside-Outside Net", CVPR 2016 (IRNN), with
one weight a channel as in Wang et al., "Spatial Attentive Single-Image Deraining with a High
Quality Real Rain Dataset", CVPR 2019, eq. 1.
"""

from collections.abc import Iterable, Iterator

import torch
from torch import Tensor, nn

WAYS = (("up", 1, True), ("right", 2, False), ("down", 1, False), ("left", 2, True))
"""In the order of their results: direction, axis of (N, H, W, C), whether it ends at index 0."""


class FourDirections(nn.Module):
    """From each edge of the picture a ReLU recurrence of each channel with itself.

    The modules bear the names of SPANet's release: ``up_weight`` belongs to the recurrence that
    goes up, from the bottom edge, and so on. Each holds a weight and a bias for every channel.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        for direction in ("left", "right", "up", "down"):
            self.add_module(
                f"{direction}_weight", nn.Conv2d(channels, channels, 1, groups=channels)
            )

    def forward(self, features: Tensor) -> Tensor:
        """Run all four.

        Args:
            features: (N, C, H, W).

        Returns:
            (N, 4C, H, W), in the channels_last layout: the ways up, right, down and left, one after
            the other.
        """
        pixels = features.permute(0, 2, 3, 1)
        kind = torch.result_type(features, next(self.parameters()))
        sums = pixels.new_empty((*pixels.shape[:3], len(WAYS), pixels.shape[3]), dtype=kind)
        for number, (direction, axis, is_back) in enumerate(WAYS):
            way = self.get_submodule(f"{direction}_weight")
            weight, bias = (getattr(way, name).flatten() for name in ("weight", "bias"))
            order = range(pixels.shape[axis])[:: -1 if is_back else 1]
            lines = (pixels.select(axis, index) for index in order)  # (N, W or H, C) each
            results = relu_recurrence(lines, weight, bias)
            for index, result in zip(order, results, strict=True):
                sums.select(3, number).select(axis, index).copy_(result)
        return sums.flatten(3).permute(0, 3, 1, 2)


def relu_recurrence(steps: Iterable[Tensor], weight: Tensor, bias: Tensor) -> Iterator[Tensor]:
    """Yield h with h[0] = ReLU(x[0]) and h[i] = ReLU(weight h[i - 1] + bias + x[i]).

    Args:
        steps: x.
        weight: Broadcast over a step.
        bias: Likewise; the first step goes without it.

    >>> steps = torch.tensor([1.0, -5.0, 2.0])
    >>> [*relu_recurrence(steps, torch.tensor(2.0), torch.tensor(0.5))]
    [tensor(1.), tensor(0.), tensor(2.5000)]
    """
    carried = None
    for step in steps:
        total = step if carried is None else torch.addcmul(step + bias, weight, carried)
        carried = torch.relu(total)
        yield carried
