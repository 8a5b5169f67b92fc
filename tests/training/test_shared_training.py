"""Two processes under torchrun learn what one process learns from batches of twice the size."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml

pytestmark = pytest.mark.long

ROOT = Path(__file__).parent.parent.parent

RECORDED_TRAINING = """
import sys
from harness.training import train
from harness.training.training_pairs import RainPairs
from pathlib import Path

inner = RainPairs.__getitem__

def recorded(self, index):
    with Path(sys.argv[3]).open("a") as file:
        file.write(f"{index} ")
    return inner(self, index)

RainPairs.__getitem__ = recorded
train(Path(sys.argv[1]), Path(sys.argv[2]))
"""
"""A training that writes the numbers of the pairs it makes to a file."""


def _train(folder: Path, scenes: Path, processes: int, batch: int) -> Path:
    settings = {
        "train": "derainer",
        "use": "prenet",
        "data": {
            "sources": [{"scenes": [0, 8], "rain": {"sampled": 1.0}}],
            "width": 64,
            "height": 48,
            "crops": 1,
            "cache": str(scenes),
        },
        "patch": 16,
        "batch": batch,
        "iterations": 4,
        "losses": {"l1": 1.0, "ssim": 1.0},
        "precision": "float32",
        "validation": {"scenes": [500, 2], "every": 2},
        "threads": 1,
    }
    out = folder / f"out{processes}"
    folder.mkdir(exist_ok=True)
    config = folder / f"{processes}.yaml"
    config.write_text(yaml.safe_dump(settings))
    (folder / "train.py").write_text(RECORDED_TRAINING)
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    command = [sys.executable, *(launcher if processes > 1 else []), str(folder / "train.py")]
    command += [str(config), str(out), str(folder / f"seen{processes}")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, timeout=900, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    return out


def test_two_processes_learn_what_one_does(scenes: Path, tmp_path: Path) -> None:
    folder = tmp_path / "trainings"
    outs = _train(folder, scenes, 1, batch=4), _train(folder, scenes, 2, batch=2)
    seen = [sorted(map(int, (folder / f"seen{n}").read_text().split())) for n in (1, 2)]
    assert seen[0] == seen[1] == list(range(16))
    first, second = (torch.load(out / "prenet.pth", weights_only=True) for out in outs)
    assert all(torch.allclose(first[key], second[key], atol=2e-3) for key in first)
    one, two = (json.loads((out / "prenet.json").read_text()) for out in outs)
    assert one["psnr_y_held_out"] == pytest.approx(two["psnr_y_held_out"], abs=0.01)
    assert (one["processes"], two["processes"]) == (1, 2)
    assert not (folder / ".dist_test").exists()
