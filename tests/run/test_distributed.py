"""Two processes under torchrun give what one gives, to the last digit."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]

CONFIG = """
name: shared
rain_sets: [{name: streets-heavy, layout: streets-heavy, scenes: 2}]
derainers: [rainy, rdmc-s, {name: copier, use: command, argv: ARGV}, clean]
tasks: [restoration, detection, segmentation]
examples: 1
"""
COPIER = "import shutil, sys; shutil.copytree(*sys.argv[1:], dirs_exist_ok=True)"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The folders of one run by one process and of the same run by two."""
    folder = tmp_path_factory.mktemp("shared")
    config = folder / "config.yaml"
    argv = [sys.executable, "-c", COPIER, "{input}", "{output}"]
    config.write_text(CONFIG.replace("ARGV", json.dumps(argv)))
    for processes in (1, 2):
        start(config, folder / f"out{processes}", processes)
    return folder / "out1", folder / "out2"


def start(config: Path, out: Path, processes: int) -> None:
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    command = [sys.executable, *(launcher if processes > 1 else []), str(ROOT / "run_benchmark.py")]
    command += ["run", str(config), "--out", str(out), "--device", "cpu"]
    environment = {key: value for key, value in os.environ.items() if key != "OMP_NUM_THREADS"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600)
    assert done.returncode == 0, done.stderr


def test_the_figures_are_the_same_to_the_last_digit(runs: tuple[Path, Path]) -> None:
    one, two = runs
    assert (one / "summary.csv").read_bytes() == (two / "summary.csv").read_bytes()
    tables = sorted(path.name for path in (one / "tables").iterdir())
    assert tables == sorted(path.name for path in (two / "tables").iterdir())
    for name in tables:
        assert (one / "tables" / name).read_bytes() == (two / "tables" / name).read_bytes()


@pytest.mark.parametrize("task", ["restoration", "detection", "segmentation"])
def test_the_rows_are_the_same(runs: tuple[Path, Path], task: str) -> None:
    rows = [
        pd.read_parquet(out / "records" / f"{task}.parquet").drop(
            columns=["restore_seconds", "predict_seconds"]
        )
        for out in runs
    ]
    pd.testing.assert_frame_equal(*rows)
    assert len(rows[0]) == 4 * 2
    assert (rows[0]["status"] == "ok").all()


def test_each_process_has_its_own_calls_of_a_program(runs: tuple[Path, Path]) -> None:
    one, two = (sorted(path.name for path in (out / "logs" / "copier").iterdir()) for out in runs)
    assert one == ["streets-heavy.log"]
    assert two == ["streets-heavy.process-0.log", "streets-heavy.process-1.log"]


def test_nothing_is_left_of_the_parts(runs: tuple[Path, Path]) -> None:
    for out in runs:
        assert not list((out / "records" / "parts").iterdir())
