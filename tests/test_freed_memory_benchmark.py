"""The benchmark of freed memory measures both ways in processes of their own."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BENCHMARK = ROOT / "benchmarks" / "freed_memory.py"


@pytest.mark.skipif(not hasattr(resource, "RUSAGE_THREAD"), reason="the benchmark measures Linux")
def test_both_ways_are_measured(tmp_path: Path) -> None:
    out = tmp_path / "freed_memory.json"
    command = [sys.executable, BENCHMARK, "guided-filter", "--sizes", "900x1200", "--json", out]
    environment = {"PYTHONPATH": f"{BENCHMARK.parent}:{ROOT}", "PATH": ""}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    (row,) = json.loads(out.read_text())["figures"]
    assert row["derainer"] == "guided-filter" and row["size"] == "900x1200"
    assert row["handed_back"]["page_faults"] > row["kept"]["page_faults"]
    assert "times the work of kept" in done.stdout
