"""What a model answered about a batch, fetched from its device after one wait."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor


def fetched(answers: Sequence[Tensor]) -> list[npt.NDArray[Any]]:
    """Return tensors as arrays of their shapes.

    Args:
        answers: All of one type, on one device.
    """
    if not answers:
        return []
    everything = torch.cat([one.flatten() for one in answers]).cpu().numpy()
    ends = np.cumsum([one.numel() for one in answers])
    parts = np.split(everything, ends[:-1])
    return [part.reshape(one.shape) for part, one in zip(parts, answers, strict=True)]
