"""The benchmark of speed runs; what it finds is no test's business."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "speed.py"


def test_it_measures_every_step(tmp_path: Path) -> None:
    out = tmp_path / "speed.json"
    command = [sys.executable, SCRIPT, "rdmc,width=0.125,norm=batch", "--sizes", "16x20"]
    options = ["--device", "cpu", "--repeats", "1", "--pictures", "0", "--json", out]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads(out.read_text())["figures"]["speed"]
    assert [row["step"] for row in rows] == ["plain", "channels_last", "folded", "bfloat16"]
    assert rows[0]["plain/step"] == 1
    assert all(row["milliseconds"] > 0 for row in rows)
    assert len({row["parameters"] for row in rows}) == 1
