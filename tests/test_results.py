"""The Python API over a run's folder, on the committed streets."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from harness.errors import BenchError
from harness.results import FRAMES, open_run

ROOT = Path(__file__).parent.parent
STREETS = ROOT / "results" / "reference" / "streets"
RAIN100L = ROOT / "results" / "reference" / "rain100l"
PAGE = (ROOT / "docs" / "results.md").read_text("utf-8")


@pytest.fixture(scope="module")
def run():
    return open_run(STREETS)


def test_the_wide_table_holds_what_the_committed_joint_table_does(run):
    joint = pd.read_csv(STREETS / "tables" / "joint.csv").set_index(["rain_set", "derainer"])
    heavy = run.wide("streets-heavy")
    assert heavy.index.tolist() == ["rainy", "guided-filter", "prenet", "rdmc-s", "clean"]
    for (rain_set, derainer), row in joint.iterrows():
        for key in ("restoration/psnr_y", "detection/ap", "segmentation/miou"):
            if pd.notna(row[key]):  # the CSV leaves out infinite ones
                assert run.wide().loc[(rain_set, derainer), key] == row[key]


def test_the_summary_is_the_file(run):
    file = pd.read_csv(STREETS / "summary.csv")
    assert run.summary["value"].tolist() == file["value"].tolist()
    run.summary.drop(columns="value")
    assert "value" in run.summary


def test_facts_metrics_costs_and_published_figures(run):
    metrics = run.metrics.set_index(["task", "metric"])
    assert metrics.loc[("restoration", "psnr_y"), "unit"] == "dB"
    assert metrics.loc[("detection", "ap"), "better"] == "higher"
    assert run.derainers.set_index("name").loc["rdmc-s", "label"] == "RDMC-S"
    assert run.costs.empty and run.published.empty
    rain100l = open_run(RAIN100L)
    costs = json.loads((RAIN100L / "efficiency.json").read_text())["costs"]
    assert rain100l.costs["macs"].dropna().tolist() == [
        one["macs"] for one in costs if one["macs"] is not None
    ]
    brn = rain100l.published.set_index("derainer").loc["BRN"]
    assert (brn["psnr"], brn["channel"], brn["script"]) == (38.16, "Y", "MATLAB")


@pytest.mark.parametrize("frame", FRAMES)
def test_the_page_describes_every_column(frame):
    columns = getattr(open_run(RAIN100L), frame).columns
    section = re.search(rf"^### `{frame}`\n(.*?)(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert section, frame
    told = set(re.findall(r"`([a-z_0-9]+)`", section[1]))
    assert set(columns) <= told, set(columns) - told


def test_what_the_run_has_not_is_named(run, tmp_path):
    with pytest.raises(
        BenchError, match="has no rain set 'heavy'; it has streets-light, streets-h"
    ):
        run.wide("heavy")
    with pytest.raises(BenchError, match="has no task 'depth'"):
        run.records("depth")
    with pytest.raises(BenchError, match="has no derainer 'x'"):
        run.records("restoration", derainer="x")
    with pytest.raises(BenchError, match=r"manifest\.json: no such file"):
        open_run(tmp_path)
