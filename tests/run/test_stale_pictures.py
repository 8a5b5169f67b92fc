"""No picture of the report is of other options than its row, whatever ended a run in between."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.cli.commands import main
from harness.run import whole_run
from harness.run.one_pass import OnePass
from harness.run_folder.ownership import FINISHED
from tasks.restoration import RestorationTask

CONFIG = """name: stale
rain_sets: [{name: pairs, layout: Rain100L, root: data}]
derainers: [rainy, {name: GF, use: guided-filter, radius: RADIUS}]
tasks: [restoration, {name: again, use: restoration}]
examples: 1
previews: 5
"""
PICTURES = ("previews/**/*.webp", "examples/**/*.png")


@pytest.fixture
def out(tmp_path: Path, make_pairs: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five pairs, on which a task draws what the restored picture looks like."""
    make_pairs(tmp_path / "data", 5)

    def predict(self: RestorationTask, batch):  # the prediction is drawn below
        return [np.asarray(one) for one in batch.restored]

    def draw(self: RestorationTask, prediction: np.ndarray, *_: object) -> np.ndarray:
        return np.dstack([prediction, np.full(prediction.shape[:2], 200, np.uint8)])

    monkeypatch.setattr(RestorationTask, "predict", predict)
    monkeypatch.setattr(RestorationTask, "draw", draw)
    monkeypatch.setattr(whole_run, "write_report", lambda directory: directory / "report.html")
    return tmp_path / "out"


def run(out: Path, text: str, radius: int = 6) -> int:
    config = out.parent / "run.yaml"
    config.write_text(text.replace("RADIUS", str(radius)))
    return main(["run", str(config), "--out", str(out), "--device", "cpu"])


def pictures(out: Path) -> dict[str, bytes]:
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for place in PICTURES
        for path in out.glob(place)
    }


def test_pictures_that_a_killed_run_left_are_made_again(out: Path) -> None:
    """It wrote pictures of other options and was killed before it wrote their rows."""
    assert run(out, CONFIG) == 0
    before = pictures(out)
    assert len(before) == 5 * 2 * 3 + 2 * 3
    other = out.with_name("other")
    assert run(other, CONFIG, radius=20) == 0
    of_other = pictures(other)
    assert sum(before[name] != of_other[name] for name in before) == 5 * 3 + 3
    for folder in ("previews", "examples"):
        shutil.copytree(other / folder, out / folder, dirs_exist_ok=True)
    (out / FINISHED).unlink()
    assert run(out, CONFIG) == 0
    assert pictures(out) == before
    shutil.rmtree(other / "previews")  # a report does without, and nobody computes for it
    (other / FINISHED).unlink()
    assert run(other, CONFIG, radius=20) == 0
    assert not list(other.glob("previews/**/*.webp"))


def test_previews_that_are_no_longer_asked_for_go_with_their_options(out: Path) -> None:
    assert run(out, CONFIG) == 0
    before = pictures(out)
    fewer = CONFIG.replace("previews: 5", "previews: 2").replace("examples: 1", "examples: 0")
    assert run(out, fewer, radius=20) == 0
    after = pictures(out)
    of_filter = {name for name in after if "GF" in name and name.startswith("previews")}
    assert len(of_filter) == 2 * 3 and not any(before[name] == after[name] for name in of_filter)
    assert {name for name in before if "rainy" in name} <= after.keys()


def test_a_picture_that_cannot_be_had_any_more_is_not_shown(out: Path) -> None:
    mine = out.parent / "mine"
    shutil.copytree(out.parent / "data" / "rainy", mine)
    text = CONFIG.replace("{name: GF, use: guided-filter, radius: RADIUS}", "FOLDER")
    text = text.replace("FOLDER", "{name: GF, use: folder, root: mine}")
    assert run(out, text) == 0
    (example,) = (path.parents[1].name for path in out.glob("examples/pairs/*/restored/GF.png"))
    (lost,) = mine.glob(f"{example}.*")
    lost.unlink()
    assert run(out, text) == 1
    left = [name for name in pictures(out) if "GF" in name]
    assert left and not any(example in name for name in left)


def test_a_run_that_stops_after_colours_changed_drops_no_drawing_twice(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for colour in ((200, 0, 0), (0, 0, 200)):
        monkeypatch.setattr(RestorationTask, "legend", lambda *_, rgb=colour: {"all": rgb})
        if colour == (200, 0, 0):
            assert run(out, CONFIG) == 0
    (out / FINISHED).unlink()

    def stopped(self: OnePass) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(OnePass, "go", stopped)
        assert run(out, CONFIG) == 130
    assert "the colours of restoration changed" in capsys.readouterr().err
    told = json.loads((out / "manifest.json").read_text())["tasks"][0]["legends"]
    assert told == {"pairs": {"all": [0, 0, 200]}}
    assert run(out, CONFIG) == 0
    assert "changed" not in capsys.readouterr().err
    assert Image.open(next(out.glob("examples/pairs/*/drawn/restoration/GF.png"))).mode == "RGBA"
