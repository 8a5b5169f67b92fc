"""How much a network computes: multiply-accumulates, counted without computing them."""

import copy

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def count_macs(network: nn.Module, height: int, width: int) -> int:
    """Return the multiply-accumulates of convolutions and matrix products on one picture.

    They are half of the floating-point operations of PyTorch's own counter, which counts a
    multiplication and an addition for each. Nothing is computed: only shapes pass through.

    Args:
        network: Maps (N, 3, H, W) to (N, 3, H, W); it is left untouched.
        height: Of the picture, in pixels, such as the network takes it.
        width: Likewise.

    >>> count_macs(nn.Conv2d(3, 8, 3, padding=1), 10, 20)
    43200
    """
    shapes_only = copy.deepcopy(network).to("meta")
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        shapes_only(torch.empty(1, 3, height, width, device="meta"))
    return counter.get_total_flops() // 2
