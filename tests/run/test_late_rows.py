"""Rows of another machine that come into sight late, as they may on NFS."""

import shutil
from pathlib import Path
from typing import cast

import pyarrow as pa
import pytest

from harness.processes import Processes
from harness.run import whole_run
from harness.run.plan import Plan
from harness.run.work import Work
from harness.run_folder.records import Cell, RecordStore

CELLS = [Cell("set", "net", "task", image) for image in "ab"]


class Cells:
    """Stands for a plan of two cells."""

    def cells(self) -> list[Cell]:
        """Return them."""
        return CELLS


def row(cell: Cell) -> dict[str, object]:
    texts = dict.fromkeys(("kind", "error", "sample_digest", "read", "quantiser"), "")
    numbers = dict.fromkeys(("tile_side", "tile_overlap", "width", "height"), 0)
    told = {"notes": [], "protocol": "", "precision": "float32", "status": "ok", "key": cell.image}
    return (
        cell._asdict() | texts | numbers | told | {"restore_seconds": 0.0, "predict_seconds": 0.0}
    )


@pytest.mark.parametrize(("count", "found"), [(1, 1), (2, 2)])
def test_the_first_process_waits_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, found: int
) -> None:
    store = RecordStore(tmp_path / "here", {"task": {"score": pa.float64()}})
    other = RecordStore(tmp_path / "there", {"task": {"score": pa.float64()}})
    for one, cell in zip((store, other), CELLS, strict=True):
        one.add(row(cell) | {"score": 1.0})
        one.flush()
    waits = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            parts = (tmp_path / folder / "records" / "parts" for folder in ("there", "here"))
            shutil.copytree(*parts, dirs_exist_ok=True)

    monkeypatch.setattr(whole_run.time, "sleep", wait)
    processes = Processes()
    processes.count = count
    work = Work([], {cell: cell.image for cell in CELLS})
    lost = whole_run._gathered(store, cast(Plan, Cells()), work, processes)
    assert len(CELLS) - len(lost) == found
    assert waits == list(whole_run.WAITS_FOR_FILES[:2] if count > 1 else ())
    assert len(store.finished()) == found
