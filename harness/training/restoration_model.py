"""A derainer's network as mmengine trains and validates it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from mmengine.evaluator import BaseMetric
from mmengine.model import BaseModel
from torch import Tensor, nn

from harness.errors import ConfigError
from harness.training.losses import (
    ContrastivePrior,
    edge_loss,
    l1_loss,
    mse_loss,
    ssim,
    ssim_loss,
)

LOSSES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "l1": l1_loss,
    "mse": mse_loss,
    "ssim": ssim_loss,
    "edge": edge_loss,
}
"""What compares the restored image with the clean one."""

AUTOCAST = {"bfloat16": torch.bfloat16, "float16": torch.float16}
"""Precisions in which the network alone computes."""


class Losses(NamedTuple):
    """The weighted losses of a training.

    Attributes:
        weights: Of `LOSSES`; 0 leaves one out.
        contrastive: Weight of the prior.
        prior: The contrastive prior, None where it has no weight.
        earlier_passes: Weight of the others on the estimates before the last.
    """

    weights: Mapping[str, float]
    contrastive: float = 0.0
    prior: ContrastivePrior | None = None
    earlier_passes: float = 0.0

    def terms(
        self, restored: Tensor, clean: Tensor, rainy: Tensor, others: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Return each weighted loss under its name.

        Args:
            restored: (N, 3, H, W) float32.
            clean: Likewise.
            rainy: Likewise.
            others: (N, K, 3, H, W), further rainy versions of ``clean``.
        """
        terms = {
            f"loss_{name}": weight * LOSSES[name](restored, clean)
            for name, weight in self.weights.items()
            if weight
        }
        if self.prior is not None:
            terms["loss_contrastive"] = self.contrastive * self.prior(
                restored, clean, rainy, others
            )
        return terms

    def earlier_terms(self, estimates: Sequence[Tensor], clean: Tensor) -> dict[str, Tensor]:
        """Return what the estimates of the passes before the last cost, under one name.

        Args:
            estimates: (N, 3, h, w) float32 each; one of a coarser scale is judged by the clean
                image of its size.
            clean: (N, 3, H, W) float32.
        """
        if not estimates:
            return {}
        costs = [
            weight * LOSSES[name](estimate, of_its_size(clean, estimate))
            for estimate in estimates
            for name, weight in self.weights.items()
            if weight
        ]
        return {"loss_earlier_passes": self.earlier_passes * torch.stack(costs).sum()}


def of_its_size(clean: Tensor, estimate: Tensor) -> Tensor:
    """Return (N, 3, H, W) clean images averaged down to the size of (N, 3, h, w) estimates."""
    height, width = estimate.shape[-2:]
    return F.adaptive_avg_pool2d(clean, (height, width))


class RestorationModel(BaseModel):  # type: ignore[misc]
    """Gives mmengine a derainer's network with its losses.

    Args:
        network: Maps (N, 3, H, W) in [0, 1] to the same shape.
        losses: What is minimised.
        precision: In which validation computes; training's is the optimiser wrapper's affair.

    Raises:
        ConfigError: If the losses ask for the passes of a network that has no ``estimates``.
    """

    def __init__(self, network: nn.Module, losses: Losses, precision: str) -> None:
        super().__init__()
        if losses.earlier_passes and not hasattr(network, "estimates"):
            raise ConfigError(
                f"losses.earlier_passes: {type(network).__name__} gives no estimates of its "
                "passes; leave this weight out"
            )
        self.network = network
        self.losses = losses
        self.precision = precision

    def forward(
        self,
        rainy: Tensor,
        clean: Tensor,
        others: Tensor | None = None,
        levels: Sequence[str] = (),
        mode: str = "tensor",
    ) -> Any:
        """Run the network.

        Args:
            rainy: (N, 3, H, W) uint8.
            clean: Likewise.
            others: (N, K, 3, H, W) uint8, further rainy versions for the contrastive prior.
            levels: Of each image's rain, for ``predict``.
            mode: ``loss`` for a dictionary of losses, ``predict`` for the quality of each image
                and its level, ``tensor`` for the restored images.
        """
        rainy, clean = to_unit_range(rainy), to_unit_range(clean)
        if mode == "predict":
            dtype = AUTOCAST.get(self.precision)
            with torch.autocast(rainy.device.type, dtype, enabled=dtype is not None):
                restored = self.network(rainy)
            rows = image_quality(restored.float(), clean)
            return [{**row, "level": level} for row, level in zip(rows, levels, strict=True)]
        if mode == "tensor":
            return self.network(rainy)
        *earlier, restored = [estimate.float() for estimate in self._estimates(rainy)]
        with torch.autocast(rainy.device.type, enabled=False):
            versions = None if others is None else others.float().div(255)
            terms = self.losses.terms(restored, clean, rainy, versions)
            return terms | self.losses.earlier_terms(earlier, clean)

    def _estimates(self, rainy: Tensor) -> list[Tensor]:
        if not self.losses.earlier_passes:
            return [self.network(rainy)]
        network: Any = self.network
        return list(network.estimates(rainy))


def to_unit_range(levels: Tensor) -> Tensor:
    """Turn (N, 3, H, W) uint8 into float32 in [0, 1], ``channels_last``."""
    return levels.float().div(255).contiguous(memory_format=torch.channels_last)


def image_quality(restored: Tensor, clean: Tensor) -> list[dict[str, float]]:
    """Return PSNR-Y (MATLAB's Y, dB) and RGB SSIM of each of (N, 3, H, W) images.

    The restored images are clipped but not quantised; the benchmark's own restoration task is
    what counts, this only ranks checkpoints.

    >>> quality = image_quality(torch.full((1, 3, 16, 16), 0.5), torch.full((1, 3, 16, 16), 0.6))
    >>> round(quality[0]["psnr_y"], 2)
    21.32
    """
    restored = restored.clamp(0, 1)
    luma = torch.tensor((65.481, 128.553, 24.966), device=restored.device) / 255
    difference = ((restored - clean) * luma.reshape(3, 1, 1)).sum(1)  # (N, H, W)
    psnr = -10 * difference.square().flatten(1).mean(1).clamp_min(1e-10).log10()
    rows = zip(psnr.tolist(), ssim(restored, clean).tolist(), strict=True)
    return [{"psnr_y": decibel, "ssim": similarity} for decibel, similarity in rows]


class MeanQuality(BaseMetric):  # type: ignore[misc]
    """Averages what `image_quality` gives over the held-out images of all processes."""

    default_prefix = None

    def process(self, data_batch: Any, data_samples: Sequence[dict[str, Any]]) -> None:
        """Keep the rows of one batch."""
        self.results.extend(dict(sample) for sample in data_samples)

    def compute_metrics(self, results: list[dict[str, Any]]) -> dict[str, float]:
        """Return the mean of each number, and the PSNR of each rain level."""
        metrics = {"psnr_y": _mean(results, "psnr_y"), "ssim": _mean(results, "ssim")}
        for level in sorted({row["level"] for row in results}):
            rows = [row for row in results if row["level"] == level]
            metrics[f"psnr_y_{level}"] = _mean(rows, "psnr_y")
        return metrics


def _mean(rows: Sequence[dict[str, Any]], key: str) -> float:
    return float(sum(row[key] for row in rows) / len(rows))
