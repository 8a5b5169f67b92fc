"""How a derainer's weights move: the optimiser, its precision, its learning rate, their average."""

from typing import Any

import torch
from mmengine.optim import AmpOptimWrapper, OptimWrapper
from torch import nn

from harness.errors import ConfigError
from harness.training.autocast_optim import Bfloat16OptimWrapper
from harness.training.derainer_settings import DerainerTraining, OptimiserSettings
from harness.training.frozen_norm import FrozenNormHook


def build_optimiser(settings: DerainerTraining, model: nn.Module) -> OptimWrapper:
    """Return Adam in mmengine's wrapper, which clips gradients and sets the precision.

    Raises:
        ConfigError: If float16 is asked for without a GPU.
    """
    adam = torch.optim.Adam(model.parameters(), lr=settings.optimiser.lr)
    clip = {"max_norm": settings.optimiser.clip}
    if settings.precision == "float16":
        if not torch.cuda.is_available():
            raise ConfigError(
                "precision: float16 needs a CUDA GPU, which scales the loss so that small "
                "gradients survive; take bfloat16 or float32"
            )
        return AmpOptimWrapper(dtype="float16", optimizer=adam, clip_grad=clip)
    wrapper = Bfloat16OptimWrapper if settings.precision == "bfloat16" else OptimWrapper
    return wrapper(optimizer=adam, clip_grad=clip)


def schedules(optimiser: OptimiserSettings, iterations: int) -> list[dict[str, Any]]:
    """Return the schedules of the learning rate as mmengine's Runner takes them."""
    chosen: list[dict[str, Any]] = []
    if optimiser.warmup:
        chosen.append(
            {"type": "LinearLR", "by_epoch": False, "start_factor": 0.05, "end": optimiser.warmup}
        )
    if optimiser.schedule == "cosine":
        chosen.append(
            {
                "type": "CosineAnnealingLR",
                "by_epoch": False,
                "begin": optimiser.warmup,
                "T_max": max(1, iterations - optimiser.warmup),
                "eta_min": optimiser.lr / 100,
            }
        )
    else:
        chosen.append(
            {
                "type": "MultiStepLR",
                "by_epoch": False,
                "milestones": list(optimiser.milestones),
                "gamma": optimiser.factor,
            }
        )
    return chosen


def weight_hooks(ema: float, freeze_norm: int | None) -> list[dict[str, Any]]:
    """Return the hooks that average the weights and freeze the batch norms.

    Args:
        ema: Share of the new weights in the average; 0 averages nothing.
        freeze_norm: The first iteration with frozen statistics, or None.
    """
    hooks: list[dict[str, Any]] = []
    if ema:
        hooks.append({"type": "EMAHook", "momentum": ema, "update_buffers": True})
    if freeze_norm is not None:
        hooks.append({"type": FrozenNormHook, "start": freeze_norm})
    return hooks
