"""Trains the detector and the segmentor of the built-in streets, on clean scenes alone."""

import time
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from harness.device import available_cores
from harness.errors import ConfigError
from harness.settings import ModelName
from harness.streets.scenes import SCENE_VERSION
from harness.training.export import read_best, write_weights
from harness.training.streets_data import SceneRange, write_scenes
from tasks.mm_configs import (
    Package,
    find_config,
    load_config,
    register_frameworks,
    registry_scope,
)
from tasks.mm_models import keep_outputs_in_float32

PACKAGES: dict[str, Package] = {"detection": "mmdet", "segmentation": "mmseg"}


class SceneSettings(BaseModel):
    """Which rendered scenes to train and to validate on.

    Attributes:
        train: The first seed and the number of scenes.
        val: Likewise, for choosing the best epoch.
        width: Pixels.
        height: Pixels.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    train: tuple[int, int] = (0, 1200)
    val: tuple[int, int] = (500_000, 80)
    width: int = Field(default=384, ge=32)
    height: int = Field(default=224, ge=32)


class PerceptionSettings(BaseModel):
    """One training of a task's model.

    Attributes:
        train: Which task.
        model: The name of a config (``rtmdet_streets``) or a path to one.
        scenes: What it learns from.
        seed: Of the initial weights, the order of the scenes and their augmentation.
        epochs: In place of the config's own number.
        threads: Of the operators; PyTorch's default where None.
        precision: ``bfloat16`` computes convolutions in autocast and losses in float32.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    train: Literal["detection", "segmentation"]
    model: ModelName
    scenes: SceneSettings = SceneSettings()
    seed: int = 0
    epochs: int | None = Field(default=None, ge=1)
    threads: int | None = Field(default=None, ge=1)
    precision: Literal["float32", "bfloat16"] = "bfloat16"


def train_perception(settings: PerceptionSettings, out: Path) -> Path:
    """Render the scenes, train, and export the best epoch's averaged weights.

    Everything goes on where an interrupted call stopped: rendering at the next scene, training
    after the last complete epoch. On a CPU, one uninterrupted training gives the same weights
    again with the same number of threads.

    Args:
        settings: What to train.
        out: Folder for checkpoints, logs and the result; the scenes lie in ``scenes`` beside it,
            where several trainings share them.

    Returns:
        The weight file, ``<out>/<model>.pth``: a state_dict in half precision. Beside it,
        ``<model>.json`` says how it was made.

    Raises:
        ConfigError: If the ranges of scenes overlap, are empty, or reach the test scenes, or the
            model's config is unknown or unusable.
    """
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    package = PACKAGES[settings.train]
    config = load_config(find_config(settings.model, package), package)
    folders = _render(settings.scenes, out.parent / "scenes")
    fill_in(config, settings, folders, out)
    started = time.monotonic()
    _run(config, package)
    best = read_best(out)
    facts = {
        "settings": settings.model_dump(mode="json"),
        "scene_version": SCENE_VERSION,
        "epochs": config.train_cfg.max_epochs,
        "minutes_of_last_session": round((time.monotonic() - started) / 60, 1),
        "checkpoint": best.name,
    }
    weights: dict[str, Tensor] = best.content["state_dict"]
    return write_weights(out / f"{Path(settings.model).stem}.pth", weights, facts)


def fill_in(config: Any, settings: PerceptionSettings, folders: dict[str, Path], out: Path) -> None:
    """Put scenes' folders, epochs, seed, work folder and the hooks of a training into a config.

    Args:
        config: An mmengine config with ``train_dataloader`` and ``val_dataloader``.
        settings: See `PerceptionSettings`.
        folders: The folder of the scenes under ``train`` and under ``val``.
        out: The work folder.
    """
    for split, folder in folders.items():
        config[f"{split}_dataloader"].dataset.data_root = f"{folder}/"
    config.test_dataloader = config.val_dataloader
    if "ann_file" in config.val_evaluator:
        config.val_evaluator.ann_file = str(folders["val"] / "boxes.json")
    config.test_evaluator = config.val_evaluator
    if settings.epochs is not None:
        old_epochs = config.train_cfg.max_epochs
        config.train_cfg.max_epochs = settings.epochs
        for schedule in config.param_scheduler:
            if schedule.get("total_steps") == old_epochs:
                schedule.total_steps = settings.epochs
    if settings.precision == "bfloat16":
        config.optim_wrapper.type = "Bfloat16OptimWrapper"
    if "training_hooks" in config:
        config.custom_hooks = config.training_hooks
    config.randomness = {"seed": settings.seed}
    config.work_dir = str(out)
    config.resume = True
    config.visualizer = {"type": "Visualizer", "vis_backends": []}


def _render(scenes: SceneSettings, root: Path) -> dict[str, Path]:
    ranges = {
        split: SceneRange(first, count, scenes.width, scenes.height)
        for split, (first, count) in (("train", scenes.train), ("val", scenes.val))
    }
    train, val = ranges["train"], ranges["val"]
    if train.first < val.first + val.count and val.first < train.first + train.count:
        raise ConfigError("scenes: the seeds of `train` and `val` overlap; move one of them")
    try:
        return {
            split: write_scenes(root, chosen, workers=available_cores())
            for split, chosen in ranges.items()
        }
    except ValueError as error:
        raise ConfigError(f"scenes: {error}") from error


def _run(config: Any, package: Package) -> None:
    register_frameworks()
    from mmengine.runner import Runner

    import harness.training.autocast_optim  # noqa: F401  (registers the optimiser's wrapper)

    with registry_scope(config.get("default_scope", package)):
        runner = Runner.from_cfg(config)
        keep_outputs_in_float32(runner.model)
        runner.model.to(memory_format=torch.channels_last)
        runner.train()
