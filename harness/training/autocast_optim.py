"""Mixed-precision training on any device: convolutions in bfloat16, weights in float32."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from mmengine.registry import OPTIM_WRAPPERS
from torch import nn


@OPTIM_WRAPPERS.register_module()
class Bfloat16OptimWrapper(OptimWrapper):  # type: ignore[misc]
    """Runs training steps in bfloat16 autocast, on a CPU too.

    mmengine's ``AmpOptimWrapper`` refuses to work without a GPU. bfloat16 has float32's range, so
    that no loss needs scaling.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Enclose one forward pass of training."""
        device_type = next(model.parameters()).device.type
        with super().optim_context(model), torch.autocast(device_type, dtype=torch.bfloat16):
            yield
