"""A run of sound rain sets and tasks from a package beside bad ones."""

import html
import re
import subprocess
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.long

CONFIG = """
name: sets-and-tasks
rain_sets:
  - {name: puddles, layout: puddles, count: 10}
  - {name: torn, layout: torn}
  - drained
  - stubborn
  - set-that-is-absent
derainers: [rainy, street-wiper]
tasks:
  - restoration
  - brightness
  - wrong-type
  - overstepping
  - grasping
  - misshapen
  - choosy-task
  - too-few
  - unsummarised
  - ugly
  - columnless
  - task-that-is-absent
examples: 1
"""

TASKS = {
    "wrong-type": "score returned what does not fit the columns",
    "overstepping": "score returned a value for what is none of its columns, task",
    "grasping": "its column status is one that every row has: name it otherwise",
    "misshapen": "summarise failed: resampled gave level_error in the shape (1010,)",
    "too-few": "predict returned 0 predictions for 1 images",
    "unsummarised": "summarise failed: KeyError: 'no such column'",
    "columnless": "Columnless has no columns",
    "task-that-is-absent": "puddles.no_such_module:Task of the package puddles does not import",
}
SETS = {
    "drained": "RuntimeError: the drain is open",
    "stubborn": "calls itself 'stubborn-as-ever': it must keep the `name` it is given",
    "set-that-is-absent": "puddles.no_such_module:RainSet of the package puddles does not import",
}
TORN = {
    "puddle-0": "KeyError: 'puddle-0'",
    "puddle-1": "puddle-1: its rainy is float64 (24, 32, 3): it must be a uint8 array (H, W, 3)",
    "puddle-2": "puddle-2: load returned a NoneType, not a Sample",
}

Done = tuple[Path, subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def done(run_beside) -> Done:
    return run_beside(CONFIG)


def rows(done: Done, task: str, rain_set: str = "puddles") -> pd.DataFrame:
    table = pd.read_parquet(done[0] / "records" / f"{task}.parquet")
    return table[table["rain_set"] == rain_set]


def page(done: Done) -> str:
    return html.unescape((done[0] / "report.html").read_text())


def test_the_run_ends_and_says_that_cells_failed(done: Done) -> None:
    assert done[1].returncode == 1, done[1].stderr
    assert "Traceback" not in done[1].stderr


@pytest.mark.parametrize("task", ["restoration", "brightness", "ugly", "choosy-task"])
def test_sound_tasks_are_complete_on_the_sound_rain_set(done: Done, task: str) -> None:
    assert len(rows(done, task)) == 2 * 10
    assert (rows(done, task)["status"] == "ok").all()


def test_a_metric_of_a_plugin_stands_in_summary_and_report(done: Done) -> None:
    summary = pd.read_csv(done[0] / "summary.csv")
    level = summary[(summary["metric"] == "level_error") & (summary["task"] == "brightness")]
    errors = rows(done, "brightness").groupby("derainer")["level_error"].mean()
    for derainer in ("rainy", "street-wiper"):
        cell = level[(level["derainer"] == derainer) & (level["rain_set"] == "puddles")]
        assert cell["value"].item() == pytest.approx(errors[derainer])
    assert "level_error" in page(done)


@pytest.mark.parametrize("task", TASKS)
def test_a_bad_task_costs_its_own_rows(done: Done, task: str) -> None:
    said = [
        one for one in done[1].stderr.splitlines() if re.search(rf"puddles / .*{task}.*: ", one)
    ]
    for derainer in ("rainy", "street-wiper"):
        (line,) = [one for one in said if re.search(rf"puddles / .*{derainer}.* / ", one)]
        assert TASKS[task] in line
    assert TASKS[task] in page(done)


def test_a_score_that_fits_is_kept_beside_one_that_does_not(done: Done) -> None:
    found = rows(done, "wrong-type").groupby("image")["status"].unique()
    assert found["puddle-3"].tolist() == ["ok"]
    assert found["puddle-0"].tolist() == ["failed"]


def test_a_bad_picture_costs_itself(done: Done) -> None:
    found = rows(done, "restoration", "torn").groupby("image")
    assert found["status"].unique()["puddle-3"].tolist() == ["ok"]
    for image, cause in TORN.items():
        assert found["error"].unique()[image].tolist() == [cause]
        assert cause in page(done)


@pytest.mark.parametrize("rain_set", SETS)
def test_a_bad_rain_set_is_named_and_left_out(done: Done, rain_set: str) -> None:
    line = next(one for one in done[1].stderr.splitlines() if f": rain set {rain_set}: " in one)
    assert SETS[rain_set] in line
    assert SETS[rain_set] in page(done)


def test_a_picture_for_the_report_that_cannot_be_drawn_is_said(done: Done) -> None:
    assert "no picture rainy.ugly for the report (RuntimeError: out of ink)" in done[1].stderr
    assert "no picture truth.ugly for the report" in done[1].stderr


def test_a_run_whose_every_rain_set_is_bad_ends_with_2(run_beside) -> None:
    text = "name: none\nrain_sets: [drained]\nderainers: [rainy]\ntasks: [restoration]\n"
    _, said = run_beside(text)
    assert said.returncode == 2
    assert "no rain set of this run can be opened (drained: RuntimeError" in said.stderr


HANGING = """
name: hanging
rain_sets:
  - {name: puddles, layout: puddles, count: 10}
  - {name: frozen, layout: frozen, count: 10}
  - bottomless
derainers: [rainy, street-wiper]
tasks:
  - restoration
  - brightness
  - thinking
  - undecided
  - painting
examples: 1
call_limit: 3
"""


@pytest.fixture(scope="module")
def hung(run_beside) -> Done:
    return run_beside(HANGING, reported=False)


def test_what_hangs_costs_its_own_rows(hung: Done) -> None:
    assert hung[1].returncode == 1, hung[1].stderr
    assert "Traceback" not in hung[1].stderr
    for task in ("restoration", "brightness", "painting"):
        assert len(rows(hung, task)) == 2 * 10
        assert (rows(hung, task)["status"] == "ok").all()
    line = next(one for one in hung[1].stderr.splitlines() if "rain set bottomless: " in one)
    assert "rain set bottomless did not come back within 3 s (call_limit)" in line
    for task in ("thinking", "undecided"):
        assert told(rows(hung, task), f"task {task}")
    assert told(rows(hung, "restoration", "frozen"), "rain set frozen")
    assert "task painting (picture) did not come back within 3 s (call_limit)" in hung[1].stderr


def told(cell: pd.DataFrame, name: str) -> bool:
    """Tell whether all rows failed: some were waited for, the others not asked any more."""
    assert len(cell) == 2 * 10
    causes = cell["error"].str
    later = causes.startswith(f"not called: {name} did not come back within 3 s (call_limit)")
    return bool(causes.contains(f"{name} did not come back").all() and 0 < later.sum() < 2 * 10)
