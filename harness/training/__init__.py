"""Training: of derainers, and of the small detector and segmentor of the built-in benchmark."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from harness.errors import ConfigError


def train(config: Path, out: Path) -> Path:
    """Train what a YAML file describes; run again, it resumes.

    Args:
        config: Its key ``train`` says what: ``derainer``, ``detection`` or ``segmentation``.
        out: Folder for checkpoints, logs and the exported weights.

    Returns:
        The exported weights.

    Raises:
        ConfigError: If the file is wrong, or another process works in the folder.
    """
    from harness.config import read_yaml
    from harness.processes import Processes
    from harness.run_folder.folder_lock import claimed

    settings, base = read_yaml(config), config.resolve().parent
    work = _training(config, settings, base)
    if not Processes().is_first:
        return work(out)
    with claimed(out, f"train {config.name}"):
        return work(out)


def _training(config: Path, settings: Mapping[str, Any], base: Path) -> Callable[[Path], Path]:
    """Return what trains as settings say, which were checked, into a folder.

    Raises:
        ConfigError: If the settings are wrong.
    """
    from harness.settings import check_model

    what = settings.get("train")
    if what == "derainer":
        from harness.training.derainer_training import DerainerTraining, train_derainer

        return partial(train_derainer, check_model(DerainerTraining, settings, str(config), base))
    if what in {"detection", "segmentation"}:
        from harness.training.perception import train_perception
        from harness.training.perception_settings import PerceptionSettings

        return partial(
            train_perception, check_model(PerceptionSettings, settings, str(config), base)
        )
    raise ConfigError(
        f"{config}: `train` must be derainer, detection or segmentation, not {what!r}"
    )
