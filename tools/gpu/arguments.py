"""The arguments that every stage of a GPU run takes."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class StageArguments:
    """How a stage is called.

    Attributes:
        out: The folder of the run, which receives the findings.
        device: Where the models run: ``cpu`` tries the script, and shows nothing of a GPU.
        tiny: Take little of everything, so that all of it is through in minutes on a CPU.
        seconds: That the stage has; it is stopped from outside when they are over.
    """

    out: Path
    device: Literal["cuda", "cpu"]
    tiny: bool
    seconds: float


def read_arguments(description: str | None) -> StageArguments:
    """Read the command line of a stage.

    Args:
        description: The docstring of its module.
    """
    parser = argparse.ArgumentParser(description=(description or "").split("\n", 1)[0])
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="of the run")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--tiny", action="store_true", help="little of everything: a rehearsal")
    parser.add_argument("--seconds", type=float, default=120.0, help="that the stage has")
    given = parser.parse_args()
    return StageArguments(given.out, given.device, given.tiny, given.seconds)
