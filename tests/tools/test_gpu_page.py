"""docs/gpu.md: what no GPU has given is named so, and what one has given stands in its cell."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from harness.digests import digest_file
from tools.gpu import parts
from tools.gpu.collect import PAGE, RECORDS, REHEARSAL, RUN, join_weights, page_of, take_in
from tools.gpu.findings import FILE_NAME, Findings
from tools.gpu.page import NOT_SHOWN, render


def rows_of(page: str, heading: str) -> list[list[str]]:
    """Return the cells of every row below a heading, up to the next one of its level."""
    level = heading.split(" ", 1)[0]
    section = re.split(rf"^{level} ", page.split(f"\n{heading}\n", 1)[1], flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[part.strip() for part in line.strip("|").split("|")] for line in lines]


def row_of(page: str, heading: str, name: str) -> list[str]:
    return next(row for row in rows_of(page, heading) if row[0] == name)


def run(folder: Path, device: str = "cuda", tiny: bool = False, **facts: Any) -> Path:
    Findings(folder, "facts").add(device=device, tiny=tiny, **facts)
    return folder


def test_the_committed_page_is_that_of_the_committed_records() -> None:
    assert PAGE.read_text(encoding="utf-8") == page_of(RECORDS), "run python -m tools.gpu.collect"


def test_without_a_run_no_cell_has_a_figure_of_a_gpu() -> None:
    page = render([], [])
    for heading in ("## The card", "## Tests marked `cuda`", "## A training"):
        rows = [row for row in rows_of(page, heading) if row[0] and row[0] != ":--"]
        figures = [row for row in rows if row[0] not in {"outcome", "step"}]
        assert figures
        assert all(cell == NOT_SHOWN for row in figures for cell in row[1:])
    for size in ("320x480", "1080x1920"):
        assert row_of(page, f"### {size}", "PReNet")[1:] == [NOT_SHOWN] * 6
    assert row_of(page, "## Every derainer against the CPU", "BRN")[1:] == [NOT_SHOWN] * 3


def test_what_a_run_found_stands_in_its_cell() -> None:
    timed = {"derainer": "PReNet", "height": 320, "width": 480, "batch": 8, "precision": "bfloat16"}
    difference = {"derainer": "BRN", "precision": "float16"}
    test = {"test": "test_nccl", "outcome": "failure", "reason": "no NCCL", "seconds": 1.0}
    heavy = {"rain_set": "streets-heavy", "derainer": "rdmc-s", "task": "detection", "metric": "ap"}
    found = [
        {"stage": "facts", "card": "A Card"},
        {
            "stage": "latency",
            **timed,
            "channels_last": True,
            "ms_per_megapixel": 1.25,
            "share": 0.5,
        },
        {"stage": "latency", **timed, "channels_last": False, "ms_per_megapixel": 2.25},
        {"stage": "against_cpu", **difference, "largest": 1.5, "mean": 0.25},
        {"stage": "marked_tests", **test},
        {"stage": "benchmark_against_reference", **heavy, "value": 0.5, "committed": 0.4},
        {"stage": "train", "iteration": 300, "psnr_y": 25.678, "ssim": 0.9},
    ]
    page = render(found, [])
    assert row_of(page, "## The card", "card")[1] == "A Card"
    assert row_of(page, "### 320x480", "PReNet")[4] == "1.2 / 2.2"
    assert row_of(page, "### Share of the card", "PReNet")[2] == "50%"
    assert row_of(page, "## Every derainer against the CPU", "BRN")[3] == "1.500 / 0.250"
    assert row_of(page, "## Tests marked `cuda`", "failed")[1] == "1"
    assert "- `test_nccl`: failure, no NCCL" in page
    (figure,) = (
        row for row in rows_of(page, "## The built-in benchmark") if row[:4] == list(heavy.values())
    )
    assert figure[5] == "0.5000"
    assert ["300", "25.68", "0.9000"] in rows_of(page, "## A training")


def test_what_failed_is_named() -> None:
    found = [
        {"stage": "against_cpu", "derainer": "BRN", "precision": "float16", "error": "NaN came"},
        {"stage": "benchmark_against_reference", "left_out": "detection: no mmcv"},
    ]
    page = render(found, [])
    assert row_of(page, "## Every derainer against the CPU", "BRN")[3] == "failed"
    assert "- derainer BRN, precision float16: NaN came" in page
    assert "- detection: no mmcv" in page


def test_a_rehearsal_never_stands_for_a_run(tmp_path: Path) -> None:
    records = tmp_path / "records"
    take_in(run(tmp_path / "a", device="cpu", tiny=True), records)
    take_in(run(tmp_path / "b", device="cuda", tiny=True), records)
    assert [path.name for path in records.iterdir()] == [REHEARSAL]
    take_in(run(tmp_path / "c", card="A Card"), records)
    assert sorted(path.name for path in records.iterdir()) == [REHEARSAL, RUN]
    assert row_of(page_of(records), "## The card", "card")[1] == "A Card"


def test_a_run_that_found_nothing_is_refused(tmp_path: Path) -> None:
    Findings(tmp_path, "stages").add(name="facts", status="failed")
    with pytest.raises(ValueError, match="the stage `facts` left nothing"):
        take_in(tmp_path, tmp_path / "records")


def test_weights_are_joined_and_checked(tmp_path: Path) -> None:
    folder = tmp_path / "back"
    weights = tmp_path / "rdmc.pth"
    weights.write_bytes(bytes(range(256)) * 4)
    folder.mkdir()
    parts.cut(weights, folder, part_bytes=300)
    Findings(folder, "train").add(sha256="another")
    with pytest.raises(ValueError, match="bring all parts back again"):
        join_weights(folder, tmp_path / "joined")
    digest = digest_file(weights)
    Findings(folder, "train").add(sha256=digest)
    ((joined, found),) = join_weights(folder, tmp_path / "joined")
    assert found == digest
    assert joined.read_bytes() == weights.read_bytes()


def test_records_hold_findings_alone(tmp_path: Path) -> None:
    record = take_in(run(tmp_path / "a", card="A Card"), tmp_path / "records")
    assert json.loads(record.read_text())["card"] == "A Card"
    assert record.read_bytes() == (tmp_path / "a" / FILE_NAME).read_bytes()
