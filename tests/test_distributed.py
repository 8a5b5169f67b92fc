"""Two processes under torchrun give what one gives, to the last digit."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parent.parent

CONFIG = """
name: shared
rain_sets: [{name: pairs, layout: Rain100L, root: data}]
derainers: [rainy, guided-filter, clean]
tasks: [restoration]
"""


def start(config: Path, out: Path, processes: int) -> None:
    launcher = ["-m", "torch.distributed.run", f"--nproc-per-node={processes}", "--master-port=0"]
    command = [sys.executable, *(launcher if processes > 1 else []), str(ROOT / "run_benchmark.py")]
    command += ["run", str(config), "--out", str(out), "--device", "cpu"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr


def test_two_processes_equal_one(tmp_path: Path, make_pairs: Callable[..., Path]) -> None:
    make_pairs(tmp_path / "data", count=6)
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG)
    for processes in (1, 2):
        start(config, tmp_path / f"out{processes}", processes)
    one, two = tmp_path / "out1", tmp_path / "out2"
    assert (one / "summary.csv").read_bytes() == (two / "summary.csv").read_bytes()
    for table in (one / "tables").iterdir():
        assert table.read_bytes() == (two / "tables" / table.name).read_bytes()
    seconds = ["restore_seconds", "predict_seconds"]
    rows = [
        pd.read_parquet(out / "records" / "restoration.parquet").drop(columns=seconds)
        for out in (one, two)
    ]
    pd.testing.assert_frame_equal(*rows)
