"""A training on the device: steps in half precision, a validation, weights that can be loaded."""

from pathlib import Path

import pytest
import torch
import yaml

from baselines.rdmc import RDMC
from harness.cli.commands import main
from harness.device import Device


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
    config, out = folder / f"{precision}.yaml", folder / f"out-{precision}"
    config.write_text(yaml.safe_dump(settings(precision)))
    assert main(["train", str(config), "--out", str(out)]) == 0
    weights: dict[str, torch.Tensor] = torch.load(out / "rdmc.pth", weights_only=True)
    return weights


def assert_usable(weights: dict[str, torch.Tensor]) -> None:
    assert all(bool(torch.isfinite(one).all()) for one in weights.values())
    assert {one.device.type for one in weights.values()} == {"cpu"}
    RDMC.build_network(width=0.125, passes=1).load_state_dict(weights)


def test_in_bfloat16(device: Device, tmp_path: Path) -> None:
    assert_usable(train(tmp_path, "bfloat16"))
    if device.torch_device.type == "cuda":
        assert torch.cuda.max_memory_allocated() > 0


@pytest.mark.cuda
@pytest.mark.usefixtures("gpu")
def test_in_float16_with_a_scaled_loss(tmp_path: Path) -> None:
    assert_usable(train(tmp_path, "float16"))
