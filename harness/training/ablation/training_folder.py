"""The folder of one training: what it was asked, what it left, and whether that is still valid."""

import json
import shutil
from pathlib import Path

import yaml

from harness.digests import digest_file
from harness.images import write_bytes
from harness.streets.rain import RAIN_VERSION
from harness.streets.scenes import SCENE_VERSION
from harness.training.ablation.ablation_settings import Training
from harness.training.ablation.training_file import as_file

SETTINGS = "training.yaml"
LOG = "log.txt"
MINUTES = "minutes.txt"


def finished_weights(training: Training, folder: Path) -> Path | None:
    """Return the exported weights, None unless they came of these very settings.

    Args:
        training: What was asked.
        folder: Where it trains.
    """
    weights = folder / f"{training.settings.use}.pth"
    try:
        facts = json.loads(weights.with_suffix(".json").read_text(encoding="utf-8"))
        wanted = {
            "settings": training.settings.model_dump(mode="json"),
            "scene_version": SCENE_VERSION,
            "rain_version": RAIN_VERSION,
            "sha256": digest_file(weights),
        }
    except (OSError, ValueError):
        return None
    return weights if all(facts.get(key) == value for key, value in wanted.items()) else None


def prepare(training: Training, folder: Path) -> bool:
    """Write the settings down for the process that will train by them.

    What an earlier training with other settings left is deleted: its checkpoints must not be
    resumed.

    Returns:
        Whether something was deleted.
    """
    text = f"# {training.name}, scenes v{SCENE_VERSION}, rain v{RAIN_VERSION}\n"
    text += yaml.safe_dump(as_file(training.settings), sort_keys=False, allow_unicode=True)
    path = folder / SETTINGS
    outdated = path.exists() and path.read_text(encoding="utf-8") != text
    if outdated:
        shutil.rmtree(folder)
    write_bytes(path, text.encode())
    return outdated


def add_minutes(folder: Path, minutes: float) -> None:
    """Note how long a session of the training took, which may have been interrupted."""
    with (folder / MINUTES).open("a", encoding="utf-8") as file:
        file.write(f"{minutes:.3f}\n")


def minutes_spent(folder: Path) -> float:
    """Return the minutes of all sessions of a training, NaN if none was noted."""
    path = folder / MINUTES
    if not path.exists():
        return float("nan")
    return sum(float(line) for line in path.read_text(encoding="utf-8").split())
