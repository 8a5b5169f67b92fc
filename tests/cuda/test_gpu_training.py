"""A training on the device: steps in half precision, a validation, weights that can be loaded."""

from pathlib import Path

import pytest
import torch
import yaml

from harness.cli import main


def settings(precision: str) -> dict[str, object]:
    return {
        "train": "derainer",
        "use": "rdmc",
        "options": {"width": 0.125, "passes": 1},
        "data": {
            "sources": [{"scenes": [0, 2], "rain": {"heavy": 1.0}}],
            "width": 64,
            "height": 48,
            "crops": 1,
        },
        "patch": 32,
        "batch": 2,
        "iterations": 2,
        "losses": {"ssim": 1.0, "l1": 1.0},
        "precision": precision,
        "validation": {"scenes": [500, 1], "every": 2},
    }


def train(folder: Path, precision: str) -> dict[str, torch.Tensor]:
    config = folder / "train.yaml"
    config.write_text(yaml.safe_dump(settings(precision)))
    assert main(["train", str(config), "--out", str(folder / "out")]) == 0
    weights: dict[str, torch.Tensor] = torch.load(folder / "out" / "rdmc.pth", weights_only=True)
    return weights


@pytest.mark.cuda
@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_in_half_precision(precision: str, tmp_path: Path) -> None:
    weights = train(tmp_path, precision)
    assert torch.cuda.max_memory_allocated() > 0
    assert all(bool(torch.isfinite(one).all()) for one in weights.values())
    assert {one.device.type for one in weights.values()} == {"cpu"}
