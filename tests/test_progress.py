"""What is told of the time left, and by how many pixels it goes."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.config import RunConfig
from harness.plugins.guard import Guard
from harness.progress import ProgressReporter
from harness.run.amount import amounts_of
from harness.run.plan import make_plan
from harness.run.work import ImageWork, Work


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("harness.progress.time.monotonic", clock)
    return clock


def as_told(said: str) -> int:
    """Return the seconds that are left by the last line that was said."""
    return int(said.splitlines()[-1].split("about ")[1].split(" s left")[0])


def test_the_time_left_is_what_the_run_says(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = ProgressReporter()
    with progress.counting(3, "images", left=lambda: 520.0):
        clock.now = 11
        progress.step("set / net")
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == "set / net: 1/3 images, 11 s so far, about 520 s left"


def test_by_default_every_step_takes_as_long(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = ProgressReporter()
    with progress.counting(4, "images"):
        clock.now = 20
        progress.step("set")
    assert as_told(capsys.readouterr().err) == 60


def test_a_long_wait_is_told_of_once_a_minute(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = ProgressReporter()
    with progress.counting(2, "images", left=lambda: 300.0 - clock.now):
        for clock.now in range(150):
            progress.look()
    told = [line.split(", ")[1] for line in capsys.readouterr().err.splitlines()]
    assert told == ["60 s so far", "120 s so far"]


def test_nothing_is_said_twice_at_the_end(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    progress = ProgressReporter()
    with progress.counting(1, "images", left=lambda: 0.0):
        progress.step("set")
        for clock.now in range(50):
            progress.look()
    assert len(capsys.readouterr().err.splitlines()) == 1


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
