from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness import images
from harness.errors import BenchError
from harness.run_folder import record_files
from harness.run_folder.records import Cell, RecordStore, read_records


def row(image: str, key: str = "k", status: str = "ok", derainer: str = "rainy") -> dict[str, Any]:
    return {
        "rain_set": "set",
        "derainer": derainer,
        "task": "quality",
        "kind": "restoration",
        "image": image,
        "key": key,
        "status": status,
        "error": "",
        "psnr": None if status == "failed" else 30.5,
    }


def cells(*images: str) -> list[Cell]:
    return [Cell("set", "rainy", "quality", image) for image in images]


@pytest.fixture
def store(tmp_path: Path) -> RecordStore:
    return RecordStore(tmp_path, {"quality": {"psnr": pa.float64()}})


def test_flushed_rows_survive_without_compaction(tmp_path: Path, store: RecordStore) -> None:
    store.add(row("b"))
    store.flush()
    store.add(row("a"))  # never flushed: a killed process
    again = RecordStore(tmp_path, {"quality": {"psnr": pa.float64()}})
    assert list(again.finished()) == cells("b")


def test_compaction_orders_by_plan_and_drops_parts(tmp_path: Path, store: RecordStore) -> None:
    for image in ("c", "a", "b"):
        store.add(row(image))
        store.flush()
    plan = cells("a", "b", "c")
    store.compact(plan, dict.fromkeys(plan, "k"))
    assert read_records(tmp_path)["quality"]["image"].tolist() == ["a", "b", "c"]
    assert not list((tmp_path / "records" / "parts").iterdir())


def test_a_cell_without_a_row_is_named(store: RecordStore) -> None:
    store.add(row("a"))
    store.add(row("b", key="old"))
    store.flush()
    plan = cells("a", "b", "c")
    assert store.compact(plan, dict.fromkeys(plan, "k")) == cells("b", "c")


def test_a_row_under_another_key_is_dropped(tmp_path: Path, store: RecordStore) -> None:
    store.add(row("a", key="old"))
    store.add(row("a", key="new"))
    store.flush()
    store.compact(cells("a"), {cells("a")[0]: "new"})
    assert read_records(tmp_path)["quality"]["key"].tolist() == ["new"]


def test_a_failed_row_gives_way_to_a_later_success(tmp_path: Path, store: RecordStore) -> None:
    store.add(row("a", status="failed"))
    store.flush()
    assert store.finished() == {}
    store.add(row("a"))
    store.flush()
    store.compact(cells("a"), {cells("a")[0]: "k"})
    assert read_records(tmp_path)["quality"]["status"].tolist() == ["ok"]


def test_rows_outside_the_plan_are_kept_aside_and_come_back(
    tmp_path: Path, store: RecordStore
) -> None:
    for image in ("a", "b"):
        store.add(row(image))
    store.flush()
    both = dict.fromkeys(cells("a", "b"), "k")
    store.compact(cells("a"), both)
    assert read_records(tmp_path)["quality"]["image"].tolist() == ["a"]
    assert set(store.finished()) == set(both)
    store.compact(cells("a", "b"), both)
    assert read_records(tmp_path)["quality"]["image"].tolist() == ["a", "b"]


def test_rows_of_a_task_outside_the_plan_are_kept_aside_and_come_back(
    tmp_path: Path, store: RecordStore
) -> None:
    store.add(row("a"))
    store.flush()
    store.compact(cells("a"), dict.fromkeys(cells("a"), "k"))
    RecordStore(tmp_path, {"other": {}}).compact([], {})
    assert not list((tmp_path / "records").glob("*.parquet"))
    assert list(store.finished()) == cells("a")
    assert not store.compact(cells("a"), dict.fromkeys(cells("a"), "k"))
    assert list(read_records(tmp_path)) == ["quality"]


def test_a_damaged_file_is_named(tmp_path: Path, store: RecordStore) -> None:
    store.add(row("a"))
    store.flush()
    store.compact(cells("a"), {cells("a")[0]: "k"})
    (tmp_path / "records" / "quality.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(BenchError, match=r"quality\.parquet: damaged"):
        read_records(tmp_path)


def test_a_folder_without_records_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="holds no records"):
        read_records(tmp_path)


def test_records_of_another_version_are_named(tmp_path: Path, store: RecordStore) -> None:
    store.add(row("a"))
    store.flush()
    store.compact(cells("a"), {cells("a")[0]: "k"})
    path = tmp_path / "records" / "quality.parquet"
    rows = pq.read_table(path).drop_columns(["precision"])
    pq.write_table(rows.replace_schema_metadata(None), path)
    with pytest.raises(BenchError, match=r"lacks precision.* computes its rows again"):
        read_records(tmp_path)


class CrashError(Exception):
    """The end of a process, as far as a file knows."""


@pytest.mark.parametrize("plans", [("ab", "a"), ("a", "ab"), ("ab", "c"), ("b", "a")])
def test_a_row_that_goes_in_or_out_of_the_plan_is_never_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plans: tuple[str, str]
) -> None:
    """Whichever write is the last, the rows of all three images are still there."""
    first, second = (cells(*plan) for plan in plans)
    keys = dict.fromkeys(cells("a", "b", "c"), "k")
    for last in range(20):
        store = RecordStore(tmp_path / str(last), {"quality": {"psnr": pa.float64()}})
        for image in "abc":
            store.add(row(image))
        store.flush()
        store.compact(first, keys)
        with monkeypatch.context() as patch:
            left = iter(range(last, -1, -1))

            def write_bytes(*arguments: Any, left: Any = left, **options: Any) -> None:
                if next(left) == 0:
                    raise CrashError
                images.write_bytes(*arguments, **options)

            patch.setattr(record_files, "write_bytes", write_bytes)
            try:
                store.compact(second, keys)
            except CrashError:
                assert set(store.finished()) == set(keys)
                continue
        assert set(store.finished()) == set(keys) and last > 0
        return
    raise AssertionError("it never came to an end")
