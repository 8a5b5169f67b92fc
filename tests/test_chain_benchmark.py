"""The comparison with the chain of tools: what it measures, compares and runs, in parts."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from harness.images import read_rgb
from harness.samples import Sample
from tasks.restoration import RestorationTask

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def chain() -> ModuleType:
    spec = importlib.util.spec_from_file_location("chain", BENCHMARKS / "chain.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["chain"] = module
    spec.loader.exec_module(module)
    return module


def test_a_step_tells_what_its_process_took(chain: ModuleType, tmp_path: Path) -> None:
    work = (
        "import time; a = bytearray(90 << 20)\nwhile time.process_time() < 0.5: pass\nprint('end')"
    )
    step, printed = chain.timed("busy", [sys.executable, "-c", work], tmp_path / "log")
    assert printed == "end"
    assert 0.5 <= step.cpu_seconds < 2
    assert step.wall_seconds >= 0.5
    assert 90 < step.peak_mib < 150


def test_a_step_that_fails_ends_it_with_what_it_printed(chain: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"broken failed:\n.*no such tool"):
        chain.timed(
            "broken", [sys.executable, "-c", "raise SystemExit('no such tool')"], tmp_path / "log"
        )


def test_other_figures_are_told(chain: ModuleType) -> None:
    ours = {("rainy", "ap"): 0.25, ("clean", "psnr_y"): float("inf")}
    assert chain.differences(ours, {("rainy", "ap"): 0.252}) == []
    assert chain.differences(ours, {("clean", "psnr_y"): float("inf")}) == []
    assert chain.differences(ours, {("rainy", "ap"): 0.26}) == [
        "rainy: ap is 0.26 by the chain and 0.25 by the run"
    ]
    assert len(chain.differences(ours, {("clean", "psnr_y"): 80.0, ("rainy", "ap"): np.nan})) == 2


def test_the_ratio_is_of_the_chain_to_the_run(chain: ModuleType) -> None:
    steps = [chain.Step("a", 1.0, 2.0, 30.0, 0.0), chain.Step("b", 3.0, 4.0, 20.0, 8.0)]
    run = chain.Step("run", 2.0, 2.0, 60.0, 2.0)
    assert chain.ratio(chain.total("chain", steps), run) == {
        "wall_seconds": 2.0,
        "cpu_seconds": 3.0,
        "peak_mib": 0.5,
        "written_mib": 4.0,
    }


def test_the_run_counts_by_the_mean(chain: ModuleType) -> None:
    steps = [
        chain.Step("run before", 1.0, 2.0, 30.0, 4.0),
        chain.Step("run after", 3.0, 4.0, 20.0, 8.0),
    ]
    assert chain.mean("run", steps) == chain.Step("run", 2.0, 3.0, 30.0, 6.0)


def test_the_script_of_scikit_image_gives_our_figures(make_pairs, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder = make_pairs(tmp_path, 2, (24, 32))
    for path in (folder / "norain").iterdir():
        path.rename(folder / "norain" / path.name.replace("norain", "rain"))
    command = [sys.executable, BENCHMARKS / "tools_of_today" / "psnr_ssim.py"]
    done = subprocess.run(
        [*command, folder / "rainy", folder / "norain"], capture_output=True, text=True, check=True
    )
    task = RestorationTask()
    scores = []
    for path in sorted((folder / "rainy").iterdir()):
        rainy, clean = read_rgb(path).pixels, read_rgb(folder / "norain" / path.name).pixels
        scores.append(task.score(rainy, Sample(path.name, rainy, clean), None))  # type: ignore[arg-type]
    for name, value in json.loads(done.stdout).items():
        assert value == pytest.approx(np.mean([score[name] for score in scores]), abs=1e-9)


def test_the_tools_of_today_find_pictures_and_truths(chain: ModuleType, tmp_path: Path) -> None:
    files = chain.write_files(tmp_path, 2)
    names = sorted(path.name for path in files.pictures["clean"].iterdir())
    assert len(names) == 2
    assert names == sorted(path.name for path in files.pictures["rainy"].iterdir())
    assert set(files.pictures) == set(chain.ROWS)
    boxes = json.loads((files.truths["mmdet"] / "boxes.json").read_text())
    assert sorted(one["file_name"] for one in boxes["images"]) == names
    label_maps = files.truths["mmseg"] / "label_maps"
    assert sorted(path.name for path in label_maps.iterdir()) == names
