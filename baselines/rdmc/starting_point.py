"""Weights that were trained at one scale, made ready to learn the recursion over scales.

    python -m baselines.rdmc.starting_point work_dirs/rdmc_multiscale/start.pth

writes those of ``rdmc-s`` so. Trained alone, a first pass sees the rainy image twice, and what it
takes from either copy is chance. Here all of it is taken from the estimate: the first pass stays
what it was, and every later one treats what was restored so far as it treated a rainy image.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from baselines.rdmc.derainer import SMALL_WEIGHTS
from harness.weights import read_state_dict


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


def write_starting_point(target: Path, weights: Path = SMALL_WEIGHTS) -> None:
    """Write the changed weights of a file, its folder made if need be."""
    target.parent.mkdir(parents=True, exist_ok=True)
    torch.save(looking_at_the_estimate(read_state_dict(weights)), target)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("name one file to write: python -m baselines.rdmc.starting_point FILE.pth")
    write_starting_point(Path(sys.argv[1]))
