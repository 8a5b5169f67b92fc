"""A derainer's network as mmengine trains and validates it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from mmengine.evaluator import BaseMetric
from mmengine.model import BaseModel
from torch import Tensor, nn

from harness.training.losses import ContrastivePrior, l1_loss, mse_loss, ssim, ssim_loss


class Losses(NamedTuple):
    """The weighted losses of a training.

    Attributes:
        l1: Weight of the mean absolute difference.
        mse: Weight of the mean squared difference.
        ssim: Weight of one minus SSIM.
        contrastive: Weight of the prior.
        prior: The contrastive prior, None where it has no weight.
    """

    l1: float
    mse: float
    ssim: float
    contrastive: float = 0.0
    prior: ContrastivePrior | None = None

    def terms(self, restored: Tensor, clean: Tensor, rainy: Tensor) -> dict[str, Tensor]:
        """Return each weighted loss of (N, 3, H, W) float32 images under its name."""
        terms = {
            f"loss_{name}": weight * loss(restored, clean)
            for name, weight, loss in (
                ("l1", self.l1, l1_loss),
                ("mse", self.mse, mse_loss),
                ("ssim", self.ssim, ssim_loss),
            )
            if weight
        }
        if self.prior is not None:
            terms["loss_contrastive"] = self.contrastive * self.prior(restored, clean, rainy)
        return terms


class RestorationModel(BaseModel):  # type: ignore[misc]
    """Gives mmengine a derainer's network with its losses.

    Args:
        network: Maps (N, 3, H, W) in [0, 1] to the same shape.
        losses: What is minimised.
        precision: In which validation computes; training's is the optimiser wrapper's affair.
    """

    def __init__(self, network: nn.Module, losses: Losses, precision: str) -> None:
        super().__init__()
        self.network = network
        self.losses = losses
        self.precision = precision

    def forward(self, rainy: Tensor, clean: Tensor, mode: str = "tensor") -> Any:
        """Run the network.

        Args:
            rainy: (N, 3, H, W) uint8.
            clean: Likewise.
            mode: ``loss`` for a dictionary of losses, ``predict`` for the quality of each image,
                ``tensor`` for the restored images.
        """
        rainy, clean = to_unit_range(rainy), to_unit_range(clean)
        if mode == "predict":
            enabled = self.precision == "bfloat16"
            with torch.autocast(rainy.device.type, torch.bfloat16, enabled=enabled):
                restored = self.network(rainy)
            return image_quality(restored.float(), clean)
        restored = self.network(rainy)
        if mode == "tensor":
            return restored
        with torch.autocast(rainy.device.type, enabled=False):
            return self.losses.terms(restored.float(), clean, rainy)


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
    """Averages what `image_quality` gives over the held-out images."""

    default_prefix = None

    def process(self, data_batch: Any, data_samples: Sequence[dict[str, float]]) -> None:
        """Keep the rows of one batch."""
        self.results.extend(dict(sample) for sample in data_samples)

    def compute_metrics(self, results: list[dict[str, float]]) -> dict[str, float]:
        """Return the mean of each number, and the PSNR of each rain level.

        Light and heavy rain take turns, as `harness.training.pairs.HeldOutPairs` gives them.
        """
        light, heavy = results[::2], results[1::2]
        return {
            "psnr_y": _mean(results, "psnr_y"),
            "ssim": _mean(results, "ssim"),
            "psnr_y_light": _mean(light, "psnr_y"),
            "psnr_y_heavy": _mean(heavy, "psnr_y"),
        }


def _mean(rows: Sequence[dict[str, float]], key: str) -> float:
    return sum(row[key] for row in rows) / len(rows)
