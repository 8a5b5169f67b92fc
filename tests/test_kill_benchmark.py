"""Runs that are killed, a few times; `benchmarks/kill.py` does it as often as one likes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[1]


def test_nothing_is_torn(tmp_path: Path) -> None:
    out = tmp_path / "kill.json"
    command = [sys.executable, ROOT / "benchmarks" / "kill.py", "--kills", "8", "--shared", "2"]
    done = subprocess.run(
        [*command, "--json", out], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(out.read_text())["figures"]
    assert found["failures"] == []
    assert sum(found["kills"].values()) == 10
    assert found["changes"] > 50 and found["hits"] >= 3
