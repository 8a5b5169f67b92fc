"""What a killed run leaves of the program that it had started, and of the pictures on their way."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from baselines.scratch import LOCK, PREFIX, Scratch, sweep

ROOT = Path(__file__).parents[2]

RUN = """
import subprocess, sys
from pathlib import Path
from baselines.folder_calls import FolderCalls
from baselines.picture_files import PicturePattern
from baselines.program import Program
from harness.samples import Sample
import numpy as np

patterns = PicturePattern("{id}.png", ["id"]), PicturePattern("{id}", ["id"])
program = Program([sys.executable, "-c", sys.argv[1], "{input}"], None, {}, True, 600.0)
sample = Sample("a", np.zeros((4, 4, 3), np.uint8))
FolderCalls(program, *patterns).restore({"a": sample}, "cpu", Path("logs/a.log"))
"""
PROGRAM = """
import os, pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path("pids.new").write_text(f"{os.getpid()} {child.pid}")
os.rename("pids.new", "pids")
time.sleep(600)
"""


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_killed_run_leaves_no_program_and_no_pictures(tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)}
    run = subprocess.Popen([sys.executable, "-c", RUN, PROGRAM], cwd=tmp_path, env=environment)
    wait_until(lambda: (tmp_path / "pids").exists() or run.poll() is not None)
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert list(temporary.glob(f"{PREFIX}*/input-*/a.png"))
    assert not any(map(is_gone, pids))
    run.send_signal(signal.SIGKILL)
    run.wait()
    wait_until(lambda: all(map(is_gone, pids)))
    wait_until(lambda: not list(temporary.iterdir()))


def test_what_was_left_is_removed_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name in ("left", "used"):
        (tmp_path / f"{PREFIX}{name}").mkdir()
        (tmp_path / f"{PREFIX}{name}" / LOCK).touch()
    (tmp_path / f"{PREFIX}mine").mkdir()  # without a lock: nobody knows whose
    (tmp_path / "others").mkdir()
    with (tmp_path / f"{PREFIX}used" / LOCK).open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        scratch = Scratch()
        new = scratch.folder
    try:
        left = {f"{PREFIX}used", f"{PREFIX}mine", "others", new.name}
        assert {path.name for path in tmp_path.iterdir()} == left
        sweep(tmp_path)
        assert new.is_dir()  # it is in use
    finally:
        scratch.close()
    assert {path.name for path in tmp_path.iterdir()} == {f"{PREFIX}mine", "others"}


def test_the_watcher_leaves_with_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    scratch = Scratch()
    first = scratch.folder
    (watcher,) = [one for one in psutil.Process().children() if str(first) in one.cmdline()]
    sleeper = subprocess.Popen(["sleep", "600"], start_new_session=True)
    with scratch.running(sleeper.pid):
        pass
    scratch.close()
    assert not watcher.is_running()
    assert sleeper.poll() is None  # it is no program of ours any more
    sleeper.kill()
    sleeper.wait()
    assert scratch.folder != first
    scratch.close()
