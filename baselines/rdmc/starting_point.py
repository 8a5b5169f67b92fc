"""The weights of ``rdmc-s``, made ready to learn the recursion over scales.

    python -m baselines.rdmc.starting_point work_dirs/rdmc_multiscale_start.pth

writes them; `baselines.rdmc.one_scale_weights` says what is done to them.
"""

import sys
from pathlib import Path

import torch

from baselines.rdmc.derainer import SMALL_WEIGHTS
from baselines.rdmc.one_scale_weights import looking_at_the_estimate
from harness.weights import read_state_dict


def write_starting_point(target: Path, weights: Path = SMALL_WEIGHTS) -> None:
    """Write the changed weights of a file, its folder made if need be."""
    target.parent.mkdir(parents=True, exist_ok=True)
    torch.save(looking_at_the_estimate(read_state_dict(weights)), target)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("name one file to write: python -m baselines.rdmc.starting_point FILE.pth")
    write_starting_point(Path(sys.argv[1]))
