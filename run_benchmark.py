"""Run the rain benchmark: `python run_benchmark.py` for the built-in one, `--help` for the rest."""

from harness.cli.commands import command

if __name__ == "__main__":
    command()
