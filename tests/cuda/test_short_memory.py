"""Where the device has less memory than an image needs, the derainer works in tiles, unseen."""

import itertools
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from harness import device as device_module
from harness.derainer import DerainerFacts, NetworkDerainer
from harness.device import Device
from harness.peak_memory import peak_bytes
from harness.samples import Sample
from harness.tiling import Tiler

OVERLAP = 64


class Smooth(nn.Module):
    """Three convolutions, wide enough that their features are what takes the memory."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        channels = (3, 32, 32, 3)
        pairs = itertools.pairwise(channels)
        self.layers = nn.Sequential(*(nn.Conv2d(a, b, 3, padding=1) for a, b in pairs))

    def forward(self, rainy: Tensor) -> Tensor:
        return rainy + self.layers(rainy)


class SmoothDerainer(NetworkDerainer):
    facts = DerainerFacts(title="Smooth")

    def __init__(self) -> None:
        self.network = Smooth()


@pytest.fixture
def cap_memory(device: Device, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Leave so many bytes: on a GPU its allocator refuses more, a CPU is told that it has less."""

    def cap(left: int) -> None:
        if device.torch_device.type == "cuda":
            torch.cuda.empty_cache()
            whole = torch.cuda.get_device_properties(0).total_memory
            torch.cuda.set_per_process_memory_fraction(
                (torch.cuda.memory_reserved() + left) / whole
            )
        else:
            allowed = left / device_module.SHARE_OF_MEMORY["cpu"]
            monkeypatch.setattr(device_module, "available_memory", lambda _: allowed)

    yield cap
    if device.torch_device.type == "cuda":
        torch.cuda.set_per_process_memory_fraction(1.0)
        torch.cuda.empty_cache()


def test_an_image_beyond_the_memory_is_restored_in_tiles(
    device: Device, cap_memory: Callable[[int], None]
) -> None:
    size = (1080, 1920) if device.torch_device.type == "cuda" else (400, 520)
    noise = np.random.default_rng(4).integers(0, 256, (*size, 3), dtype=np.uint8)
    image = Sample("a", noise)
    derainer = SmoothDerainer()
    derainer.place(device)
    derainer.restore_samples([Sample("small", noise[:64, :64].copy())], device)
    whole: list[Tensor] = []
    needed = peak_bytes(
        lambda: whole.extend(derainer.restore_samples([image], device)), device.torch_device
    )
    derainer.tiler = Tiler(overlap=OVERLAP)
    cap_memory(needed * 2 // 3)
    (tiled,) = derainer.restore_samples([image], device)
    assert derainer.tiler.tiling is not None
    torch.testing.assert_close(tiled, whole[0], atol=1e-5, rtol=0)
