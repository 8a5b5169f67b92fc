"""Trains a derainer: ``python run_benchmark.py train configs/train/rdmc_s.yaml``.

mmengine's Runner does the loop, so that checkpoints, resuming, logs and several GPUs work as its
users know them. Everything goes on where an interrupted call stopped.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader

from harness import registry
from harness.errors import ConfigError
from harness.options import bind_options
from harness.rain import RAIN_VERSION
from harness.scenes import SCENE_VERSION
from harness.training.derainer_settings import DataSettings, DerainerTraining, LossSettings
from harness.training.export import read_best, write_weights
from harness.training.losses import ContrastivePrior
from harness.training.pairs import (
    CountingSampler,
    HeldOutPairs,
    Photographs,
    RainPairs,
    RenderedScenes,
    Source,
    join,
)
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
        ConfigError: If the derainer cannot be trained, or the settings contradict each other.
        DerainerError: If weights to start from, or of a feature extractor, do not fit.
    """
    build = network_builder(settings)
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    started = time.monotonic()
    network = build()
    if settings.start_from is not None:
        fit_state_dict(network, read_state_dict(settings.start_from), settings.start_from)
    runner = build_runner(settings, network, out)
    runner.train()
    minutes = round((time.monotonic() - started) / 60, 1)
    return export_best(out, settings, minutes)


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
    """Put network, data, losses and schedules into a mmengine Runner that resumes by itself."""
    from mmengine.evaluator import Evaluator
    from mmengine.runner import Runner

    from harness.training.restoration_model import MeanQuality, RestorationModel

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
        val_evaluator=Evaluator(MeanQuality()),
        optim_wrapper=build_optimiser(settings, model),
        param_scheduler=_schedules(settings),
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
        custom_hooks=_average_weights(settings.ema),
        visualizer={"type": "Visualizer", "vis_backends": [{"type": "LocalVisBackend"}]},
        randomness={"seed": settings.seed},
        resume=True,
        default_scope="mmengine",
        experiment_name=f"{settings.use}-{out.name}",
    )


def _average_weights(momentum: float) -> list[dict[str, Any]]:
    if not momentum:
        return []
    return [{"type": "EMAHook", "momentum": momentum, "update_buffers": True}]


def train_loader(settings: DerainerTraining, out: Path) -> Any:
    """Return endless pairs for training, which are the same after resuming."""
    data = settings.data
    drawings = settings.iterations * settings.batch // data.crops
    pairs = RainPairs(
        _sources(data, out), data.rain, settings.patch, data.crops, settings.seed, drawings
    )
    return DataLoader(
        pairs,
        batch_size=settings.batch // data.crops,
        sampler=CountingSampler(drawings),
        num_workers=settings.workers,
        collate_fn=join,
        persistent_workers=settings.workers > 0,
    )


def validation_loader(settings: DerainerTraining, out: Path) -> Any:
    """Return held-out scenes at both levels of the benchmark."""
    first, count = settings.validation.scenes
    trained = settings.data.scenes
    if first < trained[0] + trained[1] and trained[0] < first + count:
        raise ConfigError("validation.scenes: overlap the scenes of `data`; move one of them")
    scenes = _scenes(settings.data, range(first, first + count), out)
    return DataLoader(HeldOutPairs(scenes), batch_size=1, collate_fn=join)


def _sources(data: DataSettings, out: Path) -> list[Source]:
    first, count = data.scenes
    sources = [
        Source(_scenes(data, range(first, first + count), out), 1 - data.photos_share),
    ]
    if bool(data.photos) != bool(data.photos_share):
        raise ConfigError("data: `photos` and `photos_share` go together; give both or none")
    if data.photos:
        sources.append(Source(Photographs(data.photos, data.width, data.height), data.photos_share))
    return sources


def _scenes(data: DataSettings, seeds: range, out: Path) -> RenderedScenes:
    cache = out.parent / "scenes" if data.cache is None else data.cache
    return RenderedScenes(seeds, data.width, data.height, cache)


def _losses(settings: LossSettings) -> Any:
    from harness.training.restoration_model import Losses

    if not any((settings.l1, settings.mse, settings.ssim)):
        raise ConfigError("losses: give at least one of l1, mse and ssim a weight")
    contrastive = settings.contrastive
    if contrastive is None or contrastive.weight == 0:
        return Losses(settings.l1, settings.mse, settings.ssim)
    from mmengine.device import get_device

    from harness.training.features import build_extractor

    extractor = build_extractor(
        contrastive.vgg19, contrastive.detector, contrastive.detector_weights
    )
    prior = ContrastivePrior(extractor.network.to(get_device()), extractor.weights)
    return Losses(settings.l1, settings.mse, settings.ssim, contrastive.weight, prior)


def build_optimiser(settings: DerainerTraining, model: nn.Module) -> Any:
    """Return Adam in mmengine's wrapper, which clips gradients and sets the precision."""
    from mmengine.optim import OptimWrapper

    from harness.training.autocast_optim import Bfloat16OptimWrapper

    adam = torch.optim.Adam(model.parameters(), lr=settings.optimiser.lr)
    wrapper = Bfloat16OptimWrapper if settings.precision == "bfloat16" else OptimWrapper
    return wrapper(optimizer=adam, clip_grad={"max_norm": settings.optimiser.clip})


def _schedules(settings: DerainerTraining) -> list[dict[str, Any]]:
    optimiser = settings.optimiser
    schedules: list[dict[str, Any]] = []
    if optimiser.warmup:
        schedules.append(
            {"type": "LinearLR", "by_epoch": False, "start_factor": 0.05, "end": optimiser.warmup}
        )
    if optimiser.schedule == "cosine":
        schedules.append(
            {
                "type": "CosineAnnealingLR",
                "by_epoch": False,
                "begin": optimiser.warmup,
                "T_max": max(1, settings.iterations - optimiser.warmup),
                "eta_min": optimiser.lr / 100,
            }
        )
    else:
        schedules.append(
            {
                "type": "MultiStepLR",
                "by_epoch": False,
                "milestones": list(optimiser.milestones),
                "gamma": optimiser.factor,
            }
        )
    return schedules


def export_best(out: Path, settings: DerainerTraining, minutes: float) -> Path:
    """Write the best checkpoint's network in half precision, and how it was made.

    Args:
        out: Where mmengine kept its checkpoints.
        settings: Of the training.
        minutes: That the last call took.

    Returns:
        The weight file; see `train_derainer`.

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
        "minutes_of_last_session": minutes,
        "checkpoint": name,
    }
    return write_weights(out / f"{settings.use}.pth", weights, facts)
