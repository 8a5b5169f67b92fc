"""UGSM: rain streaks as what is sparse, changes little along one direction and much across it.

After Liang-Jian Deng, Ting-Zhu Huang, Xi-Le Zhao, Tai-Xiang Jiang, "A directional global sparse
model for single image rain removal", Applied Mathematical Modelling 59, 2018. Theirs are the three
sparse terms and solving them by ADMM with a linear step in the Fourier domain. Ours are the
weights, directional derivatives in place of a rotated picture, and finding the direction.
"""

import math
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from baselines.guided_filter import box_mean
from harness.derainer import Derainer, DerainerFacts

MARGIN = 16
"""Pixels of repeated border around the picture, which the Fourier transform takes for periodic."""

STEEPEST = 60
"""Degrees from vertical, up to which a direction may be that of rain."""

NEIGHBOURHOOD = 6
"""Radius, pixels, of the window over which a place's direction is taken."""

OPENING = 7
"""Side of the window, pixels, whose opening takes away bright things as narrow as streaks."""

PENALTY = 30.0
"""Of ADMM's augmented Lagrangian; it changes the way to the solution."""


class UGSM(Derainer):
    """Takes off bright streaks of one direction, which it finds by itself, and leaves a veil.

    With y the luma of the picture, the streaks s are what makes

        |D_across (y - s)|_1 + along |D_along s|_1 + sparsity |s|_1,  0 <= s <= y

    least, where D are differences by a pixel in the direction of the streaks and across it. Rain is
    grey: s is taken from all three channels.

    A bright stripe of length L and width W is taken for a streak where 2 > 2 along W / L +
    sparsity W. The defaults were chosen on our rain over clean photographs, none of a test set.

    Args:
        along: Weight of changes along a streak.
        sparsity: Weight of the streaks' brightness.
        iterations: Of the solver.

    Raises:
        ValueError: If a number is out of range.
    """

    facts = DerainerFacts(
        title="UGSM",
        paper="after Deng et al., Applied Mathematical Modelling 2018",
        year=2018,
    )
    is_reentrant: ClassVar[bool] = True

    def __init__(self, along: float = 1.5, sparsity: float = 0.35, iterations: int = 40) -> None:
        if along < 0 or sparsity < 0 or iterations < 1:
            raise ValueError(
                f"UGSM: along {along} and sparsity {sparsity} must not be negative, iterations "
                f"{iterations} at least 1"
            )
        self.along = along
        self.sparsity = sparsity
        self.iterations = iterations

    def restore(self, rainy: Tensor) -> Tensor:
        """Remove streaks; see `Derainer.restore`."""
        rainy = rainy.float()
        luma = (rainy * rainy.new_tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1)
        return torch.stack(
            [
                image - self.streaks(level, streak_angle(level))
                for image, level in zip(rainy, luma, strict=True)
            ]
        )

    def streaks(self, luma: Tensor, angle: float) -> Tensor:
        """Solve the model for one picture by ADMM.

        Args:
            luma: (H, W) in [0, 1].
            angle: Of the streaks; see `streak_angle`.

        Returns:
            The streaks' brightness, (H, W), from 0 to ``luma``.
        """
        luma = F.pad(luma[None, None], (MARGIN,) * 4, mode="replicate")[0, 0]
        along = difference(luma.shape, angle).to(luma.device)
        across = difference(luma.shape, angle + math.pi / 2).to(luma.device)
        normal = along.abs().square() + across.abs().square() + 1
        edges = _inverse(across * torch.fft.rfft2(luma), luma)  # D_across y

        streaks = changes = crossings = torch.zeros_like(luma)  # s, D_along s, D_across s
        dual_changes = dual_streaks = dual_edges = torch.zeros_like(luma)
        for _ in range(self.iterations):
            few_changes = shrink(changes + dual_changes, self.along / PENALTY)
            few_streaks = shrink(streaks + dual_streaks, self.sparsity / PENALTY)
            few_streaks = torch.minimum(few_streaks.clamp_min(0), luma)
            few_edges = shrink(edges - crossings + dual_edges, 1 / PENALTY)
            spectrum = (
                along.conj() * torch.fft.rfft2(few_changes - dual_changes)
                + torch.fft.rfft2(few_streaks - dual_streaks)
                + across.conj() * torch.fft.rfft2(edges - few_edges + dual_edges)
            ) / normal
            streaks = _inverse(spectrum, luma)
            changes, crossings = _inverse(along * spectrum, luma), _inverse(across * spectrum, luma)
            dual_changes = dual_changes + changes - few_changes
            dual_streaks = dual_streaks + streaks - few_streaks
            dual_edges = dual_edges + edges - crossings - few_edges
        return few_streaks[MARGIN:-MARGIN, MARGIN:-MARGIN]

    def options(self) -> dict[str, object]:
        """Return the three parameters."""
        return {
            "along": self.along,
            "sparsity": self.sparsity,
            "iterations": self.iterations,
        }


def shrink(values: Tensor, threshold: float) -> Tensor:
    """Move values towards 0 by a threshold: the proximal operator of the absolute value.

    >>> shrink(torch.tensor([-3.0, 0.5, 2.0]), 1.0).tolist()
    [-2.0, 0.0, 1.0]
    """
    return F.softshrink(values, threshold)


def difference(shape: torch.Size, angle: float) -> Tensor:
    """Return what differencing by a pixel in a direction is to a picture's ``rfft2``.

    Args:
        shape: (H, W) of the picture.
        angle: From downwards, in radians; positive turns to the right.

    Returns:
        (H, W // 2 + 1), complex: the downward and the rightward forward differences, weighted.
    """
    height, width = shape
    down = torch.exp(2j * math.pi * torch.fft.fftfreq(height))[:, None] - 1
    right = torch.exp(2j * math.pi * torch.fft.rfftfreq(width))[None] - 1
    multiplier: Tensor = math.cos(angle) * down + math.sin(angle) * right
    return multiplier


def _inverse(spectrum: Tensor, like: Tensor) -> Tensor:
    picture: Tensor = torch.fft.irfft2(spectrum, s=like.shape)
    return picture


def streak_angle(luma: Tensor) -> float:
    """Find the direction in which the narrow bright things of a picture run.

    They are what an opening takes away. Each place votes for the direction of its structure tensor
    (Bigun and Granlund, ICCV 1987) by the square of its coherence, whatever its contrast, so that
    a fence does not outvote the rain.

    Args:
        luma: (H, W).

    Returns:
        Radians from vertical, at most 60 degrees to either side; positive where streaks run to the
        right on their way down.
    """
    narrow = box_mean(luma[None, None] - _open(luma[None, None]), 1)
    padded = F.pad(narrow, (1, 1, 1, 1), mode="replicate")
    right = padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]
    down = padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]
    xx, xy, yy = (
        box_mean(product, NEIGHBOURHOOD) for product in (right * right, right * down, down * down)
    )
    coherence = torch.hypot(xx - yy, 2 * xy) / (xx + yy + 1e-6)
    degrees = torch.rad2deg(-0.5 * torch.atan2(2 * xy, xx - yy))  # across the gradient
    bins = ((degrees + 90).round().long() % 180).flatten().cpu()
    votes = torch.bincount(bins, coherence.square().flatten().cpu(), 180)[None, None]
    smooth = F.avg_pool1d(F.pad(votes, (2, 2), mode="circular"), 5, 1)[0, 0]
    sector = smooth[90 - STEEPEST : 90 + STEEPEST + 1]
    return math.radians(int(sector.argmax()) - STEEPEST)


def _open(luma: Tensor) -> Tensor:
    """Open (N, 1, H, W) by a square: what is bright and narrower takes its surroundings' level."""
    padding = OPENING // 2
    eroded = -F.max_pool2d(-luma, OPENING, 1, padding)
    return F.max_pool2d(eroded, OPENING, 1, padding)
