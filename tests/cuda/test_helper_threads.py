"""A derainer is placed and called in helper threads, whose current GPU and autocast are theirs."""

import dataclasses
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from torch import Tensor

from baselines.prenet import PReNetDerainer
from harness.device import Device
from harness.samples import Sample


def in_a_thread(call: Callable[[], Any]) -> Any:
    with ThreadPoolExecutor(1) as helper:
        return helper.submit(call).result()


def test_a_helper_thread_places_it_on_the_same_device(device: Device) -> None:
    derainer = PReNetDerainer()
    in_a_thread(lambda: derainer.place(device))
    placed = {parameter.device for parameter in derainer.network.parameters()}
    assert placed == {device.torch_device}


def test_a_helper_thread_restores_the_same_picture(device: Device, picture: Sample) -> None:
    derainer = PReNetDerainer()
    derainer.place(device)
    (here,) = derainer.restore_samples([picture], device)
    (there,) = in_a_thread(lambda: derainer.restore_samples([picture], device))
    torch.testing.assert_close(there, here, atol=1e-6, rtol=0)


def test_autocast_reaches_a_helper_thread(device: Device, picture: Sample) -> None:
    derainer = PReNetDerainer()
    derainer.place(device)
    seen: set[torch.dtype] = set()

    def note(_module: object, _given: object, made: Tensor) -> None:
        seen.add(made.dtype)

    first = next(one for one in derainer.network.modules() if isinstance(one, torch.nn.Conv2d))
    first.register_forward_hook(note)
    fast = dataclasses.replace(device, precision="bfloat16")
    in_a_thread(lambda: derainer.restore_samples([picture], fast))
    assert seen == {torch.bfloat16}
