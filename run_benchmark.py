"""Run the rain benchmark: `python run_benchmark.py` for the built-in one, `--help` for the rest."""

import sys

from harness.cli import main

if __name__ == "__main__":
    sys.exit(main())
