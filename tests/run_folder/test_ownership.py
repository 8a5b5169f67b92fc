"""What is ours is cleared, what is another's is refused or left."""

import json
from pathlib import Path
from typing import get_args

import numpy as np
import pyarrow as pa
import pytest

from harness.errors import ConfigError
from harness.run_folder.folder_lock import claimed
from harness.run_folder.kept_images import KeptImage, RestoredImages
from harness.run_folder.ownership import MARK, check_ownership, clear
from harness.run_folder.records import RecordStore
from harness.terms import Quantiser
from harness.tile_sizes import Tiling

OURS = (
    "records/quality.parquet",
    "records/parts/quality-0123456789abcdef0123456789abcdef.parquet",
    "examples/index.json",
    "examples/set/a/drawn/depth/net.failed.txt",
    "logs/net/set.log",
    "tables/joint.md",
    "figures/levels.pdf",
    "figures/levels.svg",
    "previews/set/net/a.webp",
    "previews/set/drawn/labels/a.webp",
    "previews/set/drawn/labels/net/a.webp",
    "summary.csv",
    "report.html",
    "manifest.json",
)
NOT_OURS = (
    "notes.txt",
    "tables/mine.xlsx",
    "figures/sources/levels.pdf",
    "logs/server.log",
    "records/old.csv",
    "restored/set/net/README.md",
    "restored/photos/2020/x.png",
    "restored/set/net/mine/x.png",
    "restored/x.png",
    "examples/mine/holiday.png",
    "examples/set/a/holiday.png",
    "examples/set/a/drawn/depth/mine/x.png",
    "data/rainy/a.png",
    "previews/holiday.webp",
    "previews/set/net/mine/a.webp",
    "damaged/manifest.json",  # which may be a person's
)


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")


def files(folder: Path) -> set[str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for path in found}


def test_a_marked_folder_loses_what_is_ours_and_nothing_else(tmp_path: Path) -> None:
    with claimed(tmp_path, "test"):
        write(tmp_path, *OURS, *NOT_OURS)
        kept, pixels = RestoredImages(tmp_path, "round"), np.zeros((4, 5, 3), np.uint8)
        for quantiser in get_args(Quantiser):
            kept.put("set", "net", "a", quantiser, "k", KeptImage(pixels, Tiling(64, 8)))
        assert len(list(tmp_path.glob("restored/set/net/**/a.png"))) == 2
        clear(tmp_path)
    assert files(tmp_path) == {MARK, *NOT_OURS}
    assert not (tmp_path / "records" / "parts").exists()


@pytest.mark.parametrize(
    "name", ["logs/a.log", "figures/a.png", "summary.csv", "overlaps.json", "manifest.json"]
)
def test_anothers_folder_is_refused(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    with (
        pytest.raises(ConfigError, match=f"holds {name.split('/')[0]} that no run"),
        claimed(tmp_path, "test"),
    ):
        pass
    assert files(tmp_path) == {name}


def test_a_folder_with_other_files_alone_may_take_a_run(tmp_path: Path) -> None:
    write(tmp_path, "notes.txt", "data/a.png")
    check_ownership(tmp_path)


def test_what_older_versions_left_is_ours(tmp_path: Path) -> None:
    finished, interrupted = tmp_path / "finished", tmp_path / "interrupted"
    write(finished, "tables/joint.md")
    manifest = {"name": "old", "derainers": [], "rain_sets": [], "tasks": []}
    (finished / "manifest.json").write_text(json.dumps(manifest))
    check_ownership(finished)
    store = RecordStore(interrupted, {"quality": {"psnr": pa.float64()}})
    cell = {"rain_set": "set", "derainer": "net", "task": "quality", "image": "a"}
    store.add({**cell, "key": "k", "status": "ok"})
    store.flush()
    check_ownership(interrupted)
    write(tmp_path / "other", "records/sales.parquet")
    with pytest.raises(ConfigError, match="holds records"):
        check_ownership(tmp_path / "other")


def test_nothing_behind_a_link_is_deleted(tmp_path: Path) -> None:
    write(tmp_path / "thesis", "plot.pdf")
    out = tmp_path / "out"
    with claimed(out, "test"):
        (out / "figures").symlink_to(tmp_path / "thesis")
        with pytest.raises(ConfigError, match=r"figures: is a link"):
            clear(out)
    assert files(tmp_path / "thesis") == {"plot.pdf"}


@pytest.mark.parametrize("is_ours", [False, True])
def test_a_folder_that_is_a_link_to_nothing_is_named(tmp_path: Path, is_ours: bool) -> None:
    write(tmp_path, "notes.txt")
    if is_ours:
        with claimed(tmp_path, "test"):
            pass
    (tmp_path / "records").symlink_to("gone")
    said = r"records: is a link to gone, where nothing is; .* remove the link"
    with pytest.raises(ConfigError, match=said), claimed(tmp_path, "test"):
        pass


def test_where_no_folder_can_be_made_is_said() -> None:
    with (
        pytest.raises(ConfigError, match=r"/proc/x: cannot be made there .* --out"),
        claimed(Path("/proc/x"), "test"),
    ):
        pass


def test_a_killed_process_leaves_no_temporary_file_for_long(tmp_path: Path) -> None:
    with claimed(tmp_path, "test"):
        ours = [f"{folder}.a.png.{'0' * 32}.tmp" for folder in ("", "tables/", "examples/s/i/")]
        write(tmp_path, *ours, "tables/a.md", ".mine.tmp", f"data/.x.{'0' * 32}.tmp")
    with claimed(tmp_path, "test"):
        pass
    assert files(tmp_path) == {MARK, "tables/a.md", ".mine.tmp", f"data/.x.{'0' * 32}.tmp"}
