"""What benchmarks write has one form, and the page of benchmarks tells how each file is made."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BENCHMARKS = ROOT / "benchmarks"
PAGE = ROOT / "docs" / "benchmarks.md"
PROGRAMS = [
    path for path in BENCHMARKS.glob("*.py") if '__name__ == "__main__"' in path.read_text()
]
KEYS = {
    *("benchmark", "command", "finished", "revision", "dirty", "machine"),
    *("load_at_the_start", "versions", "figures"),
}


def test_beside_the_figures_stands_where_they_come_from(tmp_path: Path) -> None:
    program = tmp_path / "counting.py"
    program.write_text(
        "import sys, pathlib, measured\nmeasured.write(pathlib.Path(sys.argv[2]), {'figure': 1})\n"
    )
    out = tmp_path / "counting.json"
    subprocess.run(
        [sys.executable, program, "--json", out],
        check=True,
        env={"PYTHONPATH": f"{BENCHMARKS}:{ROOT}", "OMP_NUM_THREADS": "1"},
    )
    told = json.loads(out.read_text())
    assert told.keys() == KEYS
    assert told["figures"] == {"figure": 1}
    assert told["command"] == f"python benchmarks/counting.py --json {out}"
    assert told["machine"]["omp_num_threads"] == "1" and told["machine"]["cores"] >= 1
    assert told["load_at_the_start"] >= 0


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_who_writes_json_writes_that_form(path: Path) -> None:
    text = path.read_text()
    assert ('"--json"' in text) == bool(re.search(r"measured\.write\(\s*options\.json, ", text))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_the_page_names_every_benchmark(path: Path) -> None:
    assert f"`{path.name}`" in PAGE.read_text()


def test_the_commands_of_the_page_make_what_is_committed() -> None:
    made = re.findall(r"^measure (\w+)", PAGE.read_text(), re.MULTILINE)
    assert all('"--json"' in (BENCHMARKS / f"{program}.py").read_text() for program in made)
    committed = {path.stem for path in (ROOT / "results/reference/speed").glob("*.json")}
    assert committed <= set(made)
