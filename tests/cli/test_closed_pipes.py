"""A reader that goes away, as `head` does: no word of it, no work lost, and the usual status."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from harness.cli.closed_pipes import EXIT_READER_GONE

ROOT = Path(__file__).parents[2]


def command(*arguments: str | Path, errors: int = subprocess.PIPE) -> "subprocess.Popen[str]":
    """Start the command with its output in a pipe."""
    return subprocess.Popen(
        [sys.executable, ROOT / "run_benchmark.py", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )


def leave(process: "subprocess.Popen[str]", after: int) -> tuple[int, str]:
    """Read so many lines, close the pipe, and return the status and what standard error got."""
    assert process.stdout is not None
    for _ in range(after):
        assert process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read() if process.stderr is not None else ""
    return process.wait(timeout=300), said


def test_the_status_is_that_of_a_program_which_the_pipe_ends() -> None:
    yes = subprocess.Popen(["sh", "-c", "kill -PIPE $$"])
    assert yes.wait() == -signal.SIGPIPE and EXIT_READER_GONE == 128 + signal.SIGPIPE == 141


@pytest.mark.parametrize(
    "arguments", [["list", "derainers"], ["completion", "bash"], ["--help"]], ids=" ".join
)
def test_what_shows_something_ends_quietly(arguments: list[str]) -> None:
    assert leave(command(*arguments), after=0) == (EXIT_READER_GONE, "")


def test_in_a_shell_it_ends_as_other_tools_do() -> None:
    line = f"{sys.executable} {ROOT / 'run_benchmark.py'} completion bash | true"
    script = f"set -o pipefail; {line}; echo $?"
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split() == ["141"] and done.stderr == ""


def test_all_that_was_read_is_no_closed_pipe() -> None:
    process = command("--version")
    assert process.communicate()[1] == "" and process.returncode == 0


def test_a_wrong_usage_stays_one() -> None:
    process = command("run", "nowhere.yaml", errors=subprocess.STDOUT)
    assert leave(process, after=0) == (2, "")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Path]:
    """The status and folder of a run whose output, errors included, nobody read to the end."""
    folder = tmp_path_factory.mktemp("piped")
    (folder / "talks.py").write_text(
        "import shutil, sys\nfor _ in range(1000): print('said', flush=True)\n"
        "print('said', file=sys.stderr, flush=True)\n"
        "shutil.copytree(sys.argv[1], sys.argv[2], dirs_exist_ok=True)\n"
    )
    argv = json.dumps([sys.executable, "talks.py", "{input}", "{output}"])
    (folder / "piped.yaml").write_text(
        "name: piped\nrain_sets: [{name: streets, layout: streets-light, scenes: 2, width: 64, "
        "height: 64}]\n"
        f"derainers: [rainy, {{name: Talks, use: command, cwd: ., argv: {argv}}}]\n"
        "tasks: [restoration]\n"
    )
    arguments = ["run", folder / "piped.yaml", "--out", folder / "out", "--device", "cpu"]
    status, _ = leave(command(*arguments, errors=subprocess.STDOUT), after=1)
    return status, folder / "out"


def test_a_run_goes_on_to_its_end(finished: tuple[int, Path]) -> None:
    status, out = finished
    assert status == EXIT_READER_GONE
    rows = pd.read_parquet(out / "records" / "restoration.parquet")
    assert list(rows["status"]) == ["ok"] * 4
    assert (out / "report.html").is_file() and (out / "manifest.json").is_file()


def test_a_report_is_written_all_the_same(finished: tuple[int, Path]) -> None:
    _, out = finished
    process = command("report", out, "--excel")
    assert leave(process, after=0) == (EXIT_READER_GONE, "")
    assert (out / "tables" / "tables.xlsx").is_file()
