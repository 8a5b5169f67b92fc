"""Whatever is damaged in a run's folder: the same command again heals it, or says what does."""

import errno
import io
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image, PngImagePlugin

from harness.cli.commands import main
from harness.report import run_report
from harness.run import whole_run
from harness.run_folder import folder_lock

COMPARED = ("summary.csv", "comparisons.csv", "restored/**/*.png", "examples/**/*.png")


@pytest.fixture(autouse=True)
def without_report(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("with_report") is None:
        monkeypatch.setattr(whole_run, "write_report", lambda directory: directory / "report.html")


@pytest.fixture
def config(tmp_path: Path, make_pairs: Callable[..., Path]) -> Path:
    make_pairs(tmp_path / "data", 3)
    path = tmp_path / "config.yaml"
    path.write_text(
        "name: small\nrain_sets: [{name: pairs, layout: Rain100L, root: data}]\n"
        "derainers: [rainy, guided-filter, clean]\ntasks: [restoration]\n"
        "examples: 1\nkeep_restored: true\n"
    )
    return path


def run(config: Path, *options: str) -> int:
    out = str(config.parent / "out")
    return main(["run", str(config), "--out", out, "--device", "cpu", *options])


@pytest.fixture
def out(config: Path) -> Path:
    assert run(config) == 0
    return config.parent / "out"


def outcome(out: Path) -> dict[str, bytes]:
    paths = (path for pattern in COMPARED for path in out.glob(pattern))
    return {str(path.relative_to(out)): path.read_bytes() for path in paths}


def records(out: Path) -> Path:
    return out / "records" / "restoration.parquet"


def as_part(out: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Make the records a part that an interrupted run left, with a change."""
    part = out / "records" / "parts" / f"restoration-{'0' * 32}.parquet"
    part.parent.mkdir(exist_ok=True)
    pq.write_table(change(unsealed(out)), part)
    records(out).unlink()


def unsealed(out: Path) -> pa.Table:
    """Return the rows as a version without seals would have them."""
    return pq.read_table(records(out)).replace_schema_metadata(None)


def retyped(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, column)


def folder_instead(path: Path) -> None:
    path.unlink()
    (path / "below").mkdir(parents=True)


def pipe_instead(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def overwritten(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda out: (out / name).write_bytes(content)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "manifest": overwritten("manifest.json", b'{"name": "sm'),
    "manifest list": overwritten("manifest.json", b"[]"),
    "manifest binary": overwritten("manifest.json", b"\xff\xfe\x00"),
    "manifest of no format": overwritten("manifest.json", b'{"format": "2"}'),
    "manifest with wrong values": overwritten("manifest.json", b'{"format": 2, "name": 3}'),
    "manifest of the first version, wrong": overwritten("manifest.json", b'{"tasks": 3}'),
    "manifest as a folder": lambda out: folder_instead(out / "manifest.json"),
    "summary as a folder": lambda out: folder_instead(out / "summary.csv"),
    "records empty": overwritten("records/restoration.parquet", b""),
    "records as a folder": lambda out: folder_instead(records(out)),
    "records without a column": lambda out: pq.write_table(
        unsealed(out).drop_columns(["precision"]), records(out)
    ),
    "records without a metric": lambda out: pq.write_table(
        unsealed(out).drop_columns(["psnr_y"]), records(out)
    ),
    "part with a text for a number": lambda out: as_part(
        out, lambda table: retyped(table, "psnr_y", pa.array(["high"] * len(table)))
    ),
    "part with numbers for names": lambda out: as_part(
        out, lambda table: retyped(table, "notes", pa.array(range(len(table))))
    ),
    "part with wider numbers": lambda out: as_part(
        out, lambda table: retyped(table, "width", pa.array([32] * len(table), pa.int64()))
    ),
    "part without keys": lambda out: as_part(
        out, lambda table: retyped(table, "key", pa.nulls(len(table), pa.string()))
    ),
    "costs": overwritten("efficiency.json", b"{"),
    "manifest as a pipe": lambda out: pipe_instead(out / "manifest.json"),
    "records as a pipe": lambda out: pipe_instead(records(out)),
    "costs as a pipe": lambda out: os.mkfifo(out / "efficiency.json"),
    "overlaps": overwritten("overlaps.json", b"{"),
    "overlaps of another form": overwritten("overlaps.json", b"[]"),
    "overlaps as a folder": lambda out: (out / "overlaps.json" / "below").mkdir(parents=True),
    "overlaps as a pipe": lambda out: os.mkfifo(out / "overlaps.json"),
    "index of the examples as a folder": lambda out: folder_instead(out / "examples/index.json"),
    "index of the examples as a pipe": lambda out: pipe_instead(out / "examples/index.json"),
    "index of the examples": overwritten("examples/index.json", b"{"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_the_same_command_again_heals(
    config: Path, out: Path, damage: Callable[[Path], object], capsys: pytest.CaptureFixture[str]
) -> None:
    whole = outcome(out)
    damage(out)
    assert run(config) == 0
    assert "Traceback" not in capsys.readouterr().err
    assert outcome(out) == whole
    json.loads((out / "manifest.json").read_text())
    assert run(config) == 0
    assert "damaged" not in capsys.readouterr().err


def test_damage_is_named_and_kept_for_a_person(
    config: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 2):
        records(out).write_bytes(b"PAR1 no more %d" % number)
        run(config)
        said = capsys.readouterr().err
        (line,) = [line for line in said.splitlines() if "damaged" in line]
        assert "restoration.parquet: damaged (" in line and "its rows again" in line
    aside = sorted((out / "damaged" / "records").iterdir())
    assert [path.read_bytes()[-1:] for path in aside] == [b"2", b"1"]
    assert [path.name for path in aside] == ["restoration-2.parquet", "restoration.parquet"]


def test_a_changed_bit_of_the_records_changes_no_figure(config: Path, out: Path) -> None:
    whole, content = outcome(out), records(out).read_bytes()
    for place in range(40, len(content), len(content) // 12):
        changed = bytearray(records(out).read_bytes())
        changed[place] ^= 16
        records(out).write_bytes(changed)
        assert run(config) == 0
        assert outcome(out) == whole


@pytest.mark.parametrize("name", ["restored/guided-filter.png", "restored/rainy.png"])
@pytest.mark.with_report
def test_a_damaged_example_is_made_again(config: Path, out: Path, name: str) -> None:
    whole = outcome(out)
    (path,) = out.glob(f"examples/pairs/*/{name}")
    path.write_bytes(path.read_bytes()[:90])
    assert run(config) == 0
    assert outcome(out) == whole


def test_an_edited_restored_image_is_restored_again(config: Path, out: Path) -> None:
    whole = outcome(out)
    path = out / "restored/pairs/guided-filter/rain-002.png"
    with Image.open(path) as image:
        texts = PngImagePlugin.PngInfo()
        for name, text in image.text.items():  # type: ignore[attr-defined]
            texts.add_text(name, text)
        Image.fromarray(np.asarray(image) // 2).save(path, pnginfo=texts)
    records(out).unlink()  # so that figures would come of it
    assert run(config) == 0
    assert outcome(out) == whole


def test_derainers_and_tasks_of_names_that_run_together(config: Path) -> None:
    text = config.read_text().replace("[rainy,", "[rainy, {name: rainy.restoration, use: rainy},")
    tasks = "tasks: [restoration, {name: restoration.rainy, use: restoration}]"
    config.write_text(text.replace("tasks: [restoration]", tasks))
    assert run(config, "--limit", "1") == 0
    (folder,) = (config.parent / "out" / "examples" / "pairs").iterdir()
    names = {path.stem for path in (folder / "restored").iterdir()}
    assert names == {"rainy", "rainy.restoration", "guided-filter", "clean"}


def test_fresh_deletes_nothing_of_anothers(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = config.parent / "project"
    (here / "logs").mkdir(parents=True)
    (here / "logs" / "mine.log").write_text("mine")
    monkeypatch.chdir(here)
    arguments = ["run", str(config), "--out", ".", "--device", "cpu", "--fresh"]
    assert main(arguments) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "holds logs that no run of rdmc-bench made" in line and "--out" in line
    assert [path.name for path in here.iterdir()] == ["logs"]


class Full:
    """A disk that is full from some write on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, below: Path, left: int) -> None:
        self.left, self.below, self.open = left, str(below), io.open
        monkeypatch.setattr(io, "open", self.opened)

    def opened(self, file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        writes = set(mode) & set("wax+") and not isinstance(file, int)
        if writes and os.fspath(file).startswith(self.below):
            if self.left == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self.left -= 1
            if self.left == 0:
                return _FullFile(self.open(file, mode, *arguments, **options))
        return self.open(file, mode, *arguments, **options)


class _FullFile:
    """A file of which half of a write fits on the disk."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def write(self, content: Any) -> int:
        self.file.write(content[: len(content) // 2])
        self.file.flush()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def __enter__(self) -> "_FullFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


def test_a_disk_that_fills_at_any_write_tears_nothing(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(config.read_text().replace(" guided-filter,", ""))
    assert run(config, "--limit", "1") == 0
    out = config.parent / "out"
    whole, stages = outcome(out), 0
    while True:
        with monkeypatch.context() as patch:
            Full(patch, out, left=stages)
            capsys.readouterr()
            status = run(config, "--fresh", "--limit", "1")
        if status == 0:
            break
        lines = [one for one in capsys.readouterr().err.splitlines() if "rdmc-bench: " in one]
        assert status == 1 and len(lines) == 1, lines
        assert "cannot write: No space left on device" in lines[0]
        assert not list(out.rglob(".*.tmp"))
        assert run(config, "--limit", "1") == 0
        assert outcome(out) == whole
        stages += 1
    assert stages > 9


def test_a_disk_that_fills_while_a_report_is_written_tears_nothing(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run_report, "drawings", lambda run: iter(()))  # which take most of a second
    assert main(["report", str(out)]) == 0
    tables = {path: path.read_bytes() for path in (out / "tables").iterdir()}
    for left in range(0, 40, 4):
        (out / ".report.json").unlink()  # or nothing would be written
        with monkeypatch.context() as patch:
            Full(patch, out, left)
            capsys.readouterr()
            status = main(["report", str(out)])
        if status == 0:
            break
        (line,) = capsys.readouterr().err.splitlines()
        assert status == 1 and "cannot write: No space left on device" in line
        assert not list(out.rglob(".*.tmp"))
        assert main(["report", str(out)]) == 0
        assert {path: path.read_bytes() for path in (out / "tables").iterdir()} == tables
    assert left > 8


def test_a_second_run_at_the_same_time_is_refused(
    config: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = outcome(out)
    with folder_lock.claimed(out, "run of small"):
        assert run(config, "--fresh") == 2
    (line,) = capsys.readouterr().err.splitlines()[-1:]
    assert f"process {os.getpid()} on " in line and "(run of small)" in line
    assert outcome(out) == whole


def test_a_clock_that_is_set_back_changes_nothing(
    config: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = outcome(out)
    for path in out.rglob("*"):
        later = (datetime.now(UTC) + timedelta(days=400)).timestamp()
        os.utime(path, (later, later))
    times = iter(range(10**6))

    def back() -> str:
        return (datetime(2001, 1, 1, tzinfo=UTC) - timedelta(hours=next(times))).isoformat()

    monkeypatch.setattr(whole_run, "now", back)
    monkeypatch.setattr(folder_lock, "now", back)
    monkeypatch.setattr("time.time", lambda: 1e9 - next(times) * 3600)
    assert run(config) == 0
    assert outcome(out) == whole
    records(out).unlink()
    assert run(config) == 0
    assert outcome(out) == whole
    assert json.loads((out / "manifest.json").read_text())["invocations"][-1]["started"] < "2001"
