"""Folders of the first version: their manifests and rows become those of this one."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.cli.commands import main
from harness.errors import BenchError
from harness.plugins.guard import Guard
from harness.report.page.troubles import conversions
from harness.run.upgrading import earlier_manifest, upgrade
from harness.run_folder.manifest import FORMAT, read_manifest
from harness.run_folder.records import COMMON_SCHEMA, RecordStore, read_records
from harness.run_folder.run_data import read_run

METRICS = ("psnr_y", "ssim_y", "psnr_rgb", "ssim_rgb")
OLD_SCHEMA = pa.schema(
    [
        field if field.name != "notes" else pa.field("notes", pa.string())
        for field in COMMON_SCHEMA
        if field.name not in {"tile_side", "tile_overlap", "read"}
    ]
    + [pa.field(name, pa.float64()) for name in METRICS]
)
SHARED = {"task": "restoration", "kind": "restoration", "quantiser": "round"} | {
    "precision": "float32",
    "protocol": "v:1",
    "status": "ok",
    "error": "",
    "sample_digest": "d",
    "width": 6,
    "height": 4,
    "restore_seconds": 0.0,
    "predict_seconds": 0.0,
}


@pytest.fixture
def first_version(tmp_path: Path) -> Path:
    """A folder as rdmc-bench 0.1 left it: no format, no roles, notes in one text."""
    derainers = [
        {"name": "mine", "use": "rainy", "title": "Rainy input", "is_reference": True},
        {"name": "clean", "use": "clean", "title": "Clean image", "is_reference": True},
        {"name": "net", "use": "prenet", "title": "PReNet", "is_reference": False},
    ]
    tasks = [
        {"name": "restoration", "kind": "restoration", "headline": ["psnr_y", "ssim_y"]},
        {"name": "gone", "kind": "a-package-that-is-gone", "headline": ["level"]},
    ]
    manifest = {"name": "old", "derainers": derainers, "rain_sets": [{"name": "set"}]}
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, "tasks": tasks}))
    rows = [row(name, image) for name in ("mine", "clean", "net") for image in ("a", "b", "c")]
    (tmp_path / "records").mkdir()
    table = pa.Table.from_pylist(rows, schema=OLD_SCHEMA)
    pq.write_table(table, tmp_path / "records" / "restoration.parquet")
    return tmp_path


def row(derainer: str, image: str) -> dict[str, Any]:
    level = {"mine": 20.0, "clean": 50.0, "net": 25.0}[derainer] + ord(image) - 97
    notes = f"{image}.png: grey to RGB; net worked in tiles of 64 px" if derainer == "net" else ""
    metrics = {"psnr_y": level, "ssim_y": level / 60, "psnr_rgb": level, "ssim_rgb": level / 60}
    cell = {"rain_set": "set", "derainer": derainer, "image": image, "key": f"{derainer}-{image}"}
    return {**SHARED, **cell, **metrics, "notes": notes}


def test_report_upgrades_the_folder_and_gives_its_figures(first_version: Path) -> None:
    with pytest.raises(BenchError, match=r"older rdmc-bench .* upgrades the folder"):
        read_manifest(first_version)
    assert main(["report", str(first_version)]) == 0
    run = read_run(first_version)
    assert run.manifest.format == FORMAT
    assert (run.lower("set"), run.upper("set")) == ("mine", "clean")
    assert run.value("set", "net", "restoration", "psnr_y") == pytest.approx(26.0)
    assert run.compared("set", "net", "restoration", "psnr_y").gain == pytest.approx(5.0)
    assert run.metric("restoration", "psnr_y").unit == "dB"
    assert run.metric("gone", "level").direction == 0
    whats = [one.what for one in conversions(run)]
    assert whats == ["grey to RGB", "net worked in tiles of 64 px"]


def test_rows_of_the_first_version_are_read_as_this_one_has_them(first_version: Path) -> None:
    rows = read_records(first_version)["restoration"]
    assert list(rows.loc[rows["derainer"] == "mine", "notes"].iloc[0]) == []
    assert set(rows["tile_side"]) == {0} and set(rows["read"]) == {""}


def test_upgrading_twice_changes_nothing_more(first_version: Path) -> None:
    upgrade(first_version, Guard(None))
    once = (first_version / "manifest.json").read_bytes()
    upgrade(first_version, Guard(None))
    assert (first_version / "manifest.json").read_bytes() == once


def test_a_folder_without_a_manifest_has_no_earlier_one(tmp_path: Path) -> None:
    assert earlier_manifest(tmp_path) is None
    (tmp_path / "manifest.json").write_text('{"format": 99, "name": "new"}')
    with pytest.raises(BenchError, match="of a newer rdmc-bench"):
        earlier_manifest(tmp_path)


@pytest.mark.parametrize("content", ["[]", "{", '{"name": "x"}', '{"name": "x", "tasks": 3}'])
def test_what_is_no_manifest_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(BenchError, match=r"manifest\.json: "):
        earlier_manifest(tmp_path)


def test_new_and_old_rows_go_into_one_table(first_version: Path) -> None:
    """Running on in an old folder reads its rows beside new ones."""
    columns = dict.fromkeys(METRICS, pa.float64())
    store = RecordStore(first_version, {"restoration": columns})
    new = {**row("net", "d"), "notes": ["d.png: grey to RGB"], "tile_side": 0, "tile_overlap": 0}
    store.add({**new, "read": "null"})
    store.flush()
    keys = store.finished()
    assert len(keys) == 10
    assert store.compact(keys, keys) == []
    assert len(read_records(first_version)["restoration"]) == 10


def test_a_format_that_nobody_writes_is_not_called_an_older_one(first_version: Path) -> None:
    (first_version / "manifest.json").write_text('{"format": "2"}')
    with pytest.raises(BenchError, match="format '2', which no rdmc-bench writes"):
        read_manifest(first_version)
