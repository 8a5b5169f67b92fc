"""Batch norms that stop following the batch before training ends."""

from typing import Any

from mmengine.hooks import Hook
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


class FrozenNormHook(Hook):  # type: ignore[misc]
    """From some iteration on, batch norms normalise by their running statistics in training too.

    Batch norm speeds the start up, but what a patch becomes then depends on its neighbours in the
    batch, and a restoration network is asked for exact levels. So the last part of a training
    learns what evaluation will compute.

    Args:
        start: The first iteration with frozen statistics.
    """

    def __init__(self, start: int) -> None:
        self.start = start

    def before_train_iter(self, runner: Any, batch_idx: int, data_batch: Any = None) -> None:
        """Freeze, also after a validation put the network back into training mode."""
        if runner.iter >= self.start:
            freeze_norms(runner.model)


def freeze_norms(network: nn.Module) -> None:
    """Put the batch norms of a network into evaluation mode; scale and shift go on learning."""
    for module in network.modules():
        if isinstance(module, _BatchNorm):
            module.eval()
