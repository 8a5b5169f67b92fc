"""Rain sets and tasks in processes of their own: what ends these costs one image."""

from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.long

Rows = pd.DataFrame


def rows_of(harmful, folder: Path, rain_set: str, task: str) -> tuple[Rows, str]:
    folder.mkdir()
    (folder / "run.yaml").write_text(
        f"name: parts\nrain_sets: [{rain_set}]\nderainers: [rainy, clean]\n"
        f"tasks: [{task}]\nexamples: 2\n"
    )
    command = ("run", "run.yaml", "--out", "out", "--device", "cpu")
    said = harmful.bench(*command, cwd=folder, reported=False)
    assert said.returncode in (0, 1), said.stderr
    assert "Traceback" not in said.stderr and "\x1b" not in said.stderr
    (path,) = (folder / "out/records").glob("*.parquet")
    return pd.read_parquet(path).sort_values(["derainer", "image"]), said.stderr


DEEP = "{name: deep, layout: deep-puddles%s}"
BLINDING = "{name: blinding, use: blinding%s}"
SAME = ["image", "derainer", "key", "status", "level", "rows", "sample_digest"]


@pytest.fixture(scope="module")
def here(harmful, tmp_path_factory: pytest.TempPathFactory) -> tuple[Rows, Path]:
    folder = tmp_path_factory.mktemp("here") / "run"
    return rows_of(harmful, folder, DEEP % "", BLINDING % "")[0], folder


def test_rows_and_drawings_are_those_of_the_run_itself(harmful, here, tmp_path: Path) -> None:
    """Isolation is in no key and changes no bit."""
    apart, said = rows_of(
        harmful, tmp_path / "run", DEEP % ", isolate: true", BLINDING % ", isolate: true"
    )
    for one, other in zip(here[0][SAME].values, apart[SAME].values, strict=True):
        assert str(list(one)) == str(list(other))
    assert r"looks at deep \x1b[31m" in said
    drawn = sorted(path.relative_to(here[1]) for path in here[1].glob("out/examples/**/*.png"))
    assert any("drawn" in path.parts for path in drawn)
    for path in drawn:
        assert (here[1] / path).read_bytes() == (tmp_path / "run" / path).read_bytes()


def test_what_ends_a_process_costs_its_own_image(harmful, here, tmp_path: Path) -> None:
    deep = DEEP % ", isolate: true, deadly: deep-1"
    blinding = BLINDING % ", isolate: true, deadly: deep-2"
    rows, _ = rows_of(harmful, tmp_path / "run", deep, blinding)
    causes = {
        "deep-1": "its process ended in load() (ended by SIGSEGV)",
        "deep-2": "its process ended in predict() (ended by SIGSEGV)",
    }
    for (_, row), (_, whole) in zip(rows.iterrows(), here[0].iterrows(), strict=True):
        if row["image"] in causes:
            assert row["status"] == "failed" and row["error"] == causes[row["image"]]
        else:
            assert row["status"] == "ok" and row["level"] == whole["level"]


AFTER_AN_END = """
from pathlib import Path

import numpy as np
from killers.tasks import Blinding

from harness.config import Entry
from harness.device import choose_device
from harness.plugins import parts
from harness.plugins.isolation.crew import Blueprint
from harness.plugins.isolation.isolated_task import isolated
from harness.plugins.isolation.worker import WorkerDiedError
from harness.task import Batch

puddles = parts.built_part(
    "rain-sets", "here", Entry(name="deep", use="deep-puddles"), Path.cwd()
)
samples = [puddles.load(f"deep-{number}") for number in range(4)]
entry = Entry(name="blinding", use="blinding", options={"deadly": "deep-2"})
task = isolated(Blinding)(Blueprint("here", entry, Path.cwd(), False), 60.0, None)
device = choose_device("cpu")
task.place(device)
batch = Batch([sample.rainy for sample in samples], samples, device)
first, second = task.predict(Batch(batch.restored[:2], samples[:2], device))
for _ in range(4):  # as for four derainers: it is one picture all the same
    try:
        task.predict(batch.only(2))
    except WorkerDiedError as error:
        print(error)
third, = task.predict(batch.only(3))
for prediction, number in ((first, 0), (second, 1), (third, 3)):
    score = task.score(prediction, samples[number], puddles)
    assert score["level"] == samples[number].rainy.mean(axis=(1, 2)).mean(), number
del first, second, prediction
last, = task.predict(batch.only(0))
drawn = task.draw(third, samples[3], puddles)
assert (drawn[:, 0, 0] == samples[3].rainy.mean(axis=(1, 2)).astype(np.uint8)).all()
task.close()
"""


def test_predictions_outlive_the_process_that_another_image_ended(harmful, tmp_path: Path) -> None:
    done = harmful.python("-c", AFTER_AN_END, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == 4 * "its process ended in predict() (ended by SIGSEGV)\n"
