"""The worked configuration builds once the files that it names are there."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from graph_networks import Mixing
from PIL import Image

from harness.config import read_run_config
from harness.plugins import registry
from harness.plugins.options import bind_options
from harness.samples import Sample

CONFIG = Path(__file__).parents[2] / "configs" / "foreign_derainers.yaml"

SCRIPT = """#!/bin/sh
# Stands in for another Python: copies --data_path to --save_path.
cp "$7"/* "$9"
"""


@pytest.fixture
def derainers(tmp_path, monkeypatch):
    """The entries of the configuration, beside files such as a user would have."""
    monkeypatch.setenv("RDMC_BENCH_DATA", str(tmp_path))
    shutil.copy(CONFIG, tmp_path)
    foreign = tmp_path / "foreign"
    for folder in ("restored/Rain100L", "PReNet/logs/Rain100L/PReNet6", "old-python/bin"):
        (foreign / folder).mkdir(parents=True)
    Image.fromarray(_pixels()).save(foreign / "restored/Rain100L/rain-001.png")
    for name in ("networks.py", "test_PReNet.py", "logs/Rain100L/PReNet6/net_latest.pth"):
        (foreign / "PReNet" / name).write_text("")
    (foreign / "old-python/bin/python").write_text(SCRIPT)
    (foreign / "old-python/bin/python").chmod(0o755)
    traced = torch.jit.trace(Mixing(), torch.rand(1, 3, 16, 16))
    torch.jit.save(traced, foreign / "normalised.pt")
    entries = read_run_config(tmp_path / CONFIG.name).derainers
    return {entry.use: entry for entry in entries}


def _pixels():
    return np.random.default_rng(1).integers(0, 256, (24, 32, 3), dtype=np.uint8)


def _build(entry, base):
    target = registry.load("derainers", entry.use)
    return target(**bind_options(entry.name, target, entry.options, base))


class RainSet:
    name = "Rain100L"


@pytest.mark.parametrize("use", ["folder", "command", "torchscript"])
def test_restores(use, derainers, tmp_path, cpu):
    derainer = _build(derainers[use], tmp_path)
    derainer.place(cpu)
    derainer.expect(RainSet(), ["rain-001"], tmp_path / "logs")
    (restored,) = derainer.restore_samples([Sample("rain-001", _pixels())], cpu)
    if use != "torchscript":
        assert np.array_equal(restored.permute(1, 2, 0).numpy(), _pixels())
    derainer.close()


def test_onnx_options_are_known(derainers, tmp_path):
    (tmp_path / "foreign/residual.onnx").write_text("")
    entry = derainers["onnx"]
    target = registry.load("derainers", "onnx")
    options = bind_options(entry.name, target, entry.options, tmp_path)
    assert options["value_range"] == (-1, 1)
