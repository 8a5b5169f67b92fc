"""The device of these tests: the GPU where there is one, and a CPU as its stand-in everywhere."""

import numpy as np
import pytest
import torch

from harness.device import SINGLE_THREAD, Device, choose_device
from harness.samples import Sample


@pytest.fixture
def gpu() -> Device:
    """The GPU; without one the test is skipped."""
    if not torch.cuda.is_available():
        pytest.skip("this PyTorch sees no GPU")
    return choose_device("cuda")


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=pytest.mark.cuda)])
def device(request: pytest.FixtureRequest) -> Device:
    """A CPU, whatever the machine has, and the GPU under the mark ``cuda``."""
    if request.param == "cuda":
        chosen: Device = request.getfixturevalue("gpu")
        return chosen
    return Device(torch.device("cpu"), "float32", SINGLE_THREAD)


@pytest.fixture
def picture() -> Sample:
    """Streaks on blocks of colour, 64x96: structure that a derainer changes."""
    rng = np.random.default_rng(1)
    blocks = np.kron(rng.integers(0, 200, (4, 6, 3)), np.ones((16, 16, 1), int))
    drops = 60 * (rng.random((64, 96, 1)) > 0.97)
    streaks = np.sum([np.roll(drops, step, 0) for step in range(9)], axis=0)
    return Sample("a", np.clip(blocks + streaks, 0, 255).astype(np.uint8))
