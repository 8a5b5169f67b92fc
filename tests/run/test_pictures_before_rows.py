"""Pictures are drawn and written beside the lane, and no row is on the disk before its pictures.

A run that is killed finds its rows again and makes no picture for them.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor
from well_and_ill_behaved import Halving

from harness.config import RunConfig
from harness.device import Device, ThreadPlan
from harness.plugins import registry
from harness.run import one_pass, whole_run
from harness.run.trial import Trials
from harness.run_folder.kept_images import Examples
from harness.run_folder.previews import Previews
from tasks.restoration import RestorationTask

CONFIG = RunConfig.model_validate(
    {
        "name": "pictures",
        "rain_sets": [{"name": "pairs", "layout": "Rain100L", "root": "data"}],
        "derainers": ["halving", "rainy"],
        "tasks": ["restoration"],
        "examples": 2,
        "previews": 4,
    }
)


class Stage:
    """The folder of a run, and the places at which pictures were made."""

    def __init__(self, root: Path) -> None:
        self.root, self.out = root, root / "out"
        self.device = Device(torch.device("cpu"), "float32", ThreadPlan(lanes=1, workers=4))
        self.threads: dict[str, set[str]] = {"lane": set(), "pictures": set()}
        self.early: list[tuple[str, str]] = []

    def run(self) -> list[str]:
        return whole_run.run(CONFIG, self.root, self.out, self.device).failures

    def rows(self) -> set[tuple[str, str]]:
        """The image and derainer of every row that is on the disk."""
        files = (self.out / "records").glob("**/*.parquet")
        tables = [pd.read_parquet(path, columns=["image", "derainer"]) for path in files]
        return {(row.image, row.derainer) for table in tables for row in table.itertuples()}


@pytest.fixture
def stage(
    tmp_path: Path, make_pairs: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> Stage:
    """Six pairs; rows are written as soon as they may be, some pictures take their time."""
    make_pairs(tmp_path / "data", 6)
    known = {**registry.BUILT_IN["derainers"], "halving": f"{Halving.__module__}:Halving"}
    monkeypatch.setitem(registry.BUILT_IN, "derainers", known)  # type: ignore[arg-type]
    monkeypatch.setattr(one_pass, "trials_on_noise", lambda restorer, parts: Trials({}, {}))
    monkeypatch.setattr(one_pass, "SECONDS_BETWEEN_FLUSHES", 0.0)
    monkeypatch.setattr(whole_run, "write_report", lambda directory: directory / "report.html")
    stage, restore = Stage(tmp_path), Halving.restore

    def noted_restore(self: Halving, rainy: Tensor) -> Tensor:
        stage.threads["lane"].add(threading.current_thread().name)
        return restore(self, rainy)

    def noted(plain: Callable[..., None]) -> Callable[..., None]:
        def put(self: object, rain_set: str, image: str, derainer: str | None, *more: Any) -> None:
            time.sleep(0.3 if derainer == "halving" else 0.0)  # while others leave threads free
            stage.threads["pictures"].add(threading.current_thread().name)
            stage.early += [
                (plain.__name__, image)
                for of_image, of_derainer in stage.rows()
                if of_image == image and derainer in {None, of_derainer}
            ]
            plain(self, rain_set, image, derainer, *more)

        return put

    def draw(*_: object) -> np.ndarray:
        return np.full((12, 16, 4), 200, np.uint8)

    monkeypatch.setattr(Halving, "restore", noted_restore)
    for owner, name in ((Previews, "put"), (Examples, "put_drawing"), (Examples, "begin")):
        monkeypatch.setattr(owner, name, noted(getattr(owner, name)))
    for name in ("draw", "draw_truth"):
        monkeypatch.setattr(RestorationTask, name, draw)
    return stage


def test_no_row_is_there_before_its_pictures(stage: Stage) -> None:
    assert stage.run() == []
    assert not stage.early
    assert not stage.threads["pictures"] & stage.threads["lane"]
    assert len(list(stage.out.glob("previews/pairs/*/*.webp"))) == 2 * 4
    assert len(list(stage.out.glob("examples/pairs/*/restored/*.png"))) == 2 * 2
    assert len(list(stage.out.glob("examples/pairs/*/drawn/**/*.png"))) == 2 * (2 + 1)


def test_an_example_is_there_only_when_all_is_drawn_on_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a run that is killed in between would not draw what is missing, for its row is there."""
    incomplete, plain = list[Path](), Examples.put_restored

    def put(self: Examples, rain_set: str, image: str, derainer: str, *more: Any) -> None:
        drawn = self.directory / rain_set / image / "drawn" / "restoration" / f"{derainer}.png"
        incomplete.extend([] if drawn.is_file() else [drawn])
        plain(self, rain_set, image, derainer, *more)

    monkeypatch.setattr(Examples, "put_restored", put)
    assert stage.run() == [] and not incomplete


def test_a_picture_that_cannot_be_written_ends_the_run_and_costs_no_picture(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Previews.put

    def full(self: Previews, rain_set: str, image: str, derainer: str, *more: Any) -> None:
        if derainer == "halving":
            raise OSError(28, "No space left on device", image)
        plain(self, rain_set, image, derainer, *more)

    monkeypatch.setattr(Previews, "put", full)
    with pytest.raises(OSError, match="No space left"):
        stage.run()
    monkeypatch.setattr(Previews, "put", plain)
    assert stage.run() == []
    assert len(list(stage.out.glob("previews/pairs/*/*.webp"))) == 2 * 4
