"""Measuring one derainer in this process, which should have measured nothing else."""

from collections.abc import Callable
from typing import NamedTuple

import torch

from harness.cost.macs import count_macs
from harness.cost.timing import time_calls
from harness.derainer import Derainer, NetworkDerainer, pad_to_multiple
from harness.device import Device
from harness.foreign_code import outcome
from harness.noise_picture import noise
from harness.peak_memory import peak_of_process
from harness.run_folder.costs import Cost

WARM_UP_SIZE = (64, 64)
"""A first small picture loads code, whose memory is not the picture's."""


class Size(NamedTuple):
    """Height and width of a picture, in pixels."""

    height: int
    width: int


def measure(name: str, derainer: Derainer, device: Device, size: Size, repeats: int) -> Cost:
    """Measure what a derainer costs on one picture, restored whole.

    What is measured is `Derainer.restore_samples`: from the 8-bit picture to the restored one.

    Args:
        name: Of the derainer in the configuration.
        derainer: Freshly built; it is placed on the device.
        device: Where it runs.
        size: Of the picture.
        repeats: Calls to time, after a warm-up.
    """
    macs, why_none = _macs(derainer, size)
    parameters = derainer.parameters_count()
    derainer.place(device)
    try:
        restore = warmed_up(derainer, device, size)
        peak = peak_of_process(restore, device.torch_device)
        milliseconds, clock = time_calls(restore, repeats, device)
    finally:
        derainer.close()
    return Cost(
        name=name,
        title=derainer.facts.title,
        parameters=parameters,
        macs=macs,
        macs_missing=why_none,
        milliseconds=milliseconds,
        clock=clock,
        peak_bytes=peak,
    )


def warmed_up(derainer: Derainer, device: Device, size: tuple[int, int]) -> Callable[[], None]:
    """Return a call that restores one picture whole, after a first small one.

    Args:
        derainer: Placed on the device.
        device: Where it runs; the call waits for it.
        size: Height and width of the picture, in pixels.
    """
    derainer.tiler = None
    picture = noise(size)

    def restore() -> None:
        derainer.restore_samples([picture], device)
        device.synchronise()

    derainer.restore_samples([noise(WARM_UP_SIZE)], device)
    return restore


def _macs(derainer: Derainer, size: Size) -> tuple[int | None, str]:
    """Return the multiply-accumulates, or None and why there are none."""
    if not isinstance(derainer, NetworkDerainer):
        is_network = derainer.parameters_count() != 0
        return (
            None,
            "what is computed cannot be seen from outside" if is_network else "not a network",
        )
    picture = torch.empty(1, 1, *size)
    height, width = pad_to_multiple(picture, derainer.facts.size_multiple).shape[-2:]
    counted, error = outcome(lambda: count_macs(derainer.network, height, width))
    if error is not None:  # a network of others may do what has no shape-only version
        return None, f"cannot be counted ({type(error).__name__})"
    return (counted, "") if counted else (None, "its operators cannot be seen")
