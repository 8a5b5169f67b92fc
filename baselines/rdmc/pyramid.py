"""Smaller versions of a picture, and the way of a correction from one to the next larger (ours)."""

from typing import Annotated, Literal

import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from baselines.rdmc.blocks import double

Scales = Annotated[int, Field(ge=1, le=6)] | Literal["auto"]
"""At how many sizes a picture is restored, each half the one before; ``auto``: see `scales_of`."""

FEWEST_LINES = 270
"""Of the smallest version under ``auto``. The weights of ``rdmc-s`` learned on 224 lines and lose
2.8 dB at 240 lines by beginning at 120, nothing at 360 by beginning at 180, and win 5 dB at 720 by
beginning at 360. Pictures of 512 lines, of which many public sets are made, hold streaks as fine as
those of 320: begun at 256 they lose 1.3 dB."""


def scales_of(scales: Scales, height: int, width: int) -> int:
    """Return at how many sizes a picture is restored.

    Args:
        scales: A number, or ``auto`` for as many as leave the shorter side of the smallest version
            `FEWEST_LINES` long.
        height: Of the picture, in pixels.
        width: Likewise.

    >>> [scales_of("auto", lines, 2 * lines) for lines in (100, 240, 360, 480, 720, 1080, 2160)]
    [1, 1, 1, 1, 2, 3, 4]
    """
    if scales == "auto":
        shorter = int(min(height, width))  # a number also where the network is being traced
        return max(1, (shorter // FEWEST_LINES).bit_length())
    return scales


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
