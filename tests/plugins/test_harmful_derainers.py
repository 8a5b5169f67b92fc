"""Derainers that write into samples, or raise what ends a process: in the run's own process."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.long

SOUND = [
    *("rainy", "clean", "sound", "flighty", "ending-in-remarks", "ending-in-close"),
    *("wandering", "doubled"),
]
CAUSES = {
    "scribbling": "wrote into the rainy picture of puddle-0, which others look at too",
    "writing": "ValueError: cannot set WRITEABLE flag to True of this array",
    "panicking": r"Panic: thread \x1b[31mpanicked\x1b[0m",
    "speechless": "SpeechlessError: no message",
    "verbose": "more characters)",
    "interrupting": "KeyboardInterrupt: no message",
    "ending-in-refusal": "refusal() raised SystemExit: 0",
    "unsayable-refusal": "refusal() raised SystemExit: 0",
    "ending-in-expect": "expect() raised SystemExit: 0",
}
SAID = [
    "ending-in-remarks: remarks() raised SystemExit: 0",
    "ending-in-close: close() raised SystemExit: 0",
    "interrupting-in-remarks: remarks() raised KeyboardInterrupt: no message",
    "hanging-in-remarks: remarks() raised hanging-in-remarks did not come back within 6 s",
]

Done = tuple[Path, subprocess.CompletedProcess[str]]


def run(harmful, folder: Path, derainers: str, more: str, reported: bool = False) -> Done:
    (folder / "run.yaml").write_text(
        "name: harmful\nrain_sets: [puddles]\n"
        f"derainers: [{derainers}]\ntasks: [restoration]\n{more}\n"
    )
    command = ("run", "run.yaml", "--out", "out", "--device", "cpu")
    return folder / "out", harmful.bench(*command, cwd=folder, reported=reported)


def rows_of(out: Path) -> pd.DataFrame:
    return pd.read_parquet(out / "records" / "restoration.parquet").set_index("derainer")


@pytest.fixture(scope="module")
def done(harmful, tmp_path_factory: pytest.TempPathFactory) -> Done:
    names = ["rainy", *CAUSES, "interrupting-in-remarks", "hanging-in-remarks", *SOUND[1:]]
    folder = tmp_path_factory.mktemp("run")
    return run(harmful, folder, ", ".join(names), "call_limit: 6", reported=True)


def test_the_run_comes_to_its_end(done: Done) -> None:
    assert done[1].returncode == 1, done[1].stderr
    assert "Traceback" not in done[1].stderr
    assert "report: out/report.html" in done[1].stdout
    assert max(map(len, done[1].stderr.splitlines())) < 5000


@pytest.mark.parametrize("derainer", CAUSES)
def test_what_raises_costs_its_own_rows(done: Done, derainer: str) -> None:
    rows = rows_of(done[0]).loc[[derainer]]
    assert len(rows) == 4 and (rows["status"] == "failed").all()
    assert CAUSES[derainer] in rows.sort_values("image")["error"].iloc[0]


@pytest.mark.parametrize("line", SAID)
def test_what_ends_a_process_elsewhere_is_said(done: Done, line: str) -> None:
    assert line in done[1].stderr


def test_no_message_commands_the_terminal(done: Done) -> None:
    assert "\x1b" not in done[1].stderr + done[1].stdout
    assert r"Panic: thread \x1b[31mpanicked" in done[1].stderr


def test_others_see_the_sample_as_it_was(done: Done, harmful, tmp_path: Path) -> None:
    """Row by row, the figures and keys are those of a run without any bad derainer."""
    alone, said = run(harmful, tmp_path, ", ".join(SOUND), "")
    assert said.returncode == 0, said.stderr
    columns = ["image", "key", "status", "psnr_y", "ssim_y", "sample_digest"]
    for derainer in SOUND:
        beside, without = (
            rows_of(out).loc[[derainer]].sort_values("image")[columns].reset_index(drop=True)
            for out in (done[0], alone)
        )
        pd.testing.assert_frame_equal(beside, without, check_exact=True)
    assert np.isfinite(rows_of(alone).loc["sound", "psnr_y"]).all()


def test_without_a_limit_its_own_interrupt_is_not_the_users(harmful, tmp_path: Path) -> None:
    names = "rainy, interrupting, interrupting-in-remarks"
    out, said = run(harmful, tmp_path, names, "call_limit: null")
    assert said.returncode == 1, said.stderr
    assert "interrupting-in-remarks: remarks() raised KeyboardInterrupt" in said.stderr
    status = rows_of(out)["status"]
    assert (status["rainy"] == "ok").all() and (status["interrupting"] == "failed").all()
    assert (status["interrupting-in-remarks"] == "ok").all()


def die_twice(harmful, folder: Path, derainer: str, image: str) -> Path:
    """Let a derainer kill two runs of a folder, of which the second names what killed the first."""
    out, died = run(harmful, folder, f"rainy, {derainer}", "")
    assert died.returncode < 0
    assert "died" not in died.stderr
    _, again = run(harmful, folder, f"rainy, {derainer}", "")
    # Several images may have been at work: the note names each call that was under way.
    told = rf"note: the process of an earlier run here died in a call of .*{derainer}{image}"
    assert re.search(told, again.stderr)
    assert "isolate: true" in again.stderr
    return out


def test_the_next_run_names_the_import_that_killed_the_last(harmful, tmp_path: Path) -> None:
    out = die_twice(harmful, tmp_path, "crashing-import", "")
    assert list(out.glob("in-flight-*"))  # the second died of it as well, for the third to tell


def test_the_next_run_names_what_killed_the_last_until_one_ends_well(
    harmful, tmp_path: Path
) -> None:
    out = die_twice(harmful, tmp_path, "segfault", r" on puddle-\d")
    _, sound = run(harmful, tmp_path, "rainy", "")
    assert sound.returncode == 0 and "died in a call" in sound.stderr
    _, sound = run(harmful, tmp_path, "rainy", "")
    assert "died in a call" not in sound.stderr and not list(out.glob("in-flight-*"))
