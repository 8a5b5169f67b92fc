"""``efficiency.json``: what the derainers of a run cost, and how that was measured."""

import json
import statistics
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.images import write_bytes
from harness.run_folder.damage import DamagedError, read_whole

FILE_NAME = "efficiency.json"

Clock = Literal["thread", "wall"]
"""``thread``: the time in which the one thread was at work; it stands still while other processes
have the core. ``wall``: the time that passed."""


class _Facts(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Cost(_Facts):
    """What one derainer costs.

    Attributes:
        name: In the configuration.
        title: Of the method.
        parameters: Learned numbers.
        macs: Multiply-accumulates of convolutions and matrix products on the picture; None where
            they cannot be counted.
        macs_missing: Why there are none.
        milliseconds: Of each call, in order, without the warm-up.
        clock: What measured them.
        peak_bytes: By how much a call raises the memory that the process holds.
        error: Why there is no figure, "" if all went well.
    """

    name: str
    title: str = ""
    parameters: int | None = None
    macs: int | None = None
    macs_missing: str = ""
    milliseconds: tuple[float, ...] = ()
    clock: Clock = "wall"
    peak_bytes: int | None = None
    error: str = ""


class MeasuredCosts(_Facts):
    """What the derainers of a configuration cost on one machine.

    Attributes:
        measured: When, in UTC, ISO 8601.
        machine: Processor, cores, memory, device and load.
        torch: The version of PyTorch.
        precision: As in a run's configuration.
        height: Of the picture, in pixels.
        width: Likewise.
        repeats: Calls that were timed.
        costs: One a derainer, without the reference rows.
    """

    measured: str
    machine: dict[str, Any]
    torch: str
    precision: str
    height: int
    width: int
    repeats: int
    costs: tuple[Cost, ...]

    def milliseconds_per_megapixel(self, cost: Cost) -> float | None:
        """Return the median of a derainer's calls, for a million pixels; None if it has none."""
        if not cost.milliseconds:
            return None
        return statistics.median(cost.milliseconds) / (self.height * self.width / 1e6)


def read_costs(directory: Path) -> MeasuredCosts | None:
    """Read what was measured for a run's folder; None if nothing was.

    Raises:
        DamagedError: If the file is damaged.
    """
    path = directory / FILE_NAME
    if not path.exists():
        return None
    try:
        return MeasuredCosts.model_validate(json.loads(read_whole(path).decode()))
    except (ValidationError, ValueError, RecursionError) as error:
        cause = str(error).splitlines()[0]
        raise DamagedError(f"{path}: damaged ({cause}); run `rdmc-bench cost` again") from error


def write_measured_costs(directory: Path, measured: MeasuredCosts) -> None:
    """Write ``efficiency.json`` into a run's folder."""
    text = json.dumps(measured.model_dump(mode="json"), indent=1, ensure_ascii=False)
    write_bytes(directory / FILE_NAME, (text + "\n").encode())
