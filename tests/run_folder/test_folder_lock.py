"""One process at a time; a lock outlives none."""

import errno
import fcntl
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli.commands import main
from harness.errors import ConfigError
from harness.run_folder.folder_lock import claimed

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from harness.run_folder.folder_lock import claimed
with claimed(Path(sys.argv[1]), "run of mine"):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_second_process_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, tmp_path], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        who = rf"process {holder.pid} on \S+ works in it since \d{{4}}-\S+ \(run of mine\)"
        with pytest.raises(ConfigError, match=who), claimed(tmp_path, "test"):
            pass
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
    with claimed(tmp_path, "test") as notice:
        assert notice == ""


FORKING = """
import os, signal, sys, time
from pathlib import Path
from harness.run_folder.folder_lock import claimed
with claimed(Path(sys.argv[1]), "run of mine"):
    child = os.fork()
    if not child:
        time.sleep(600)
    print(child, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_forked_child_does_not_hold_the_lock_of_a_killed_process(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", FORKING, tmp_path], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        try:
            assert parent.wait() == -signal.SIGKILL
            with claimed(tmp_path, "test"):
                pass
        finally:
            os.kill(child, signal.SIGKILL)


def test_a_forked_child_leaves_the_lock_to_its_parent(tmp_path: Path) -> None:
    with claimed(tmp_path, "one"):
        child = os.fork()
        if not child:
            os._exit(0)
        os.waitpid(child, 0)
        with pytest.raises(ConfigError, match=r"\(one\)"), claimed(tmp_path, "two"):
            pass


@pytest.mark.parametrize("kind", ["link", "dangling link", "folder", "pipe", "text"])
def test_what_is_no_mark_is_refused_and_left(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out, other = tmp_path / "out", tmp_path / "thesis.txt"
    out.mkdir()
    mark = out / ".rdmc-bench"
    if kind == "folder":
        mark.mkdir()
    elif kind == "pipe":
        os.mkfifo(mark)
    elif kind == "text":
        mark.write_text("mine")
    else:
        if kind == "link":
            other.write_text("mine")
        mark.symlink_to(other)
    before = mark.lstat()
    with pytest.raises(ConfigError, match=r"\.rdmc-bench: is no mark .* --out"), claimed(out, "a"):
        pass
    assert main(["report", str(out)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert (mark.lstat().st_ino, mark.lstat().st_mtime) == (before.st_ino, before.st_mtime)
    assert other.exists() == (kind == "link") and (kind != "link" or other.read_text() == "mine")


def test_two_in_one_process_are_two(tmp_path: Path) -> None:
    with claimed(tmp_path, "one"):
        with pytest.raises(ConfigError, match=f"process {os.getpid()} "), claimed(tmp_path, "two"):
            pass
        assert "(one)" in (tmp_path / ".rdmc-bench").read_text().replace('"doing": "one"', "(one)")


def test_report_says_that_a_run_is_at_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with claimed(tmp_path, "run of streets"):
        assert main(["report", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert re.search(r"works in it since .* \(run of streets\); wait for its end", line)


def test_where_nothing_can_be_locked_the_user_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    with claimed(tmp_path, "test") as notice:
        assert "its file system has no locks" in notice
