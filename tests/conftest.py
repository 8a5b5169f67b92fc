"""Fixtures that every test may use: a small set of pairs on disk, and the real data if there."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from PIL import Image

from harness.device import SINGLE_THREAD, Device

# A loaded machine is slow, not wrong.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

# A shell starts what runs in the background with Ctrl-C ignored, and so would every run that a test
# starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long files: whoever gets one last would end long after the others."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def bench_data() -> Path:
    """The folder of real pictures, named by RDMC_BENCH_DATA."""
    folder = os.environ.get("RDMC_BENCH_DATA")
    if not folder:
        pytest.skip("RDMC_BENCH_DATA names no folder of real pictures")
    return Path(folder)


@pytest.fixture(scope="session")
def authors_weights() -> Path:
    """The folder of weights that others published: RDMC_BENCH_WEIGHTS, or beside the pictures."""
    data = os.environ.get("RDMC_BENCH_DATA")
    folder = os.environ.get("RDMC_BENCH_WEIGHTS") or (data and Path(data).parent / "weights")
    if not folder or not (Path(folder) / "prenet_rain100l.pth").is_file():
        pytest.skip(
            f"RDMC_BENCH_WEIGHTS names no folder of published weights ({folder or 'not set'})"
        )
    return Path(folder)


@pytest.fixture
def cpu() -> Device:
    """One CPU thread, exact arithmetic."""
    import torch

    return Device(torch.device("cpu"), "float32", SINGLE_THREAD)


@pytest.fixture
def make_pairs() -> Callable[..., Path]:
    """Write ``count`` pairs in the layout of Rain100L into a folder."""

    def make(root: Path, count: int = 4, size: tuple[int, int] = (24, 32)) -> Path:
        rng = np.random.default_rng(7)
        for folder in ("rainy", "norain"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        for number in range(1, count + 1):
            clean = rng.integers(0, 200, (*size, 3), dtype=np.uint8)
            rainy = clean + rng.integers(0, 40, (*size, 1), dtype=np.uint8)
            Image.fromarray(clean).save(root / f"norain/norain-{number:03}.png")
            Image.fromarray(rainy).save(root / f"rainy/rain-{number:03}.png")
        return root

    return make
