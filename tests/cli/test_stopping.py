"""Signals to a whole process: what was started ends, what is finished is kept, in one line each."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import psutil
import pytest

ROOT = Path(__file__).parents[2]

SLOW = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.{heed})
pathlib.Path("pid.new").write_text(str(os.getpid()))
os.rename("pid.new", "pid")
time.sleep(600)
"""
HEEDS, IGNORES = SLOW.format(heed="SIG_DFL"), SLOW.format(heed="SIG_IGN")


class Running:
    """A run whose program does not end by itself, in a process of its own."""

    def __init__(self, folder: Path, program: str) -> None:
        self.folder = folder
        (folder / "scratch").mkdir()
        (folder / "program.py").write_text(program)
        argv = json.dumps([sys.executable, "program.py", "{input}", "{output}"])
        (folder / "config.yaml").write_text(
            "name: small\nrain_sets: [{name: pairs, layout: Rain100L, root: data}]\n"
            f"derainers: [rainy, {{name: Slow, use: command, cwd: ., argv: {argv}}}]\n"
            "tasks: [restoration]\n"
        )
        command = [sys.executable, ROOT / "run_benchmark.py", "run", folder / "config.yaml"]
        self.process = subprocess.Popen(
            [*command, "--out", folder / "out", "--device", "cpu"],
            env={**os.environ, "TMPDIR": str(folder / "scratch")},
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.wait_for(lambda: (folder / "pid").exists())
        self.program = int((folder / "pid").read_text())

    def wait_for(self, condition: Callable[[], object]) -> None:
        for _ in range(6000):
            if condition():
                return
            assert self.process.poll() is None, self.process.communicate()[0]
            time.sleep(0.02)
        raise AssertionError("it did not come to that")

    def rows(self) -> list[str]:
        parts = (self.folder / "out" / "records" / "parts").glob("*.parquet")
        return [name for path in parts for name in pd.read_parquet(path)["derainer"]]

    def ended(self) -> tuple[int, str]:
        said = self.process.communicate(timeout=120)[0]
        assert not _runs(self.program)
        assert not list((self.folder / "scratch").glob("rdmc-bench-*"))
        assert "Traceback" not in said
        return self.process.returncode, said


def _runs(pid: int) -> bool:
    """Return whether a process runs; an ended one that nobody waited for is a zombie."""
    for _ in range(500):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return False
        time.sleep(0.01)
    return True


@pytest.fixture
def start(tmp_path: Path, make_pairs: Callable[..., Path]) -> Iterator[Callable[..., Running]]:
    started = []

    def start(program: str = HEEDS) -> Running:
        make_pairs(tmp_path / "data", 2)
        started.append(Running(tmp_path, program))
        return started[-1]

    yield start
    for one in started:
        for process in (one.process.pid, one.program):
            if psutil.pid_exists(process):
                os.kill(process, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_program_and_keeps_the_rows(
    start: Callable[..., Running], number: signal.Signals
) -> None:
    run = start()
    run.process.send_signal(number)
    status, said = run.ended()
    assert status == 128 + number
    assert "stopping: what is under way is finished and kept" in said
    assert re.search(r"^stopping: finishing [12] image", said, re.MULTILINE)
    assert "the same command continues" in said
    assert set(run.rows()) == {"rainy"}


def test_rows_reach_the_disk_by_time_and_many_ctrl_c_are_one(
    start: Callable[..., Running],
) -> None:
    run = start()
    run.wait_for(run.rows)  # though no further image is finished
    for _ in range(6):
        run.process.send_signal(signal.SIGINT)
        time.sleep(0.05)
    status, said = run.ended()
    assert (status, said.count("stopping: what")) == (130, 1)
    assert set(run.rows()) == {"rainy"}


def test_a_second_ctrl_c_stops_at_once(start: Callable[..., Running]) -> None:
    run = start(IGNORES)  # which is given five seconds
    run.wait_for(run.rows)
    run.process.send_signal(signal.SIGINT)
    time.sleep(1.5)
    assert run.process.poll() is None
    run.process.send_signal(signal.SIGINT)
    asked = time.monotonic()
    status, said = run.ended()
    assert time.monotonic() - asked < 3
    assert status == 130 and "stopped at once" in said
    assert set(run.rows()) == {"rainy"}
