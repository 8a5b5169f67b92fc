"""What every step of a run works with."""

from dataclasses import dataclass, field
from pathlib import Path

from harness.device import Device
from harness.progress import ProgressReporter
from harness.run.keys import Keys
from harness.run.plan import Plan
from harness.run.stopwatch import Stopwatch


@dataclass(frozen=True)
class Setting:
    """A run's plan, and where and how it is carried out.

    Attributes:
        plan: What the run is made of.
        keys: Of its restored images and rows.
        device: Where the models run.
        directory: The run's folder.
        progress: Tells the user.
        stopwatch: Takes the seconds of each stage.
    """

    plan: Plan
    keys: Keys
    device: Device
    directory: Path
    progress: ProgressReporter
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
