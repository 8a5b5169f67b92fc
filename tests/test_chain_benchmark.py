"""The comparison with the chain of tools: what it measures, compares and runs, in parts."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from harness.images import read_rgb
from harness.samples import Sample
from tasks.restoration import RestorationTask

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def chain() -> Iterator[ModuleType]:
    sys.path.insert(0, str(BENCHMARKS))  # as when it is a program
    spec = importlib.util.spec_from_file_location("chain", BENCHMARKS / "chain.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["chain"] = module
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(BENCHMARKS))


def test_a_step_tells_what_its_process_took(chain: ModuleType, tmp_path: Path) -> None:
    work = (
        "import time; a = bytearray(90 << 20)\nwhile time.process_time() < 0.5: pass\nprint('end')"
    )
    step, printed = chain.timed("busy", ["-c", work], tmp_path / "log")
    assert printed == "end"
    assert 0.5 <= step.cpu_seconds < 2
    assert step.wall_seconds >= 0.5
    assert 90 < step.peak_mib < 150


def test_a_step_that_fails_ends_it_with_what_it_printed(chain: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"broken failed:\n.*no such tool"):
        chain.timed("broken", ["-c", "raise SystemExit('no such tool')"], tmp_path / "log")


@pytest.fixture
def figures(chain: ModuleType) -> dict[tuple[str, str], float]:
    return {(row, metric): 0.25 for row in chain.ROWS for metric in chain.ALLOWED}


@pytest.mark.parametrize(
    ("row", "metric", "by_the_chain", "is_told"),
    [
        ("rainy", "ap", 0.2505, False),
        ("rainy", "ap", 0.252, True),
        ("prenet", "miou", 0.25005, False),
        ("prenet", "miou", 0.2502, True),
        ("prenet", "psnr_y", 0.25005, False),
        ("rainy", "psnr_y", 0.25005, True),  # of the same picture
        ("clean", "psnr_y", float("inf"), True),
        ("clean", "ap", float("nan"), True),
    ],
)
def test_other_figures_are_told(
    chain: ModuleType,
    figures: dict[tuple[str, str], float],
    row: str,
    metric: str,
    by_the_chain: float,
    is_told: bool,
) -> None:
    lines = chain.differences(figures, figures | {(row, metric): by_the_chain})
    told = f"{row}: {metric} is {by_the_chain:.9g} by the chain and 0.25 by the run"
    assert lines == [told] * is_told


def test_a_figure_that_nobody_gave_is_told(
    chain: ModuleType, figures: dict[tuple[str, str], float]
) -> None:
    infinite = figures | {("clean", "psnr_y"): float("inf")}
    assert chain.differences(infinite, infinite) == []
    del figures["rdmc-s", "ap50"]
    assert len(chain.differences(figures, figures)) == 1


def test_what_was_measured_is_written_where_figures_differ_too(
    chain: ModuleType,
    figures: dict[tuple[str, str], float],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    step = chain.Step("derain", 4.0, 6.0, 50.0, 1.0, 1.0, 2.0)
    theirs = figures | {("rdmc-s", "ap"): 0.3}
    monkeypatch.setattr(chain, "write_files", lambda folder, images: None)
    monkeypatch.setattr(chain, "one_run", lambda folder, images: (step, figures))
    monkeypatch.setattr(chain, "chain_of_tools", lambda files, work: ([step, step], theirs))
    out, table = tmp_path / "chain.json", tmp_path / "chain.csv"
    monkeypatch.setattr(sys, "argv", ["chain.py", "--json", str(out), "--csv", str(table)])
    assert chain.main() == 1
    told = json.loads(out.read_text())["figures"]
    assert told["differences"] == ["rdmc-s: ap is 0.3 by the chain and 0.25 by the run"] * 2
    assert told["chain_over_run"]["wall_seconds"] == 2
    assert told["outside_forward_calls"]["run"]["wall_seconds"] == 3
    assert told["outside_forward_calls"]["chain"]["cpu_over_forward"] == 3
    assert len(table.read_text().splitlines()) == 7  # the head, four steps and both together
    assert "rdmc-s: ap is 0.3" in capsys.readouterr().out


def test_the_ratio_is_of_the_chain_to_the_run(chain: ModuleType) -> None:
    steps = [
        chain.Step("a", 1.0, 2.0, 30.0, 0.0, 0.0, 0.0),
        chain.Step("b", 3.0, 4.0, 20.0, 8.0, 2.0, 3.0),
    ]
    run = chain.Step("run", 2.0, 2.0, 60.0, 2.0, 1.0, 2.0)
    assert chain.ratio(chain.total("chain", steps), run) == {
        "wall_seconds": 2.0,
        "cpu_seconds": 3.0,
        "peak_mib": 0.5,
        "written_mib": 4.0,
        "forward_seconds": 2.0,
        "forward_cpu_seconds": 1.5,
    }


def test_outside_is_what_no_network_computes_in(chain: ModuleType) -> None:
    assert chain.outside(chain.Step("run", 6.0, 9.0, 60.0, 2.0, 4.0, 6.0)) == {
        "wall_seconds": 2.0,
        "cpu_seconds": 3.0,
        "wall_over_forward": 1.5,
        "cpu_over_forward": 1.5,
    }


def test_the_forward_calls_of_a_step_are_timed(chain: ModuleType, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, time, torch\n"
        "def busy(seconds):\n"
        "    end = time.process_time() + seconds\n"
        "    while time.process_time() < end: pass\n"
        "class Busy(torch.nn.Module):\n"
        "    def forward(self, inner):\n"
        "        busy(0.3)\n"
        "        return inner and inner(None)\n"  # is within the outer one
        "Busy()(Busy())\n"
        "busy(0.5)\n"
        "print(sys.argv[1])\n"
    )
    step, printed = chain.timed("it", [script, "an option"], tmp_path / "log", has_networks=True)
    assert printed == "an option"
    assert 0.6 <= step.forward_cpu_seconds < 0.7
    assert step.forward_seconds >= 0.59
    assert step.cpu_seconds >= 1.1


def test_the_run_counts_by_the_mean(chain: ModuleType) -> None:
    steps = [
        chain.Step("run before", 1.0, 2.0, 30.0, 4.0, 0.5, 1.0),
        chain.Step("run after", 3.0, 4.0, 20.0, 8.0, 1.5, 3.0),
    ]
    assert chain.mean("run", steps) == chain.Step("run", 2.0, 3.0, 30.0, 6.0, 1.0, 2.0)


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
