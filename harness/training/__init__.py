"""Training: of derainers, and of the small detector and segmentor of the built-in benchmark."""

from pathlib import Path

from harness.errors import ConfigError


def train(config: Path, out: Path) -> Path:
    """Train what a YAML file describes; run again, it resumes.

    Args:
        config: Its key ``train`` says what: ``derainer``, ``detection`` or ``segmentation``.
        out: Folder for checkpoints, logs and the exported weights.

    Returns:
        The exported weights.

    Raises:
        ConfigError: If the file is wrong.
    """
    from harness.config import read_yaml
    from harness.settings import check_model

    settings, base = read_yaml(config), config.resolve().parent
    what = settings.get("train")
    if what == "derainer":
        from harness.training.derainer_training import DerainerTraining, train_derainer

        return train_derainer(check_model(DerainerTraining, settings, str(config), base), out)
    if what in {"detection", "segmentation"}:
        from harness.training.perception import PerceptionSettings, train_perception

        return train_perception(check_model(PerceptionSettings, settings, str(config), base), out)
    raise ConfigError(
        f"{config}: `train` must be derainer, detection or segmentation, not {what!r}"
    )
