"""A run of a sound derainer from a package beside every bad one that we can think of."""

import html
import re
import subprocess
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.long

SOUND = ["rainy", "clean", "street-wiper"]

CAUSES = {
    "absent": "absent: bad_derainers.absent:Absent of the package bad-derainers does not import "
    "(ModuleNotFoundError: No module named 'a_package_that_nobody_has')",
    "leaving": "does not import (SystemExit: usage: leaving.py PICTURE)",
    "unbuildable": "ValueError: no licence file",
    "stranger": "built a Stranger: it must build a Derainer",
    "factless": "Factless has no facts: say `facts = DerainerFacts(title=...)` in it",
    "vain": "Vain has no facts",
    "failing": "IndexError: list index out of range",
    "exiting": "SystemExit: no GPU found",
    "choosy": "refusal() raised AttributeError: 'Puddles' object has no attribute 'weather'",
    "talking": "restore returned str: it must return a tensor of shape (1, 3, 24, 32)",
    "shrinking": "restore returned shape (1, 3, 24, 31)",
    "not-a-number": "restore_samples returned values that are NaN or infinite",
    "levels": "restore returned torch.int64: it must return floats in [0, 1]",
    "waiting": "waiting did not come back within 4 s (call_limit)",
    "sleeping": "sleeping did not come back within 4 s (call_limit)",
    "spinning": "spinning did not come back within 4 s (call_limit)",
}

Done = tuple[Path, subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def done(run_beside) -> Done:
    names = ", ".join([*SOUND[:2], *CAUSES, SOUND[2]])
    return run_beside(
        "name: beside\n"
        "rain_sets: [puddles]\n"
        f"derainers: [{names}]\n"
        "tasks: [restoration]\n"
        "call_limit: 4\n"
    )


@pytest.fixture(scope="module")
def rows(done: Done) -> pd.DataFrame:
    return pd.read_parquet(done[0] / "records" / "restoration.parquet").set_index("derainer")


def test_the_process_ends_by_itself_and_says_that_cells_failed(done: Done) -> None:
    assert done[1].returncode == 1, done[1].stderr
    assert "Traceback" not in done[1].stderr
    assert "report: out/report.html" in done[1].stdout


@pytest.mark.parametrize("derainer", SOUND)
def test_the_rows_of_the_others_are_complete(rows: pd.DataFrame, derainer: str) -> None:
    assert rows.loc[derainer, "image"].tolist() == [f"puddle-{number}" for number in range(4)]
    assert (rows.loc[derainer, "status"] == "ok").all()
    assert rows.loc[derainer, "psnr_y"].notna().all()


@pytest.mark.parametrize("derainer", CAUSES)
def test_a_bad_one_fails_on_every_image_with_its_cause(
    done: Done, rows: pd.DataFrame, derainer: str
) -> None:
    assert (rows.loc[derainer, "status"] == "failed").all()
    (cause,) = set(rows.loc[derainer, "error"])
    assert CAUSES[derainer] in cause
    found = re.search(
        rf"puddles / {derainer} / restoration: 4 of 4 images failed; .*", done[1].stderr
    )
    assert found
    assert CAUSES[derainer] in found[0]


@pytest.mark.parametrize("derainer", CAUSES)
def test_the_report_names_the_causes(done: Done, derainer: str) -> None:
    page = html.unescape((done[0] / "report.html").read_text())
    assert CAUSES[derainer] in page
    failures = pd.read_csv(done[0] / "tables" / "failures.csv")
    assert (failures["derainer"] == derainer).sum() == 4


def test_the_limit_stands_in_no_key(done: Done, rows: pd.DataFrame, installed) -> None:
    config = done[0].parent / "longer.yaml"
    text = (done[0].parent / "run.yaml").read_text()
    config.write_text(re.sub(r"derainers: .*", "derainers: [rainy, street-wiper]", text))
    config.write_text(config.read_text().replace("call_limit: 4", "call_limit: null"))
    arguments = ("run", config, "--out", done[0], "--device", "cpu")
    again = installed.bench(*arguments, cwd=done[0].parent, reported=False)
    assert again.returncode == 0
    assert "nothing left to compute" in again.stderr
