"""Weights that were trained at one scale, made to take part in a recursion over scales (ours).

Trained at one scale, a first pass sees the rainy image twice, and what it takes from either copy is
chance. Here all of it is taken from the estimate: the first pass stays what it was, and every later
one treats what was restored so far as it treated a rainy image.
"""

from collections.abc import Mapping

import torch
from torch import Tensor


def looking_at_the_estimate(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights with what they take from the rainy image taken from the estimate.

    Args:
        tensors: The ``state_dict`` of an `RDMCNetwork`.

    Returns:
        A copy in which every convolution of the joined input is changed.
    """
    changed = dict(tensors)
    for name, weight in tensors.items():
        if sees_the_input(name):
            rainy, estimate = weight.chunk(2, dim=1)  # (outputs, 3, k, k) each
            changed[name] = torch.cat((torch.zeros_like(rainy), rainy + estimate), 1)
    return changed


def sees_the_input(name: str) -> bool:
    """Say whether a tensor belongs to a convolution of the rainy image and the estimate.

    >>> sees_the_input("encoders.2.levels.0.first.weight")
    True
    >>> sees_the_input("encoders.2.levels.1.first.weight")
    False
    """
    in_encoder = name.startswith("encoders.") and name.endswith(".levels.0.first.weight")
    return in_encoder or name == "decoder.finer.0.path.conv.weight"
