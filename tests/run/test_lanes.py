"""A costly picture keeps one lane at work; no other waits for it, or idles at its end."""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from harness.config import RunConfig
from harness.derainer import Derainer, DerainerFacts
from harness.device import Device, ThreadPlan
from harness.plugins import registry
from harness.run import one_pass, whole_run
from harness.run.trial import Trials
from harness.run_folder.records import read_records

SMALL = 7
ALL_SMALL_ONES = threading.Event()
ORDER: list[int] = []
BOTH_AT_WORK = threading.Barrier(2)


class Patient(Derainer):
    """Ends its largest picture only when all others are done."""

    facts = DerainerFacts(title="Patient")
    is_reentrant = True

    def restore(self, rainy: Tensor) -> Tensor:
        ORDER.append(rainy.shape[-1])
        if rainy.shape[-1] > 32:
            assert ALL_SMALL_ONES.wait(60)
        elif len(ORDER) > SMALL:
            ALL_SMALL_ONES.set()
        return rainy


class Sociable(Derainer):
    """Restores only while another one is at work on the same picture."""

    facts = DerainerFacts(title="Sociable")
    is_reentrant = True

    def restore(self, rainy: Tensor) -> Tensor:
        BOTH_AT_WORK.wait(60)
        return rainy


@pytest.fixture
def carry_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Runs derainers of this file over the pairs in ``data``, in two lanes; returns failures."""
    own = {name: f"{__name__}:{name.title()}" for name in ("patient", "sociable")}
    known = {**registry.BUILT_IN["derainers"], **own}
    monkeypatch.setitem(registry.BUILT_IN, "derainers", known)  # type: ignore[arg-type]
    monkeypatch.setattr(one_pass, "trials_on_noise", lambda restorer, parts: Trials({}, {}))
    monkeypatch.setattr(whole_run, "write_report", lambda directory: directory / "report.html")

    def carry_out(*derainers: object) -> list[str]:
        config = RunConfig.model_validate(
            {
                "name": "lanes",
                "rain_sets": [{"name": "pairs", "layout": "Rain100L", "root": "data"}],
                "derainers": list(derainers),
                "tasks": ["restoration"],
                "examples": 0,
            }
        )
        device = Device(torch.device("cpu"), "float32", ThreadPlan(lanes=2, workers=0))
        return whole_run.run(config, tmp_path, tmp_path / "out", device).failures

    return carry_out


def test_the_derainers_of_one_picture_are_shared_by_the_lanes(
    tmp_path: Path, make_pairs: Callable[..., Path], carry_out: Callable[..., list[str]]
) -> None:
    make_pairs(tmp_path / "data", 1)
    two = [{"name": name, "use": "sociable"} for name in ("first", "second")]
    assert carry_out(*two) == []
    rows = read_records(tmp_path / "out")["restoration"]
    assert list(rows["derainer"]) == ["first", "second"]


def test_the_others_are_done_meanwhile(
    tmp_path: Path, make_pairs: Callable[..., Path], carry_out: Callable[..., list[str]]
) -> None:
    root = make_pairs(tmp_path / "data", SMALL + 1)
    for name in ("rainy/rain", "norain/norain"):  # the last by name
        pixels = np.full((60, 80, 3), 90, np.uint8)
        Image.fromarray(pixels).save(root / f"{name}-{SMALL + 1:03}.png")
    assert carry_out("patient") == []
    assert 80 in ORDER[:2]  # it began first
    rows = read_records(tmp_path / "out")["restoration"]
    assert list(rows["image"]) == [f"rain-{number:03}" for number in range(1, SMALL + 2)]
