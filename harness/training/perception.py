"""Trains detectors and segmentors in the frameworks' own Runner, on pictures of rain sets."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from harness.checkpoints import read_checkpoint
from harness.digests import digest_file
from harness.errors import ConfigError, DerainerError
from harness.streets.scenes import SCENE_VERSION
from harness.training.export import read_best, write_weights
from harness.training.labelled_files import LabelledFolder, write_labelled
from harness.training.opened_parts import opened_pictures
from harness.training.perception_settings import PerceptionSettings
from harness.weights import plain_tensors
from tasks.mm_configs import (
    Package,
    find_config,
    load_config,
    register_frameworks,
    registry_scope,
)
from tasks.mm_models import keep_float32_where_it_counts

PACKAGES: dict[str, Package] = {"detection": "mmdet", "segmentation": "mmseg"}


def train_perception(settings: PerceptionSettings, out: Path) -> Path:
    """Write the pictures, train, and export the best epoch's averaged weights.

    Everything goes on where an interrupted call stopped: writing at the next picture, training
    after the last complete epoch. On a CPU, one uninterrupted training gives the same weights
    again with the same number of threads.

    Args:
        settings: What to train.
        out: Folder for checkpoints, logs and the result; the pictures lie in ``pictures`` beside
            it, where several trainings share them.

    Returns:
        The weight file, ``<out>/<model>.pth``: a state_dict in half precision. Beside it,
        ``<model>.json`` says how it was made.

    Raises:
        ConfigError: If a rain set, the derainer, the model's config or the weights to start from
            cannot be used, or scenes reach the test scenes.
    """
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    package = PACKAGES[settings.train]
    config = load_config(find_config(settings.model, package), package)
    start_from = settings.start_file()
    with opened_pictures(settings, _classes(config)) as pictures:
        root = out.parent / "pictures"
        folders = {split: write_labelled(root, shown) for split, shown in pictures.items()}
    fill_in(config, settings, folders, out)
    started = time.monotonic()
    _run(config, package, start_from)
    best = read_best(out)
    facts = {
        "settings": settings.model_dump(mode="json", exclude={"start_from"}),
        "start_from": None if start_from is None else digest_file(start_from),
        "scene_version": SCENE_VERSION,
        "epochs": config.train_cfg.max_epochs,
        "minutes_of_last_session": round((time.monotonic() - started) / 60, 1),
        "checkpoint": best.name,
    }
    weights: dict[str, Tensor] = best.content["state_dict"]
    return write_weights(out / f"{Path(settings.model).stem}.pth", weights, facts)


def fill_in(
    config: Any, settings: PerceptionSettings, folders: Mapping[str, LabelledFolder], out: Path
) -> None:
    """Put pictures' folders, epochs, seed, work folder and the hooks of a training into a config.

    Args:
        config: An mmengine config with ``train_dataloader`` and ``val_dataloader``.
        settings: See `PerceptionSettings`.
        folders: The folder of the pictures under ``train`` and under ``val``.
        out: The work folder.
    """
    for split, folder in folders.items():
        dataset = config[f"{split}_dataloader"].dataset
        dataset.data_root = f"{folder.truths}/"
        of_images = "img" if "img" in dataset.data_prefix else "img_path"
        dataset.data_prefix[of_images] = f"{folder.images}/"
    config.test_dataloader = config.val_dataloader
    if "ann_file" in config.val_evaluator:
        config.val_evaluator.ann_file = str(folders["val"].truths / "boxes.json")
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


def _classes(config: Any) -> tuple[str, ...]:
    """Return the classes that a config trains, in its order.

    Raises:
        ConfigError: If its training data name none.
    """
    metainfo = config.train_dataloader.dataset.get("metainfo", {})
    if "classes" not in metainfo:
        raise ConfigError(
            f"{config.filename}: `train_dataloader.dataset.metainfo` must name the `classes`"
        )
    return tuple(metainfo["classes"])


def _run(config: Any, package: Package, start_from: Path | None) -> None:
    register_frameworks()
    from mmengine.runner import Runner

    import harness.training.autocast_optim  # noqa: F401  (registers the optimiser's wrapper)

    with registry_scope(config.get("default_scope", package)):
        runner = Runner.from_cfg(config)
        if start_from is not None:
            start_with(runner.model, start_from)
        keep_float32_where_it_counts(runner.model)
        runner.model.to(memory_format=torch.channels_last)
        runner.train()


def start_with(model: nn.Module, path: Path) -> int:
    """Give a model the tensors of a weight file that fit it by name and shape.

    Args:
        model: Of either framework; its own initialisation happens here and no more.
        path: The file.

    Returns:
        How many of its tensors were taken.

    Raises:
        ConfigError: If the file is no checkpoint, or none of its tensors fits.
    """
    model.init_weights()  # type: ignore[operator]
    expected = model.state_dict()
    try:
        found = plain_tensors(read_checkpoint(path))
    except DerainerError as error:
        raise ConfigError(f"start_from: {error}") from error
    fitting = {
        key: value
        for key, value in found.items()
        if key in expected and expected[key].shape == value.shape
    }
    if not fitting:
        raise ConfigError(
            f"start_from: {path}: none of its {len(found)} tensors fits the model by name and shape"
        )
    model.load_state_dict(fitting, strict=False)
    return len(fitting)
