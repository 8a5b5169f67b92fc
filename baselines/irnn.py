"""Four-directional recurrences over a picture: how SPANet spreads context in one layer.

Sean Bell, Larry Zitnick, Kavita Bala, Ross Girshick, "Inside-Outside Net", CVPR 2016 (IRNN), with
one weight a channel as in Wang et al., "Spatial Attentive Single-Image Deraining with a High
Quality Real Rain Dataset", CVPR 2019, eq. 1.
"""

import torch
from torch import Tensor, nn


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
            (N, 4C, H, W): the ways up, right, down and left, one after the other.
        """
        columns = features.permute(2, 0, 1, 3)  # (H, N, C, W): a step goes to the next row
        rows = features.permute(3, 0, 1, 2)  # (W, N, C, H): a step goes to the next column
        down, up = self._sweep(columns, "down", "up")
        right, left = self._sweep(rows, "right", "left")
        vertical = [way.permute(1, 2, 0, 3) for way in (up, down)]
        horizontal = [way.permute(1, 2, 3, 0) for way in (right, left)]
        return torch.cat((vertical[0], horizontal[0], vertical[1], horizontal[1]), 1)

    def _sweep(self, steps: Tensor, forth: str, back: str) -> tuple[Tensor, Tensor]:
        """Go along the first axis of (L, N, C, M) forth and back, at once, for speed."""
        ways = [self.get_submodule(f"{direction}_weight") for direction in (forth, back)]
        weight, bias = (
            torch.stack([getattr(way, name).flatten() for way in ways])[:, None, :, None]
            for name in ("weight", "bias")
        )  # (2, 1, C, 1)
        both = torch.stack((steps, steps.flip(0)), 1)  # (L, 2, N, C, M)
        forth_sums, back_sums = relu_recurrence(both, weight, bias).unbind(1)
        return forth_sums, back_sums.flip(0)


def relu_recurrence(steps: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return h with h[0] = ReLU(x[0]) and h[i] = ReLU(weight h[i - 1] + bias + x[i]).

    Args:
        steps: x, with the steps along the first axis.
        weight: Broadcast over a step.
        bias: Likewise; the first step goes without it.

    >>> relu_recurrence(torch.tensor([1.0, -5.0, 2.0]), torch.tensor(2.0), torch.tensor(0.5))
    tensor([1.0000, 0.0000, 2.5000])
    """
    first, *others = steps.unbind()
    carried = torch.relu(first)
    results = [carried]
    for step in others:
        carried = torch.relu(torch.addcmul(step + bias, weight, carried))
        results.append(carried)
    return torch.stack(results)
