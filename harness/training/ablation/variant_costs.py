"""What a variant costs, and how its network does on the pictures that its training held out."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from harness.cost.macs import count_macs
from harness.device import Device
from harness.plugins import registry
from harness.training.ablation.ablation_settings import Training
from harness.training.ablation.training_folder import minutes_spent
from harness.training.derainer_training import network_builder
from harness.training.loaders import validation_loader
from harness.training.restoration_model import image_quality, to_unit_range
from harness.weights import fit_state_dict, read_state_dict

MACS_SIZE = (320, 480)
"""Height and width of the picture for which multiplications are counted; each is raised to the
derainer's size multiple."""


class Costs(NamedTuple):
    """What was measured of one training.

    Attributes:
        parameters: Learned numbers of the network.
        macs: Multiply-accumulates of a picture of `MACS_SIZE`.
        minutes: Wall time of the training, all its sessions together.
        held_out: PSNR-Y, dB, of the exported network on the training's held-out pictures.
        held_out_train_mode: The same with batch norms that take the statistics of each batch, as
            in training; None for a network without batch norm.
    """

    parameters: int
    macs: int
    minutes: float
    held_out: float
    held_out_train_mode: float | None


def measure(training: Training, weights: Path, device: Device) -> Costs:
    """Measure a trained network, in float32.

    Args:
        training: What was trained.
        weights: The exported file, in the training's folder.
        device: Where to measure.
    """
    target = registry.load("derainers", training.settings.use)
    network = network_builder(training.settings)()
    fit_state_dict(network, read_state_dict(weights), weights)
    network = device.place_module(network.eval())
    batches = held_out_batches(training, weights.parent)
    norms = [module for module in network.modules() if isinstance(module, _BatchNorm)]
    in_train_mode = None
    if norms:
        with batch_statistics(norms):
            in_train_mode = mean_psnr(network, batches, device)
    multiple = target.facts.size_multiple  # type: ignore[attr-defined]
    height, width = (-(-side // multiple) * multiple for side in MACS_SIZE)
    return Costs(
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        macs=count_macs(network, height, width),
        minutes=minutes_spent(weights.parent),
        held_out=mean_psnr(network, batches, device),
        held_out_train_mode=in_train_mode,
    )


class Batch(NamedTuple):
    """Held-out pairs of one size, (N, 3, H, W) uint8 each."""

    rainy: Tensor
    clean: Tensor


def held_out_batches(training: Training, folder: Path) -> list[Batch]:
    """Return the pairs that validate the training, in batches as large as the training's."""
    pairs = [
        Batch(pair["rainy"], pair["clean"]) for pair in validation_loader(training.settings, folder)
    ]
    batches = []
    for _, same_size in groupby(pairs, key=lambda pair: pair.rainy.shape):
        together = list(same_size)
        for start in range(0, len(together), training.settings.batch):
            rainy, clean = zip(*together[start : start + training.settings.batch], strict=True)
            batches.append(Batch(torch.cat(rainy), torch.cat(clean)))
    return batches


def mean_psnr(network: nn.Module, batches: Sequence[Batch], device: Device) -> float:
    """Return the mean PSNR-Y of the restored pictures, dB."""
    rows = []
    for batch in batches:
        rainy, clean = to_unit_range(batch.rainy), to_unit_range(batch.clean)
        with torch.no_grad():
            restored = network(device.place(rainy))
        rows += image_quality(restored.float().cpu(), clean)
    return sum(row["psnr_y"] for row in rows) / len(rows)


@contextmanager
def batch_statistics(norms: Sequence[_BatchNorm]) -> Iterator[None]:
    """Let batch norms use the statistics of each batch, and learn nothing from it."""
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.train()
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.eval()
            norm.momentum = momentum
