"""The folder of a run, changed at random: reported and continued, or refused in a line."""

import shutil
from pathlib import Path

import pytest
from hostile_pictures import encoded, photo
from hypothesis import given, settings
from mutations import CHANGES, FUZZED, SEED, Change, changed

from harness.cli.commands import DEFECT, main
from harness.report import run_report
from harness.run import whole_run

pytestmark = pytest.mark.long

FILES = (
    "manifest.json",
    "summary.csv",
    "comparisons.csv",
    "records/restoration.parquet",
    "examples/index.json",
    "examples/A/*/restored/rainy.png",
    "restored/A/rainy/0.png",
)
CONFIG = """\
name: small
rain_sets: [{name: A, LAYOUT}]
derainers: [rainy, clean]
tasks: [restoration]
examples: 1
keep_restored: true
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two pairs, their configuration and a finished run of it."""
    root = tmp_path_factory.mktemp("runs")
    for number in range(2):
        for kind in ("rainy", "clean"):
            (root / kind).mkdir(exist_ok=True)
            turned = photo().rotate(180 * (kind == "clean") + number)
            (root / kind / f"{number}.png").write_bytes(encoded("PNG", turned))
    text = CONFIG.replace("LAYOUT", LAYOUT)
    (root / "run.yaml").write_text(text)
    assert main(["run", str(root / "run.yaml"), "--out", str(root / "whole")]) == 0
    return root


LAYOUT = 'layout: files, root: ., pictures: {rainy: "rainy/{id}.png", clean: "clean/{id}.png"}'


@pytest.mark.parametrize("name", FILES)
def test_a_changed_file_of_a_run(
    finished: Path,
    name: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(whole_run, "write_report", lambda directory: directory)
    monkeypatch.setattr(run_report, "drawings", lambda run: iter(()))  # which take seconds
    (found,) = (finished / "whole").glob(name)
    content, name = found.read_bytes(), found.relative_to(finished / "whole").as_posix()
    directory = finished / "changed"

    @settings(FUZZED, max_examples=3 if SEED is None else 60)
    @given(changes=CHANGES)
    def one(changes: list[Change]) -> None:
        for command in (
            ["run", str(finished / "run.yaml"), "--out", str(directory)],
            ["report", str(directory)],
        ):
            shutil.rmtree(directory, ignore_errors=True)
            shutil.copytree(finished / "whole", directory)
            (directory / name).write_bytes(changed(content, changes))
            capsys.readouterr()
            assert main(command) in {0, 1, 2}
            told = [line for line in capsys.readouterr().err.splitlines() if line]
            assert not [line for line in told if DEFECT in line or "Traceback" in line]

    one()
