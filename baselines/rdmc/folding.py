"""Batch norms folded into the convolutions before them: fewer layers, equal results."""

import copy

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from baselines.rdmc.blocks import ConvPair, PassNorm
from baselines.rdmc.recruitment import FinerPath


def fold_norms(network: nn.Module) -> nn.Module:
    """Return a network that computes the same without batch norms.

    In evaluation a batch norm scales and shifts each channel by fixed numbers, which the weights
    and the bias of the convolution before it can hold. Where every pass of the recursion has a
    batch norm of its own, every pass gets a convolution of its own. Other norms stay as they are.

    Args:
        network: Of RDMC's blocks, in evaluation mode; it is left untouched.
    """
    folded = copy.deepcopy(network)
    for module in folded.modules():
        if isinstance(module, ConvPair):
            _fold(module, "first", module.first_norm)
            if module.second_norm is not None:
                _fold(module, "second", module.second_norm)
        elif isinstance(module, FinerPath):
            _fold(module, "conv", module.norm)
    return folded


def _fold(block: nn.Module, name: str, norm: PassNorm) -> None:
    """Put the folded convolutions in the place of the norms, and nothing in the convolution's."""
    conv = getattr(block, name)
    batch_norms = [one for one in norm.norms if isinstance(one, nn.BatchNorm2d)]
    if batch_norms:
        norm.norms = nn.ModuleList(fuse_conv_bn_eval(conv, one) for one in batch_norms)
        setattr(block, name, nn.Identity())
