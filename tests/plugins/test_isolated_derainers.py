"""Derainers in processes of their own: whatever they do to these, they cost their own rows."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import psutil
import pytest

pytestmark = pytest.mark.long

CAUSES = {
    "segfault": "its process ended in restore() (ended by SIGSEGV)",
    "aborting": "its process ended in restore() (ended by SIGABRT); it last printed: ",
    "leaving-process": "its process ended in restore() (exit status 0)",
    "eating": "its process held more than 1.5 GiB of memory in restore() (memory_limit)",
    "unconnected": "its process ended in restore()",
    "panicking": r"Panic: thread \x1b[31mpanicked\x1b[0m",
    "speechless": "SpeechlessError: no message",
    "verbose": "more characters)",
    "interrupting": "KeyboardInterrupt: no message",
    "scribbling": "wrote into the rainy picture of puddle-0",
    "ending-in-refusal": "refusal() raised SystemExit: 0",
    "ending-in-expect": "expect() raised SystemExit: 0",
    "crashing-import": "its process ended in build() (ended by SIGSEGV)",
}
DYING = ["segfault", "aborting", "leaving-process", "eating", "unconnected"]

Done = tuple[Path, subprocess.CompletedProcess[str]]


def config(derainers: list[str], more: str) -> str:
    return (
        "name: isolated\nrain_sets: [{name: puddles, layout: puddles, count: 6}]\n"
        f"derainers: [{', '.join(derainers)}]\ntasks: [restoration]\n{more}\n"
    )


def apart(name: str, more: str = "") -> str:
    return f"{{name: {name}, use: {name.removesuffix(' apart')}, isolate: true{more}}}"


def run(harmful, folder: Path, text: str, *more: str) -> Done:
    (folder / "run.yaml").write_text(text)
    command = ("run", "run.yaml", "--out", "out", "--device", "cpu", *more)
    return folder / "out", harmful.bench(*command, cwd=folder, reported=False)


def rows_of(out: Path, derainer: str) -> pd.DataFrame:
    rows = pd.read_parquet(out / "records" / "restoration.parquet")
    return rows[rows["derainer"] == derainer].sort_values("image").reset_index(drop=True)


@pytest.fixture(scope="module")
def done(harmful, tmp_path_factory: pytest.TempPathFactory) -> Done:
    sound = ["rainy", "sound", apart("sound apart"), "knowing", apart("knowing apart")]
    once = [apart(f"{name}", ", only: puddle-2") for name in ("segfault",)]
    bad = [apart(name) for name in CAUSES if name != "segfault"]
    text = config([*sound, *once, *bad, "clean"], "memory_limit: 1.5\nexamples: 1")
    return run(harmful, tmp_path_factory.mktemp("run"), text)


def test_the_run_comes_to_its_end(done: Done) -> None:
    assert done[1].returncode == 1, done[1].stderr
    assert "Traceback" not in done[1].stderr
    for name in ("rainy", "clean", "sound", "knowing"):
        assert (rows_of(done[0], name)["status"] == "ok").all()


@pytest.mark.parametrize("derainer", CAUSES)
def test_a_cause_is_told(done: Done, derainer: str) -> None:
    rows = rows_of(done[0], derainer)
    failed = rows[rows["status"] == "failed"]
    assert CAUSES[derainer] in failed["error"].iloc[0]


@pytest.mark.parametrize("derainer", [name for name in DYING if name != "segfault"])
def test_what_always_dies_is_soon_left_alone(done: Done, derainer: str) -> None:
    errors = rows_of(done[0], derainer)["error"]
    died = errors.str.startswith("its process").sum()
    assert 3 <= died <= 4  # one more may be under way in the other lane
    assert (
        errors.str.fullmatch(r"not called: its process ended over [34] pictures in a row").sum()
        == 6 - died
    )


def test_a_death_costs_its_own_row(done: Done) -> None:
    rows = rows_of(done[0], "segfault").set_index("image")
    assert rows["status"]["puddle-2"] == "failed"
    assert (rows["status"].drop("puddle-2") == "ok").all()


@pytest.mark.parametrize("derainer", ["sound", "knowing"])
def test_rows_are_those_of_the_run_itself(done: Done, derainer: str) -> None:
    """Isolation is in no key and changes no bit."""
    columns = ["image", "key", "status", "psnr_y", "ssim_y", "tile_side", "sample_digest"]
    here, there = (rows_of(done[0], name)[columns] for name in (derainer, f"{derainer} apart"))
    pd.testing.assert_frame_equal(here, there, check_exact=True)
    examples = done[0] / "examples"
    for picture in examples.glob(f"*/*/restored/{derainer}.png"):
        assert picture.read_bytes() == picture.with_name(f"{derainer} apart.png").read_bytes()


def test_what_it_prints_commands_no_terminal(done: Done) -> None:
    assert "\x1b" not in done[1].stderr
    assert r"aborting: \x1b[2Jout of \x07luck" in done[1].stderr
    assert r"knowing apart: knows puddles \x1b[31m" in done[1].stderr


def test_what_hangs_is_ended_and_started_again(harmful, tmp_path: Path) -> None:
    """Even where it holds the interpreter, which no thread could be rid of."""
    text = config(["rainy", apart("hanging", ", only: puddle-1")], "call_limit: 3")
    out, said = run(harmful, tmp_path, text)
    assert said.returncode == 1, said.stderr
    rows = rows_of(out, "hanging").set_index("image")
    cause = "its process did not come back within 3 s in restore() (call_limit)"
    assert rows["error"]["puddle-1"] == cause
    assert (rows["status"].drop("puddle-1") == "ok").all()


def test_a_process_that_comes_back_twice_is_heard_once(harmful, tmp_path: Path) -> None:
    out, said = run(harmful, tmp_path, config(["rainy", apart("doubled")], ""))
    assert said.returncode == 0, said.stderr
    plain, doubled = (rows_of(out, name)[["image", "psnr_y"]] for name in ("rainy", "doubled"))
    pd.testing.assert_frame_equal(plain, doubled, check_exact=True)


def test_wrong_options_are_refused_as_ever(harmful, tmp_path: Path) -> None:
    _, said = run(harmful, tmp_path, config([apart("sound", ", wide: 3")], ""))
    assert said.returncode == 2
    assert "derainers[0] (sound): unknown option 'wide'" in said.stderr
    _, said = run(harmful, tmp_path, config(["{use: sound, isolate: sometimes}"], ""))
    assert said.returncode == 2 and "isolate" in said.stderr


@pytest.fixture
def hanging(harmful, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A run that waits for an isolated derainer."""
    (tmp_path / "run.yaml").write_text(config(["rainy", apart("hanging")], "examples: 6"))
    root = Path(__file__).parents[2]
    path = os.pathsep.join([str(harmful.target), str(root)])
    command = [sys.executable, str(root / "run_benchmark.py"), "run", "run.yaml", "--out", "out"]
    process = subprocess.Popen(
        [*command, "--device", "cpu"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def children_once_at_work(process: subprocess.Popen[str], out: Path) -> list[psutil.Process]:
    """Wait until the derainer must have been called, and return its process."""
    for _ in range(6000):
        if (out / "examples").exists():
            time.sleep(1)
            return psutil.Process(process.pid).children()
        assert process.poll() is None
        time.sleep(0.02)
    raise AssertionError("it does not begin")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_its_processes_go_with_the_run(
    hanging: subprocess.Popen[str], tmp_path: Path, number: signal.Signals
) -> None:
    children = children_once_at_work(hanging, tmp_path / "out")
    assert children
    hanging.send_signal(number)
    _, said = hanging.communicate(timeout=60)
    if number == signal.SIGINT:
        assert hanging.returncode == 130 and "stopped; what was finished is kept" in said
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]
    of_theirs = re.compile("|".join(rf"\b{one.pid}\b" for one in (hanging, *children)))
    left = [path.name for path in Path("/dev/shm").iterdir()]
    assert not list(filter(of_theirs.search, (name.replace("_", " ") for name in left)))
