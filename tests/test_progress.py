"""The time left is told by the work left, not by the number of images."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.config import RunConfig
from harness.plugins.guard import Guard
from harness.progress import ProgressReporter
from harness.run.amount import amounts_of, work_in
from harness.run.plan import make_plan
from harness.run.work import ImageWork, Work


def test_a_large_picture_that_comes_last_is_in_the_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter(float(second) for second in range(0, 1000, 11))
    monkeypatch.setattr("harness.progress.time.monotonic", lambda: next(clock))
    progress = ProgressReporter()
    with progress.counting(3, "images", work=100):
        progress.step("set / net", work=5)
        progress.step("set / net", work=5)
    last = capsys.readouterr().err.splitlines()[-1]
    seconds = int(last.split(" s so far")[0].split()[-1])
    assert "2/3 images" in last and f"about {9 * seconds} s left" in last


def test_each_image_is_as_much_work_as_it_has_pixels(tmp_path: Path) -> None:
    for name, size in (("a", (20, 10)), ("b", (400, 200))):
        for folder in ("rainy", "clean"):
            (tmp_path / folder).mkdir(exist_ok=True)
            pixels = np.full((*size[::-1], 3), 90 if folder == "rainy" else 99, np.uint8)
            Image.fromarray(pixels).save(tmp_path / folder / f"{name}.png")
    config = RunConfig.model_validate(
        {
            "name": "sizes",
            "rain_sets": [
                {"name": "mine", "layout": "files", "root": ".", "max_side": 100}
                | {"pictures": {"rainy": "rainy", "clean": "clean"}},
                {"name": "drawn", "layout": "streets", "scenes": 1, "level": "light"},
            ],
            "derainers": ["rainy"],
            "tasks": ["restoration"],
        }
    )
    mine, drawn = make_plan(config, tmp_path, Guard(None)).rain_sets
    missing = {"rainy": ["restoration"], "net": ["restoration"]}
    todo = [(mine, [ImageWork("a", "", missing), ImageWork("b", "", {"rainy": ["restoration"]})])]
    todo.append((drawn, [ImageWork("0", "", missing)]))
    amounts = amounts_of(Work(todo))
    assert amounts == {("mine", "a"): 200, ("mine", "b"): 5000, ("drawn", "0"): 2600}
    assert work_in(Work(todo), amounts) == 2 * 200 + 5000 + 2 * 2600
