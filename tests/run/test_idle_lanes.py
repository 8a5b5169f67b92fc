"""Lanes for which no derainer is left take tiles of another's picture, and change no figure."""

import itertools
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from harness.config import RunConfig
from harness.derainer import Derainer, DerainerFacts
from harness.device import Device, ThreadPlan
from harness.plugins import registry
from harness.run import one_pass, whole_run
from harness.run.idle_lanes import IdleLanes
from harness.run.trial import Trials
from harness.run_folder.records import read_records

TILES = 6
"""Of a picture of 60x80 pixels in tiles of 40 that overlap by 8."""

SEEN: list[int] = []
"""The thread of each tile."""

TWO_AT_WORK = threading.Barrier(2)
OTHER_IS_IDLE = threading.Event()
SENT_HOME = threading.Event()
FOREVER = threading.Event()


class Tiled(Derainer):
    """Looks around each pixel, and notes who restores a tile."""

    facts = DerainerFacts(title="Tiled")
    is_reentrant: ClassVar[bool] = True

    def __init__(self) -> None:
        self.calls = itertools.count()

    def restore(self, rainy: Tensor) -> Tensor:
        SEEN.append(threading.get_ident())
        self.before(next(self.calls))
        return F.avg_pool2d(F.pad(rainy, (2, 2, 2, 2), mode="replicate"), 5, 1)

    def before(self, call: int) -> None:
        """Nothing comes before, here."""


class Together(Tiled):
    """Restores a tile only while another one is restored."""

    def before(self, call: int) -> None:
        TWO_AT_WORK.wait(60)


class Alone(Tiled):
    """Cannot be called by two at a time, though somebody would have time."""

    is_reentrant = False

    def before(self, call: int) -> None:
        assert OTHER_IS_IDLE.wait(60)


class Failing(Tiled):
    """Restores two tiles, at the same time, and fails on the others."""

    def before(self, call: int) -> None:
        if call >= 2:
            raise ValueError("no more of these")
        TWO_AT_WORK.wait(60)


class Hanging(Tiled):
    """Does not come back from one of its first two tiles, of which each has a thread of its own."""

    def before(self, call: int) -> None:
        if call < 2:
            TWO_AT_WORK.wait(60)
        if call == 1:
            FOREVER.wait()


class Stopped(Together):
    """Is stopped by the user at its third tile."""

    def before(self, call: int) -> None:
        if call == 2:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        assert call < 2 or SENT_HOME.wait(60)
        super().before(call)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C is heard, also where the tests themselves run in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Watched(IdleLanes):
    """Tells when a lane comes to help, and when all may go."""

    def help(self) -> None:
        OTHER_IS_IDLE.set()
        super().help()

    def send_home(self) -> None:
        super().send_home()
        SENT_HOME.set()


@pytest.fixture
def carry_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_pairs: Callable[..., Path]
) -> Callable[..., pd.DataFrame]:
    """Runs one derainer of this file over pictures of six tiles; returns the rows."""
    SEEN.clear()
    OTHER_IS_IDLE.clear()
    SENT_HOME.clear()
    TWO_AT_WORK.reset()
    own = {one.__name__.lower(): f"{__name__}:{one.__name__}" for one in CLASSES}
    known = {**registry.BUILT_IN["derainers"], **own}
    monkeypatch.setitem(registry.BUILT_IN, "derainers", known)  # type: ignore[arg-type]
    monkeypatch.setattr(one_pass, "trials_on_noise", lambda restorer, parts: Trials({}, {}))
    monkeypatch.setattr(one_pass, "IdleLanes", Watched)
    monkeypatch.setattr(whole_run, "write_report", lambda directory: directory / "report.html")

    def carry_out(
        derainer: str, lanes: int, pictures: int = 1, call_limit: int | None = None
    ) -> pd.DataFrame:
        root = tmp_path / "data"
        if not root.exists():
            make_pairs(root, pictures, (60, 80))
        config = RunConfig.model_validate(
            {
                "name": "tiles",
                "rain_sets": [{"name": "pairs", "layout": "Rain100L", "root": "data"}],
                "derainers": [{"name": "it", "use": derainer}],
                "tasks": ["restoration"],
                "examples": 0,
                "keep_restored": True,
                "tile": 40,
                "tile_overlap": 8,
                "call_limit": call_limit,
            }
        )
        device = Device(torch.device("cpu"), "float32", ThreadPlan(lanes, workers=0))
        out = tmp_path / f"{derainer}-{lanes}"
        whole_run.run(config, tmp_path, out, device)
        return read_records(out)["restoration"]

    return carry_out


CLASSES = (Tiled, Together, Alone, Failing, Stopped, Hanging)


def restored_picture(out: Path) -> np.ndarray:  # type: ignore[type-arg]
    (path,) = (out / "restored").rglob("*.png")
    return np.asarray(Image.open(path))


def test_two_lanes_restore_one_picture(
    tmp_path: Path, carry_out: Callable[..., pd.DataFrame]
) -> None:
    alone = carry_out("tiled", lanes=1)
    assert len(SEEN) == TILES and len(set(SEEN)) == 1
    SEEN.clear()
    shared = carry_out("together", lanes=2)
    assert len(SEEN) == TILES and len(set(SEEN)) == 2
    figures = ["image", "status", "tile_side", "tile_overlap", "psnr_y", "ssim_y", "psnr_rgb"]
    assert shared[figures].equals(alone[figures])
    assert list(shared["status"]) == ["ok"] and list(shared["tile_side"]) == [40]
    pictures = [restored_picture(tmp_path / name) for name in ("tiled-1", "together-2")]
    assert np.array_equal(*pictures)


def test_a_lane_with_a_picture_of_its_own_keeps_to_it(
    carry_out: Callable[..., pd.DataFrame],
) -> None:
    # Each tile is restored while one of the other picture is, so that both end together.
    assert list(carry_out("together", lanes=2, pictures=2)["status"]) == ["ok", "ok"]
    assert sorted(SEEN.count(thread) for thread in set(SEEN)) == [TILES, TILES]


def test_what_is_not_reentrant_is_not_helped(carry_out: Callable[..., pd.DataFrame]) -> None:
    assert list(carry_out("alone", lanes=2)["status"]) == ["ok"]
    assert len(SEEN) == TILES and len(set(SEEN)) == 1


def test_a_tile_that_fails_costs_its_picture_and_says_why(
    carry_out: Callable[..., pd.DataFrame],
) -> None:
    rows = carry_out("failing", lanes=2)
    assert list(rows["error"]) == ["ValueError: no more of these"]
    assert len(set(SEEN)) == 2 and len(SEEN) < TILES


@pytest.mark.usefixtures("interruptible")
def test_a_picture_under_way_is_finished_by_all_when_the_run_is_stopped(
    carry_out: Callable[..., pd.DataFrame],
) -> None:
    with pytest.raises(KeyboardInterrupt):
        carry_out("stopped", lanes=2)
    assert len(SEEN) == TILES and len(set(SEEN)) == 2
    assert list(carry_out("stopped", lanes=2)["status"]) == ["ok"]
    assert len(SEEN) == TILES  # it was kept


def test_a_tile_that_does_not_come_back_costs_its_picture(
    carry_out: Callable[..., pd.DataFrame],
) -> None:
    (error,) = carry_out("hanging", lanes=2, call_limit=1)["error"]
    FOREVER.set()
    assert error.startswith("it did not come back within 1 s")
