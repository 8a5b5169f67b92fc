"""Copies the published weights that the GPU scripts use, for a machine that has none.

    python -m tools.gpu.carried_weights FOLDER

They are looked for by name, in RDMC_BENCH_WEIGHTS and in the cache.
"""

import argparse
import shutil
from pathlib import Path

from tools.gpu.subjects import subjects

LARGEST = 16_000_000
"""Bytes of a file that is carried; the repository and all that goes with it must stay small."""


def main() -> None:
    """Copy what is there, and name what is not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    for subject in subjects():
        weights = subject.options.get("weights")
        if weights is None:
            continue
        if subject.missing_weights:
            print(f"left out: {weights.name} is not there")
        elif weights.stat().st_size > LARGEST:
            print(f"left out: {weights.name} is larger than {LARGEST} bytes")
        else:
            shutil.copy(weights, folder)


if __name__ == "__main__":
    main()
