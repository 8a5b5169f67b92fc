"""Runs over real files with derainers that behave and derainers that do not."""

import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from torch import Tensor
from well_and_ill_behaved import CALLS, DERAINERS, Halving

from harness.cli.commands import main
from harness.config import read_run_config
from harness.device import SINGLE_THREAD, Device, ThreadPlan
from harness.images import write_bytes
from harness.plugins import registry
from harness.report import run_report
from harness.report.page.troubles import conversions
from harness.report_settings import ReportSettings
from harness.run import one_pass, report_again
from harness.run import whole_run as pipeline
from harness.run.trial import Trials
from harness.run_folder.kept_images import RestoredImages
from harness.run_folder.run_data import read_run


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    CALLS.clear()
    # counted are the calls for images of the run, not the trial before them
    monkeypatch.setattr(one_pass, "trials_on_noise", lambda restorer, parts: Trials({}, {}))
    entries = {cls.__name__.lower(): f"{cls.__module__}:{cls.__name__}" for cls in DERAINERS}
    derainers = {**registry.BUILT_IN["derainers"], **entries}
    monkeypatch.setitem(registry.BUILT_IN, "derainers", derainers)  # type: ignore[arg-type]


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C is heard, also where the tests themselves run in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def without_report(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the page and its plots out, which take seconds, but where a test is about them."""
    if request.node.get_closest_marker("with_report") is None:
        monkeypatch.setattr(pipeline, "write_report", lambda directory: directory / "report.html")


@pytest.fixture
def write_config(tmp_path: Path, make_pairs: Callable[..., Path]) -> Callable[..., Path]:
    def write(*derainers: str, count: int = 4, more: str = "") -> Path:
        make_pairs(tmp_path / "data", count)
        path = tmp_path / "config.yaml"
        path.write_text(
            "name: small\n"
            "rain_sets: [{name: pairs, layout: Rain100L, root: data}]\n"
            f"derainers: [{', '.join(derainers)}]\n"
            "tasks: [restoration]\n" + more
        )
        return path

    return write


def run(config: Path, *arguments: str) -> int:
    out = config.parent / "out"
    return main(["run", str(config), "--out", str(out), "--device", "cpu", *arguments])


def summary(config: Path) -> pd.DataFrame:
    return pd.read_csv(config.parent / "out" / "summary.csv").set_index(["derainer", "metric"])


def records(config: Path) -> pd.DataFrame:
    return pd.read_parquet(config.parent / "out" / "records" / "restoration.parquet")


@pytest.mark.with_report
def test_a_run_writes_all_that_is_promised(write_config: Callable[..., Path]) -> None:
    config = write_config("rainy", "halving", "clean")
    assert run(config) == 0
    out = config.parent / "out"
    for name in ("summary.csv", "report.html", "manifest.json", "records/restoration.parquet"):
        assert (out / name).stat().st_size > 0
    assert list((out / "tables").glob("*.tex"))
    assert list((out / "figures").glob("*.pdf"))
    figures = summary(config)
    assert figures.loc[("clean", "psnr_y"), "value"] == np.inf
    assert figures.loc[("clean", "ssim_y"), "value"] == pytest.approx(1.0)
    assert figures.loc[("rainy", "psnr_y"), "n"] == 4
    assert "quant:round" in figures.loc[("rainy", "psnr_y"), "signature"]
    assert not list(out.rglob("*.tmp"))


@pytest.mark.with_report
def test_a_report_that_stands_is_not_made_again_and_one_that_was_touched_is(
    write_config: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_report, "drawings", lambda run: iter(()))  # which take seconds
    config = write_config("rainy")
    assert run(config) == 0
    out = config.parent / "out"
    page = (out / "report.html").read_bytes()
    with monkeypatch.context() as patch:
        for module in (pipeline, report_again):
            patch.setattr(module, "write_report", pytest.fail)
        assert run(config) == 0
        assert main(["report", str(out)]) == 0
    for command in (lambda: run(config), lambda: main(["report", str(out)])):
        (out / "tables" / "joint.md").unlink()
        (out / "summary.csv").write_text((out / "summary.csv").read_text().replace("0", "1"))
        (out / "report.html").write_bytes(page[:-9])
        assert command() == 0
        assert (out / "report.html").read_bytes() == page
        assert (out / "tables" / "joint.md").exists()
    (out / ".report.json").unlink()
    report_again.report_again(out, ReportSettings())  # of a user's choice: it stands for no other
    assert not (out / ".report.json").exists()


def test_running_again_computes_nothing_twice(write_config: Callable[..., Path]) -> None:
    config = write_config("rainy", "halving")
    run(config)
    first = (config.parent / "out" / "summary.csv").read_bytes()
    assert run(config) == 0
    assert len(CALLS) == 4
    assert (config.parent / "out" / "summary.csv").read_bytes() == first
    assert run(config, "--fresh") == 0
    assert len(CALLS) == 8


def test_a_changed_picture_is_computed_again(write_config: Callable[..., Path]) -> None:
    config = write_config("halving")
    run(config)
    picture = config.parent / "data" / "rainy" / "rain-002.png"
    Image.fromarray(np.asarray(Image.open(picture)) // 2).save(picture)
    run(config)
    assert len(CALLS) == 5


def test_a_derainer_that_is_added_costs_its_own_images(write_config: Callable[..., Path]) -> None:
    run(write_config("halving"))
    assert run(write_config("rainy", "halving")) == 0
    assert len(CALLS) == 4


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_keeps_what_is_finished(
    write_config: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config("interrupted")
    assert run(config) == 130
    assert "the same command continues" in capsys.readouterr().err
    assert run(config) == 0
    assert len(CALLS) == 4  # the third, then under way, was finished too
    assert len(records(config)) == 4


@pytest.mark.parametrize(
    ("derainer", "cause"),
    [
        ("raising", "IndexError: list index out of range"),
        ("notfinite", "values that are NaN or infinite"),
        ("shrinking", r"restore returned shape \(1, 3, 24, 31\)"),
        ("greedy", "ran out of memory on 32x24"),
        ("unbuildable", "ValueError: no licence file"),
    ],
)
def test_a_bad_derainer_costs_its_own_rows_only(
    write_config: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
    derainer: str,
    cause: str,
) -> None:
    config = write_config("rainy", derainer, "halving")
    assert run(config) == 1
    errors = capsys.readouterr().err
    assert "Traceback" not in errors
    rows = records(config).set_index("derainer")
    assert rows.loc[derainer, "error"].str.contains(cause, regex=True).all()
    assert (rows.loc[["rainy", "halving"], "status"] == "ok").all()
    assert summary(config).loc[(derainer, "failed"), "value"] == 4
    assert f"pairs / {derainer} / restoration: 4 of 4 images failed" in errors


def test_a_batch_with_one_bad_image_loses_only_that(write_config: Callable[..., Path]) -> None:
    config = write_config("rainy", "halving", more="batch_size: 3\n")
    broken = config.parent / "data" / "rainy" / "rain-003.png"
    broken.write_bytes(broken.read_bytes()[:100])
    assert run(config) == 1
    rows = records(config)
    assert rows[rows["status"] == "failed"]["image"].unique().tolist() == ["rain-003"]
    assert rows["error"].str.contains("rain-003.png").sum() == 2
    assert len(rows) == 8


def test_the_batch_size_changes_no_figure(write_config: Callable[..., Path]) -> None:
    config = write_config("rainy", "guided-filter")
    run(config)
    one_by_one = summary(config)
    run(write_config("rainy", "guided-filter", more="batch_size: 3\n"), "--fresh")
    pd.testing.assert_frame_equal(one_by_one, summary(config))


def test_kept_images_spare_the_derainer(write_config: Callable[..., Path]) -> None:
    config = write_config("halving", more="keep_restored: true\n")
    run(config)
    assert len(list((config.parent / "out" / "restored" / "pairs" / "halving").iterdir())) == 4
    for path in (config.parent / "out" / "records").glob("*.parquet"):
        path.unlink()
    assert run(config) == 0
    assert len(CALLS) == 4


def test_tiles_are_noted_and_kept_apart(write_config: Callable[..., Path]) -> None:
    tiles = "keep_restored: true\ntile: 16\ntile_overlap: 4\n"
    config = write_config("rainy", "halving", more=tiles)
    run(config)
    assert len(CALLS) == 4 * 6  # 24x32 pixels take two rows of three tiles

    def tiles_of(derainer: str) -> list[tuple[int, int]]:
        rows = records(config).set_index("derainer").loc[derainer]
        return list(zip(rows["tile_side"], rows["tile_overlap"], strict=True))

    assert tiles_of("halving") == [(16, 4)] * 4
    assert tiles_of("rainy") == [(0, 0)] * 4
    (told,) = conversions(read_run(config.parent / "out"))
    assert told.what == "Halving worked in tiles of 16 px that overlap by 4 px"
    assert told.images == 4
    in_tiles = summary(config)
    for path in (config.parent / "out" / "records").glob("*.parquet"):
        path.unlink()
    run(config)
    assert len(CALLS) == 4 * 6  # the kept images were taken, and are known to be tiled
    assert tiles_of("halving") == [(16, 4)] * 4
    run(write_config("rainy", "halving", more="keep_restored: true\n"))
    assert len(CALLS) == 4 * 6 + 4
    assert tiles_of("halving") == [(0, 0)] * 4
    pd.testing.assert_frame_equal(in_tiles, summary(config))


def test_the_quantiser_stands_in_the_signature(write_config: Callable[..., Path]) -> None:
    config = write_config("rainy", "halving", more="quantiser: floor\n")
    run(config)
    assert summary(config)["signature"].str.contains("quant:floor").all()


def test_autocast_stands_in_the_signature(write_config: Callable[..., Path]) -> None:
    config = write_config("rainy", "guided-filter")
    run(config)
    assert not summary(config)["signature"].str.contains("precision").any()
    run(write_config("rainy", "guided-filter", more="precision: bfloat16\n"))
    assert summary(config)["signature"].str.endswith("|precision:bfloat16").all()


def test_limit_takes_the_first_images(write_config: Callable[..., Path]) -> None:
    config = write_config("rainy")
    run(config, "--limit", "2")
    assert records(config)["image"].tolist() == ["rain-001", "rain-002"]


def test_a_full_disk_is_said_and_loses_nothing(
    write_config: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import errno

    from harness.run_folder import summary as summary_module

    config = write_config("halving")

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(summary_module, "write_bytes", full)
    assert run(config) == 1
    assert "cannot write: No space left on device" in capsys.readouterr().err
    monkeypatch.setattr(summary_module, "write_bytes", write_bytes)
    assert run(config) == 0
    assert len(CALLS) == 4


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("root: data", "root: nowhere", "nowhere"),
        ("restoration", "restorasion", "did you mean 'restoration'"),
        ("Rain100L", "Rain100X", "did you mean 'Rain100L'"),
        ("root: data", "root: data, colour: red", "unknown option 'colour'"),
    ],
)
def test_wrong_configurations_end_with_2(
    write_config: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
    before: str,
    after: str,
    message: str,
) -> None:
    config = write_config("rainy")
    config.write_text(config.read_text().replace(before, after))
    assert run(config) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.strip().splitlines()) == 1


@pytest.mark.parametrize("threads", [ThreadPlan(3, 0), ThreadPlan(1, 2)])
def test_lanes_and_workers_change_no_figure(
    write_config: Callable[..., Path], threads: ThreadPlan
) -> None:
    path = write_config("rainy", "guided-filter", "halving", "raising", count=7)
    config, rows = read_run_config(path), []
    for plan in (SINGLE_THREAD, threads):
        device = Device(torch.device("cpu"), "float32", plan)
        out = path.parent / f"{plan.lanes}-{plan.workers}"
        pipeline.run(config, path.parent, out, device)
        table = pd.read_parquet(out / "records" / "restoration.parquet")
        rows.append(table.drop(columns=["restore_seconds", "predict_seconds"]))
    pd.testing.assert_frame_equal(*rows)


@pytest.fixture
def device_with_a_worker() -> Device:
    """As on a GPU: one lane, and a thread beside it that decodes, writes and scores."""
    return Device(torch.device("cpu"), "float32", ThreadPlan(lanes=1, workers=1))


def test_kept_pictures_are_written_beside_the_lane(
    write_config: Callable[..., Path],
    device_with_a_worker: Device,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads: dict[str, set[str]] = {"restore": set(), "write": set()}
    plain_restore, plain_put = Halving.restore, RestoredImages.put

    def restore(self: Halving, rainy: Tensor) -> Tensor:
        threads["restore"].add(threading.current_thread().name)
        return plain_restore(self, rainy)

    def put(self: RestoredImages, *arguments: Any) -> None:
        threads["write"].add(threading.current_thread().name)
        plain_put(self, *arguments)

    monkeypatch.setattr(Halving, "restore", restore)
    monkeypatch.setattr(RestoredImages, "put", put)
    config = write_config("halving", count=9, more="keep_restored: true\n")
    out = config.parent / "out"
    pipeline.run(read_run_config(config), config.parent, out, device_with_a_worker)
    assert threads["write"] and not threads["write"] & threads["restore"]
    assert len(list((out / "restored" / "pairs" / "halving").glob("*.png"))) == 9


def test_a_kept_picture_that_cannot_be_written_beside_the_lane_ends_the_run(
    write_config: Callable[..., Path],
    device_with_a_worker: Device,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def put(self: RestoredImages, *arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(RestoredImages, "put", put)
    config = write_config("halving", more="keep_restored: true\n")
    with pytest.raises(OSError, match="No space left"):
        pipeline.run(
            read_run_config(config), config.parent, config.parent / "out", device_with_a_worker
        )
