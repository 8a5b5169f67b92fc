"""Notes of calls under way: told once if the process died, and never taken for another's file."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from harness.errors import ConfigError
from harness.run_folder.in_flight import InFlight, left_in_flight


def died(folder: Path, rank: int, whose: str) -> None:
    """Leave what a process leaves that dies in a call."""
    if not (child := os.fork()):
        with suppress(BaseException), InFlight(folder, rank).calling(whose, "a.png"):
            os._exit(0)
        os._exit(1)
    os.waitpid(child, 0)


def test_what_was_under_way_is_told_once(tmp_path: Path) -> None:
    died(tmp_path, 0, "net")
    died(tmp_path, 3, "b" * 600)
    assert left_in_flight(tmp_path, 0, 2) == ["net on a.png", "b" * 512]
    assert left_in_flight(tmp_path, 0, 2) == [] and not list(tmp_path.iterdir())


OTHERS: dict[str, Callable[[Path], object]] = {
    "text": lambda path: path.write_text("mine"),
    "text of that size": lambda path: path.write_bytes(b"mine".ljust(512 * 256, b"\0")),
    "folder": lambda path: path.mkdir(),
    "pipe": os.mkfifo,
    "dangling link": lambda path: path.symlink_to(path.with_name("nothing")),
}


@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS)
def test_files_of_others_stay(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "in-flight-7")
    make(tmp_path / "in-flight-x-0")
    assert left_in_flight(tmp_path, 0, 1) == []
    assert {path.name for path in tmp_path.iterdir()} == {"in-flight-7", "in-flight-x-0"}


@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS)
def test_anothers_file_in_the_place_of_a_note_is_refused(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    path = tmp_path / "in-flight-0"
    make(path)
    before = path.lstat().st_mtime
    with pytest.raises(ConfigError, match=r"in-flight-0: is no note of a run.* --out"):
        left_in_flight(tmp_path, 0, 1)
    died(tmp_path, 0, "net")
    assert path.lstat().st_mtime == before


@pytest.mark.parametrize("size", [0, 512 * 256])
def test_a_note_that_never_got_its_first_line_is_cleared(tmp_path: Path, size: int) -> None:
    (tmp_path / "in-flight-0").write_bytes(bytes(size))
    assert left_in_flight(tmp_path, 0, 1) == [] and not list(tmp_path.iterdir())
