"""Pictures as tensors, by hand."""

import torch
from torch import Tensor

from harness.samples import ImageArray


def to_tensor(pixels: ImageArray) -> Tensor:
    """Turn (H, W, 3) uint8 into (3, H, W) float32 in [0, 1]."""
    return torch.tensor(pixels).permute(2, 0, 1).float() / 255
