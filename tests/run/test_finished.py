"""A finished run again: nothing is built where nothing changed; what changed is looked at."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from PIL import Image

from harness.config import RunConfig
from harness.device import SINGLE_THREAD, Device
from harness.report import run_report
from harness.run import finished
from harness.run.finished import Asked, said_if_finished
from harness.run.whole_run import run
from harness.run_folder.folder_lock import claimed
from harness.run_folder.ownership import FINISHED

ROOT = Path(__file__).parents[2]

PAIRS = {"rainy": "rainy/{id}.png", "clean": "clean/{id}.png"}
CONFIG = {
    "name": "twice",
    "rain_sets": [{"name": "pairs", "layout": "pairs", "root": ".", **PAIRS}],
    "derainers": ["rainy", {"name": "filter", "use": "guided-filter"}],
    "tasks": ["restoration"],
    "examples": 1,
}


class Place(NamedTuple):
    """A folder with data and a finished run of them."""

    folder: Path

    @property
    def out(self) -> Path:
        """The run's folder."""
        return self.folder / "out"

    def said(self, limit: int | None = None, device: str = "auto", **settings: object) -> object:
        """Ask whether it is finished."""
        config = RunConfig.model_validate({**CONFIG, **settings})
        return said_if_finished(Asked(config, self.folder, limit), self.out, device)


def carry_out(folder: Path, **settings: object) -> Place:
    config = RunConfig.model_validate({**CONFIG, **settings})
    run(config, folder, folder / "out", Device(torch.device("cpu"), "float32", SINGLE_THREAD))
    return Place(folder)


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A finished run, without plots."""
    folder = tmp_path_factory.mktemp("finished")
    rng = np.random.default_rng(3)
    for name in ("rainy", "clean"):
        (folder / name).mkdir()
        for number in range(2):
            pixels = rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    (folder / "run.yaml").write_text(json.dumps(CONFIG))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_report, "drawings", lambda run: iter(()))
        return carry_out(folder)


@pytest.fixture
def place(once: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A copy of it, as much finished as the original."""
    copy = Place(tmp_path / "copy")
    shutil.copytree(once.folder, copy.folder)
    monkeypatch.setattr(run_report, "drawings", lambda run: iter(()))
    carry_out(copy.folder)  # paths are of the copy now
    return copy


def without_torch(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command; one that imported PyTorch fails."""
    script = (
        "import sys; from harness.cli.commands import main; "
        "status = main(sys.argv[1:]); "
        "sys.exit('PyTorch was imported' if 'torch' in sys.modules else status)"
    )
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.parametrize("command", ["run", "report"])
def test_neither_torch_nor_a_model_is_needed(place: Place, command: str) -> None:
    before = {path: path.stat().st_mtime_ns for path in place.out.rglob("*") if path.is_file()}
    if command == "run":
        done = without_torch("run", str(place.folder / "run.yaml"), "--out", str(place.out))
        assert "2 images of 1 rain set" in done.stderr
        assert f"nothing left to compute in {place.out}" in done.stderr
    else:
        done = without_torch("report", str(place.out))
    assert done.returncode == 0, done.stderr
    assert f"report: {place.out / 'report.html'}" in done.stdout
    after = {path: path.stat().st_mtime_ns for path in place.out.rglob("*") if path.is_file()}
    unlike = {path.name for path in before if after.get(path) != before[path]}
    assert unlike <= {".rdmc-bench"}  # who holds the lock


def test_what_setuptools_brings_along_is_no_other_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    packages = tmp_path / "packages"
    for folder in (packages, packages / "setuptools" / "_vendor"):
        (folder / "zipp-3.23.0.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(packages)
    before = finished._packages()
    assert before[0] == "zipp-3.23.0.dist-info"
    monkeypatch.setattr(sys, "path", [*sys.path, str(packages / "setuptools" / "_vendor")])
    assert finished._packages() == before


def _other_picture(place: Place) -> None:
    path = place.folder / "rainy" / "0.png"
    Image.fromarray(255 - np.asarray(Image.open(path))).save(path)


CHANGES: dict[str, Callable[[Place], object]] = {
    "a picture": _other_picture,
    "a new picture": lambda place: [
        shutil.copy(place.folder / name / "0.png", place.folder / name / "7.png")
        for name in ("rainy", "clean")
    ],
    "an edited report": lambda place: (place.out / "report.html").write_text("mine"),
    "a lost table": lambda place: (place.out / "tables" / "joint.md").unlink(),
    "lost records": lambda place: (place.out / "records" / "restoration.parquet").unlink(),
    "a lost example": lambda place: next(place.out.glob("examples/*/*/restored/*")).unlink(),
    "a run that was killed since": lambda place: shutil.copytree(
        place.out / "records", place.out / "records" / "parts"
    ),
    "a damaged note": lambda place: (place.out / FINISHED).write_text("{"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_looked_at(place: Place, change: str) -> None:
    assert place.said() is not None
    CHANGES[change](place)
    assert place.said() is None


def test_another_command_is_another_run(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    assert place.said(device="cpu") is not None
    assert place.said(device="cuda") is None
    assert place.said(limit=1) is None
    assert place.said(quantiser="floor") is None
    assert place.said(keep_restored=True) is None
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert place.said() is None


def test_other_code_or_packages_make_it_anew(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finished, "_packages", lambda: ["torch-99.dist-info"])
    assert place.said() is None
    monkeypatch.undo()
    assert place.said() is not None
    monkeypatch.setattr(finished, "_code", lambda: {"baselines/guided_filter.py": "new"})
    assert place.said() is None


def test_a_commit_that_leaves_the_code_alone_changes_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = finished.git_state()
    monkeypatch.setattr(finished, "git_state", lambda: {**state, "revision": "0" * 40})
    assert place.said() is not None
    monkeypatch.setattr(finished, "git_state", lambda: {**state, "dirty": not state["dirty"]})
    assert place.said() is None


def test_the_content_of_weights_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net = {"name": "net", "use": "prenet", "weights": "mine.pth"}
    config = RunConfig.model_validate({**CONFIG, "derainers": [net]})
    monkeypatch.setenv("RDMC_BENCH_WEIGHTS", str(tmp_path / "elsewhere"))
    (tmp_path / "elsewhere").mkdir()
    seen = [finished._made_from(Asked(config, tmp_path, None))]
    for path, content in (("elsewhere/mine.pth", b"1"), ("elsewhere/mine.pth", b"2")):
        (tmp_path / path).write_bytes(content)
        seen.append(finished._made_from(Asked(config, tmp_path, None)))
    (tmp_path / "mine.pth").write_bytes(b"3")  # beside the configuration goes first
    seen.append(finished._made_from(Asked(config, tmp_path, None)))
    assert len(set(seen)) == 4
    (tmp_path / "mine.pth").unlink()
    (tmp_path / "mine.pth").mkdir()
    with pytest.raises(OSError):
        finished._made_from(Asked(config, tmp_path, None))


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "program", "use": "command", "argv": ["cp", "{input}", "{output}"]},
        {"name": "theirs", "use": "of-a-plugin"},
        {"name": "net", "use": "onnx", "file": "net.onnx"},  # its numbers may lie in other files
        {"name": "alone", "use": "guided-filter", "isolate": True},
    ],
)
def test_what_only_the_part_itself_can_tell_is_built(entry: dict[str, object]) -> None:
    config = RunConfig.model_validate({**CONFIG, "derainers": ["rainy", entry]})
    assert not finished._is_knowable(config)


def test_rain_sets_say_by_their_keys_what_they_read() -> None:
    annotated = {"name": "a", "layout": "coco", "images": "images", "annotations": "a.json"}
    assert finished._is_knowable(RunConfig.model_validate({**CONFIG, "rain_sets": [annotated]}))


def test_a_run_with_failed_rows_is_not_finished(place: Place) -> None:
    (place.folder / "rainy" / "1.png").write_bytes(b"no picture")
    carry_out(place.folder)
    assert not (place.out / FINISHED).exists()


def test_kept_pictures_are_looked_at(place: Place) -> None:
    carry_out(place.folder, keep_restored=True)
    assert place.said(keep_restored=True) is not None
    kept = next(place.out.glob("restored/*/filter/*.png"))
    kept.write_bytes(kept.read_bytes()[:-20])
    assert place.said(keep_restored=True) is None


def test_a_folder_in_use_is_refused(place: Place) -> None:
    with claimed(place.out, "a test"), pytest.raises(Exception, match="works in it"):
        place.said()


def test_the_figures_of_a_run_beside_it_count(tmp_path: Path) -> None:
    config = RunConfig.model_validate({**CONFIG, "beside": ["other"]})
    seen = [finished._made_from(Asked(RunConfig.model_validate(CONFIG), tmp_path, None))]
    (tmp_path / "other").mkdir()
    for text in ("1", "2"):
        (tmp_path / "other" / "summary.csv").write_text(text)
        seen.append(finished._made_from(Asked(config, tmp_path, None)))
    assert len(set(seen)) == 3
