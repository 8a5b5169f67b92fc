"""A run without a task restores, keeps the pictures and shows them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.config import RunConfig
from harness.device import Device
from harness.run.whole_run import RunResult, run
from harness.run_folder.run_data import read_run


@pytest.fixture
def go(tmp_path: Path, make_pairs: Callable[..., Path], cpu: Device) -> Callable[..., RunResult]:
    make_pairs(tmp_path / "data", 4)

    def start(**settings: object) -> RunResult:
        config = RunConfig.model_validate(
            {
                "name": "pictures only",
                "rain_sets": [{"name": "real", "layout": "unpaired", "root": "data/rainy"}],
                "derainers": ["rainy", "guided-filter"],
                "tasks": [],
                "examples": 2,
                **settings,
            }
        )
        return run(config, tmp_path, tmp_path / "out", cpu)

    return start


def test_every_picture_is_kept_and_two_are_shown(
    go: Callable[..., RunResult], tmp_path: Path
) -> None:
    assert go().failures == []
    kept = tmp_path / "out" / "restored" / "real"
    found = sorted(path.relative_to(kept).as_posix() for path in kept.rglob("*.png"))
    assert found == [
        f"{derainer}/rain-{number:03}.png"
        for derainer in ("guided-filter", "rainy")
        for number in range(1, 5)
    ]
    as_it_was = np.asarray(Image.open(tmp_path / "data" / "rainy" / "rain-001.png"))
    np.testing.assert_array_equal(np.asarray(Image.open(kept / "rainy/rain-001.png")), as_it_was)
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Nothing is judged in this run" in page
    assert page.count("<h3>real: rain-") == 2
    assert "<code>restored/</code>" in page
    assert 'id="results"' not in page
    assert read_run(tmp_path / "out").figures == []


def test_a_picture_that_is_gone_is_restored_anew(
    go: Callable[..., RunResult], tmp_path: Path
) -> None:
    go()
    path = tmp_path / "out" / "restored" / "real" / "guided-filter" / "rain-002.png"
    before = path.read_bytes()
    path.unlink()
    go()
    assert path.read_bytes() == before
    assert read_run(tmp_path / "out").manifest.invocations[-1].images == 1


def test_pictures_that_were_not_kept_are_kept_when_asked_for(
    go: Callable[..., RunResult], tmp_path: Path
) -> None:
    go(keep_restored=False)
    assert not (tmp_path / "out" / "restored").exists()
    go()
    assert len(list((tmp_path / "out" / "restored").rglob("*.png"))) == 8


def test_what_fails_is_told(go: Callable[..., RunResult], tmp_path: Path) -> None:
    (tmp_path / "data" / "rainy" / "rain-003.png").write_bytes(b"no picture")
    (failure,) = go().failures
    assert "real / rainy, guided-filter / pictures: 1 of 4 images failed; rain-003" in failure
    page = (tmp_path / "out" / "report.html").read_text()
    assert "rain-003" in page
    assert "Nothing is judged in this run" in page
