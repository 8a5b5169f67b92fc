"""Smaller versions of a picture, and the way of a correction from one to the next larger (ours)."""

import torch.nn.functional as F
from torch import Tensor

from baselines.rdmc.blocks import double


def shrunk(pictures: Tensor, scales: int) -> list[Tensor]:
    """Return (N, C, H, W) pictures at each scale, the full size first, each half the one before.

    Each pixel is the mean of four; a side of odd length keeps its last row or column.

    >>> import torch
    >>> [tuple(level.shape[-2:]) for level in shrunk(torch.zeros(1, 3, 45, 80), 3)]
    [(45, 80), (23, 40), (12, 20)]
    """
    levels = [pictures]
    for _ in range(scales - 1):
        levels.append(F.avg_pool2d(levels[-1], 2, ceil_mode=True))
    return levels


def carried_over(residual: Tensor, picture: Tensor) -> Tensor:
    """Double what was corrected on a picture of half the size, (N, C, ceil(H/2), ceil(W/2)).

    The correction alone is interpolated, so that the larger picture keeps its detail.

    Returns:
        (N, C, H, W), as large as ``picture``.
    """
    height, width = picture.shape[-2:]
    return double(residual, "bilinear")[..., :height, :width]


def padded_to_multiple(pictures: Tensor, multiple: int) -> Tensor:
    """Repeat the last row and column until both sides are multiples of ``multiple``."""
    height, width = pictures.shape[-2:]
    rows, columns = -height % multiple, -width % multiple
    if not rows and not columns:
        return pictures
    return F.pad(pictures, (0, columns, 0, rows), mode="replicate")
