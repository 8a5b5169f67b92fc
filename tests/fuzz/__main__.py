"""The long form: ``python -m tests.fuzz --minutes 10``; chance chooses anew in each round."""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path


def main() -> int:
    """Run the fuzz tests round after round, until the time is over or something is found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1, help="of the first round")
    options, others = parser.parse_known_args()
    end = time.monotonic() + 60 * options.minutes
    seed = options.seed
    while time.monotonic() < end:
        command = [sys.executable, "-m", "pytest", "-q", f"--hypothesis-seed={seed}", *others]
        rounds = subprocess.run(
            [*command, str(Path(__file__).parent)],
            env={**os.environ, "RDMC_FUZZ_SEED": str(seed)},
            check=False,
        )
        print(f"round of seed {seed}: status {rounds.returncode}", flush=True)
        if rounds.returncode:
            return rounds.returncode
        seed += 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
