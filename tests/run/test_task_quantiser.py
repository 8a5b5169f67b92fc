"""A task with a quantiser of its own judges the same restored images, in other 8 bits."""

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from torch import Tensor

from baselines.guided_filter import GuidedFilter
from harness.cli.commands import main
from harness.derainer import quantise
from harness.device import Device
from harness.images import read_rgb
from harness.run import one_pass
from harness.run import whole_run as pipeline
from harness.run.trial import Trials
from harness.samples import Sample
from harness.terms import Quantiser
from tasks.image_quality import psnr, rgb_to_y

FLOOR_ALONE = "tasks: [restoration]\n"
BOTH = "tasks:\n  - restoration\n  - {name: rounded, use: restoration, quantiser: round}\n"
TASKS: dict[Quantiser, str] = {"floor": "restoration", "round": "rounded"}
CALLS: list[int] = []


@pytest.fixture
def configure(
    tmp_path: Path, make_pairs: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Path]:
    make_pairs(tmp_path / "data", 3)
    restore = GuidedFilter.restore

    def counted(self: GuidedFilter, rainy: Tensor) -> Tensor:
        CALLS.append(1)
        return restore(self, rainy)

    CALLS.clear()
    # counted are the calls for images of the run, not the trial before them
    monkeypatch.setattr(one_pass, "trials_on_noise", lambda restorer, parts: Trials({}, {}))
    monkeypatch.setattr(GuidedFilter, "restore", counted)
    monkeypatch.setattr(pipeline, "write_report", lambda directory: directory / "report.html")

    def write(more: str) -> Path:
        path = tmp_path / "config.yaml"
        path.write_text(
            "name: both\n"
            "rain_sets: [{name: pairs, layout: Rain100L, root: data}]\n"
            "derainers: [rainy, guided-filter]\n"
            "quantiser: floor\n" + more
        )
        return path

    return write


def run(config: Path) -> pd.DataFrame:
    out = config.parent / "out"
    assert main(["run", str(config), "--out", str(out), "--device", "cpu"]) == 0
    return pd.read_csv(out / "summary.csv")


def records(config: Path, task: str) -> pd.DataFrame:
    rows = pd.read_parquet(config.parent / "out" / "records" / f"{task}.parquet")
    return rows.set_index(["derainer", "image"]).sort_index()


def forget_records(config: Path) -> None:
    for path in (config.parent / "out" / "records").glob("*.parquet"):
        path.unlink()


def test_one_restoration_is_judged_in_both(configure: Callable[[str], Path], cpu: Device) -> None:
    assert set(TASKS) == set(get_args(Quantiser))
    config = configure(BOTH)
    figures = run(config)
    assert len(CALLS) == 3
    for quantiser, task in TASKS.items():
        signatures = figures["signature"][figures["task"] == task]
        assert signatures.str.contains(f"quant:{quantiser}").all() and len(signatures)
        rows = records(config, task)
        assert set(rows["quantiser"]) == {quantiser}
        for number in (1, 2, 3):
            folder = config.parent / "data"
            rainy = read_rgb(folder / "rainy" / f"rain-{number:03}.png").pixels
            clean = rgb_to_y(read_rgb(folder / "norain" / f"norain-{number:03}.png").pixels)
            (restored,) = GuidedFilter().restore_samples([Sample("one", rainy)], cpu)
            expected = psnr(rgb_to_y(quantise(restored, quantiser)), clean)
            assert rows["psnr_y"]["guided-filter", f"rain-{number:03}"] == expected
    floor, rounded = (records(config, task)["psnr_y"] for task in TASKS.values())
    assert (floor["rainy"] == rounded["rainy"]).all()  # it was 8 bits before
    assert (floor["guided-filter"] != rounded["guided-filter"]).all()


def test_a_second_task_leaves_the_rows_of_the_first(configure: Callable[[str], Path]) -> None:
    config = configure(FLOOR_ALONE)
    run(config)
    first = records(config, "restoration")
    config = configure(BOTH)
    run(config)
    assert len(CALLS) == 2 * 3  # nothing was kept
    pd.testing.assert_frame_equal(first, records(config, "restoration"))
    run(config)
    assert len(CALLS) == 2 * 3


def test_kept_images_of_both_are_found_again(configure: Callable[[str], Path]) -> None:
    config = configure(BOTH + "keep_restored: true\n")
    run(config)
    folder = config.parent / "out" / "restored" / "pairs" / "guided-filter"
    truncated, rounded = folder / "rain-001.png", folder / "round" / "rain-001.png"
    levels = [np.asarray(Image.open(path), np.int16) for path in (truncated, rounded)]
    assert set(np.unique(levels[1] - levels[0])) == {0, 1}
    before = {task: records(config, task)["psnr_y"] for task in TASKS.values()}
    forget_records(config)
    run(config)
    assert len(CALLS) == 3
    rounded.unlink()
    forget_records(config)
    run(config)
    assert len(CALLS) == 3 + 1 and rounded.is_file()
    for task, values in before.items():
        pd.testing.assert_series_equal(values, records(config, task)["psnr_y"])
