"""Trains a derainer: ``python run_benchmark.py train configs/train/rdmc_s_one_pass.yaml``.

mmengine's Runner does the loop, so that checkpoints, resuming, logs and several GPUs work as its
users know them. Everything goes on where an interrupted call stopped. Several processes share a
training under torchrun::

    torchrun --standalone --nproc-per-node 4 run_benchmark.py train configs/train/rdmc.yaml
"""

import importlib.util
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from mmengine.device import get_device
from mmengine.evaluator import Evaluator
from mmengine.runner import Runner
from torch import nn

from harness.errors import ConfigError
from harness.plugins import registry
from harness.plugins.options import bind_options
from harness.processes import Processes
from harness.streets.rain import RAIN_VERSION
from harness.streets.scenes import SCENE_VERSION
from harness.training.derainer_settings import DerainerTraining, LossSettings
from harness.training.distribution import joined_processes, runner_arguments
from harness.training.export import read_best, write_weights
from harness.training.features import build_extractor
from harness.training.loaders import train_loader, validation_loader
from harness.training.losses import ContrastivePrior
from harness.training.optimisation import build_optimiser, schedules, weight_hooks
from harness.training.restoration_model import Losses, MeanQuality, RestorationModel
from harness.weights import fit_state_dict, read_state_dict

__all__ = ["DerainerTraining", "train_derainer"]


def train_derainer(settings: DerainerTraining, out: Path) -> Path:
    """Render what is missing of the scenes, train, and export the best weights.

    Args:
        settings: What to train.
        out: Folder for checkpoints, logs and the result; the scenes lie in ``scenes`` beside it,
            where several trainings share them.

    Returns:
        The weight file, ``<out>/<use>.pth``: a state_dict in half precision. Beside it,
        ``<use>.json`` says how it was made.

    Raises:
        ConfigError: If the derainer cannot be trained, the settings contradict each other, or
            weights to start from are missing.
        DerainerError: If weights to start from, or of a feature extractor, do not fit.
    """
    build = network_builder(settings)
    if settings.start_from is not None and not settings.start_from.is_file():
        raise ConfigError(
            f"start_from: {settings.start_from} does not exist; run the training that makes it "
            "first, or leave start_from out"
        )
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    with joined_processes() as processes:
        torch.manual_seed(settings.seed)
        started = time.monotonic()
        network = build()
        if settings.start_from is not None:
            fit_state_dict(network, read_state_dict(settings.start_from), settings.start_from)
        build_runner(settings, network, out).train()
        if processes.is_first:
            export_best(out, settings, round((time.monotonic() - started) / 60, 1))
        if processes.count > 1:
            dist.barrier()
    return weight_file(out, settings)


def weight_file(out: Path, settings: DerainerTraining) -> Path:
    """Return where a training into a folder leaves its weights."""
    return out / f"{settings.use}.pth"


def network_builder(settings: DerainerTraining) -> Callable[[], nn.Module]:
    """Return what builds the untrained network.

    Raises:
        ConfigError: If the name is unknown, its class has no ``build_network``, an option is
            wrong, or patch and batch do not suit.
    """
    target = registry.load("derainers", settings.use)
    build = getattr(target, "build_network", None)
    if build is None:
        raise ConfigError(
            f"use: {settings.use} cannot be trained here: its class has no `build_network`"
        )
    multiple = target.facts.size_multiple  # type: ignore[attr-defined]
    if settings.patch % multiple:
        raise ConfigError(f"patch: {settings.use} needs a multiple of {multiple} pixels")
    if settings.batch % settings.data.crops:
        raise ConfigError(f"batch: must be a multiple of data.crops ({settings.data.crops})")
    options = bind_options(f"options of {settings.use}", build, settings.options, Path())
    return lambda: build(**options)


def build_runner(settings: DerainerTraining, network: nn.Module, out: Path) -> Any:
    """Put network, data, losses and schedules into a mmengine Runner that resumes by itself.

    Raises:
        ConfigError: If something that the settings ask for is missing here.
        DerainerError: If weights of a feature extractor do not fit.
    """
    losses = _losses(settings.losses)
    model = RestorationModel(network, losses, settings.precision)
    model.to(memory_format=torch.channels_last)
    validation = settings.validation
    return Runner(
        model=model,
        work_dir=str(out),
        train_dataloader=train_loader(settings, out),
        val_dataloader=validation_loader(settings, out),
        train_cfg={
            "by_epoch": False,
            "max_iters": settings.iterations,
            "val_interval": validation.every,
        },
        val_cfg={},
        val_evaluator=Evaluator(MeanQuality(collect_device="gpu")),  # gathers without files
        optim_wrapper=build_optimiser(settings, model),
        param_scheduler=schedules(settings.optimiser, settings.iterations),
        default_hooks={
            "logger": {"type": "LoggerHook", "interval": 20, "log_metric_by_epoch": False},
            "checkpoint": {
                "type": "CheckpointHook",
                "by_epoch": False,
                "interval": min(validation.every, settings.iterations),
                "max_keep_ckpts": 2,
                "save_best": "psnr_y",
                "rule": "greater",
            },
        },
        custom_hooks=weight_hooks(settings.ema, settings.freeze_norm),
        visualizer={"type": "Visualizer", "vis_backends": _logs(settings.log)},
        randomness={"seed": settings.seed},
        resume=True,
        default_scope="mmengine",
        experiment_name=f"{settings.use}-{out.name}",
        **runner_arguments(Processes()),
    )


def _logs(log: str) -> list[dict[str, str]]:
    """Return where mmengine writes losses and scores: a JSON line each, and TensorBoard's files."""
    logs = [{"type": "LocalVisBackend"}]
    if log == "tensorboard":
        if importlib.util.find_spec("tensorboard") is None:
            raise ConfigError(
                "log: tensorboard is not installed here; `pip install tensorboard`, or leave `log` "
                "out"
            )
        logs.append({"type": "TensorboardVisBackend"})
    return logs


def _losses(settings: LossSettings) -> Losses:
    if not any((settings.l1, settings.mse, settings.ssim, settings.edge)):
        raise ConfigError("losses: give at least one of l1, mse, ssim and edge a weight")
    weights = {name: getattr(settings, name) for name in ("l1", "mse", "ssim", "edge")}
    contrastive = settings.contrastive
    if contrastive is None or contrastive.weight == 0:
        return Losses(weights, earlier_passes=settings.earlier_passes)
    extractor = build_extractor(
        contrastive.vgg19, contrastive.detector, contrastive.detector_weights
    )
    prior = ContrastivePrior(extractor.network.to(get_device()), extractor.weights)
    return Losses(weights, contrastive.weight, prior, settings.earlier_passes)


def export_best(out: Path, settings: DerainerTraining, minutes: float) -> Path:
    """Write the best checkpoint's network in half precision, and how it was made.

    Args:
        out: Where mmengine kept its checkpoints.
        settings: Of the training.
        minutes: That the last call took.

    Returns:
        The weight file, `weight_file`.

    Raises:
        ConfigError: If there is no best checkpoint yet.
    """
    name, checkpoint = read_best(out)
    weights = {
        key.removeprefix("network."): value
        for key, value in checkpoint["state_dict"].items()
        if key.startswith("network.")
    }
    facts = {
        "settings": settings.model_dump(mode="json"),
        "scene_version": SCENE_VERSION,
        "rain_version": RAIN_VERSION,
        "iteration": checkpoint["meta"]["iter"],
        "psnr_y_held_out": float(checkpoint["message_hub"]["log_scalars"]["val/psnr_y"].current()),
        "processes": Processes().count,
        "minutes_of_last_session": minutes,
        "checkpoint": name,
    }
    return write_weights(weight_file(out, settings), weights, facts)
