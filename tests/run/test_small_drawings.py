"""What tasks draw is kept small for every preview, unless the page has their boxes anyhow."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness.cli.commands import main
from harness.run import whole_run
from harness.task import is_drawn_small
from tasks.detection import DetectionTask
from tasks.detection_agreement import DetectionChange
from tasks.restoration import RestorationTask
from tasks.segmentation import SegmentationTask
from tasks.segmentation_agreement import SegmentationChange

CONFIG = """name: drawings
rain_sets: [{name: pairs, layout: Rain100L, root: data}]
derainers: [rainy, clean]
tasks: [restoration]
examples: 1
previews: 3
"""


@pytest.mark.parametrize(
    ("kind", "is_drawn"),
    [
        (SegmentationTask, True),
        (SegmentationChange, True),
        (DetectionTask, False),
        (DetectionChange, False),
        (RestorationTask, False),
    ],
)
def test_label_maps_are_drawn_small_and_boxes_are_not(kind: type, is_drawn: bool) -> None:
    assert is_drawn_small(object.__new__(kind)) == is_drawn


@pytest.fixture
def out(tmp_path: Path, make_pairs: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    make_pairs(tmp_path / "data", 5)
    (tmp_path / "run.yaml").write_text(CONFIG)
    monkeypatch.setattr(whole_run, "write_report", lambda directory: directory / "report.html")
    return tmp_path / "out"


def run(out: Path, *options: str) -> int:
    config = str(out.parent / "run.yaml")
    return main(["run", config, "--out", str(out), "--device", "cpu", *options])


def names(out: Path, place: str) -> list[str]:
    return sorted(path.name for path in out.glob(f"previews/pairs/{place}"))


def draw(*_: object) -> np.ndarray:
    return np.full((30, 40, 4), (200, 0, 0, 100), np.uint8)


def test_every_preview_has_its_drawings(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("draw", "draw_truth"):
        monkeypatch.setattr(RestorationTask, name, draw)
    assert run(out) == 0
    shown = names(out, "rainy/*.webp")
    assert len(shown) == 3
    for place in ("*.webp", "rainy/*.webp", "clean/*.webp"):
        assert names(out, f"drawn/restoration/{place}") == shown
    assert len(list(out.glob("examples/pairs/*/drawn/restoration/*.png"))) == 2
    assert run(out, "--fresh", "--limit", "1") == 0
    assert len(names(out, "drawn/restoration/*.webp")) == 1  # the others went


def test_a_task_that_cannot_draw_is_told_of_once_where_there_are_no_examples(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_ink(*_: object) -> np.ndarray:
        raise RuntimeError("out of ink")

    monkeypatch.setattr(RestorationTask, "draw", no_ink)
    (out.parent / "run.yaml").write_text(CONFIG.replace("examples: 1", "examples: 0"))
    assert run(out) == 0
    assert capsys.readouterr().err.count("out of ink") == 1
    assert names(out, "rainy/*.webp") and not names(out, "drawn/**/*.webp")


def test_drawings_in_old_colours_go(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for colour in ((200, 0, 0), (0, 0, 200)):
        monkeypatch.setattr(RestorationTask, "draw", draw)
        monkeypatch.setattr(
            RestorationTask, "legend", lambda *_, colour=colour: {"all of it": colour}
        )
        (out / ".finished.json").unlink(missing_ok=True)  # as where the code is another
        assert run(out) == 0
    assert "what it drew on other images goes" in capsys.readouterr().err
    assert len(names(out, "drawn/restoration/rainy/*.webp")) == 1  # the example's, drawn anew
