"""The run on a GPU: nothing that was found is lost, and no stage stops another."""

import json
import os
import subprocess
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from tools.gpu import parts
from tools.gpu.findings import FILE_NAME, Findings, read_findings

ROOT = Path(__file__).parents[2]

INTERPRETER = """#!/bin/sh
case "$*" in
*sys.version_info*) echo 3.12 ;;
*tools.gpu.facts*) echo no such card; exit 1 ;;
*tools.gpu.latency*) exec sleep 60 ;;
*) exit 0 ;;
esac
"""
"""Stands in for Python: one stage fails, one never ends, the others are done at once."""


def add_some(folder: Path, number: int) -> None:
    for count in range(50):
        Findings(folder, f"stage {number}").add(count=count, text="x" * 500)


def test_processes_add_at_a_time_without_mixing_lines(tmp_path: Path) -> None:
    with ProcessPoolExecutor(2) as processes:
        list(processes.map(add_some, [tmp_path] * 2, range(2)))
    found = read_findings(tmp_path / FILE_NAME)
    for stage in ("stage 0", "stage 1"):
        assert [one["count"] for one in found if one["stage"] == stage] == list(range(50))


def test_a_last_line_that_was_cut_off_costs_only_itself(tmp_path: Path) -> None:
    Findings(tmp_path, "facts").add(card="one")
    file = tmp_path / FILE_NAME
    whole = file.read_text()
    file.write_text(whole + whole[:20])
    assert [one["card"] for one in read_findings(file)] == ["one"]
    file.write_text(whole[:20] + "\n" + whole)
    with pytest.raises(ValueError, match=rf"{FILE_NAME}, line 1: no finding"):
        read_findings(file)


def test_a_stage_that_fails_or_hangs_does_not_stop_the_next(tmp_path: Path) -> None:
    interpreter = tmp_path / "python"
    interpreter.write_text(INTERPRETER)
    interpreter.chmod(0o755)
    command = [str(ROOT / "tools/gpu/run.sh"), "--out", str(tmp_path / "out")]
    command += ["--device", "cpu", "--tiny", "--minutes", "1"]
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHON": str(interpreter)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 1, done.stderr
    ended = {one["name"]: one["status"] for one in read_findings(tmp_path / "out" / FILE_NAME)}
    assert ended == {
        "install_wheels": "done",
        "facts": "failed",
        "build_mmcv": "done",
        "against_cpu": "done",
        "latency": "out of time",
        "marked_tests": "done",
        "benchmark_against_reference": "done",
        "train": "done",
    }
    assert "no such card" in (tmp_path / "out" / "log.txt").read_text()


def test_without_a_gpu_it_says_how_to_rehearse(tmp_path: Path) -> None:
    interpreter = tmp_path / "python"
    interpreter.write_text(INTERPRETER.replace("*) exit 0", "*) exit 1"))
    interpreter.chmod(0o755)
    command = [str(ROOT / "tools/gpu/run.sh"), "--out", str(tmp_path / "out")]
    environment = {**os.environ, "PYTHON": str(interpreter)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "rehearse with --device cpu --tiny" in done.stderr


def test_parts_make_the_file_again(tmp_path: Path) -> None:
    whole = tmp_path / "rdmc.pth"
    whole.write_bytes(os.urandom(1000))
    content = whole.read_bytes()
    (tmp_path / "back").mkdir()
    assert len(parts.cut(whole, tmp_path / "back", part_bytes=150)) == 7
    assert len(parts.cut(whole, tmp_path / "back", part_bytes=300)) == 4
    parts.join(tmp_path / "back" / "rdmc.pth")
    assert (tmp_path / "back" / "rdmc.pth").read_bytes() == content
    (tmp_path / "back" / "rdmc.pth.part-1").unlink()
    with pytest.raises(FileNotFoundError, match=r"part-1"):
        parts.join(tmp_path / "back" / "rdmc.pth")


def test_a_finding_is_a_line_of_json(tmp_path: Path) -> None:
    Findings(tmp_path / "new", "facts").add(card="H", rate=1.5)
    (line,) = (tmp_path / "new" / FILE_NAME).read_text().splitlines()
    finding = json.loads(line)
    assert finding.pop("at") > 0
    assert finding == {"stage": "facts", "card": "H", "rate": 1.5}
