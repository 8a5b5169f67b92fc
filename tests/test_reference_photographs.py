"""Tables of many derainers are of the committed configurations, whole, of clean revisions."""

import json
from pathlib import Path

import pandas as pd
import pytest

from harness.config import read_run_config
from harness.report_settings import ReportSettings
from harness.run_folder.records import read_records

ROOT = Path(__file__).parent.parent
RUNS = {
    "judges-streets": "judges_streets",
    "camvid": "camvid",
    "dawn": "dawn",
    "adapt-camvid": "adapt_camvid",
    "camvid-segmentor": "camvid_segmentor",
}

UNFINISHED = {"sirr-real": "sirr_real", "coco-rain": "coco_rain", "dawn-spray": "dawn_spray"}


@pytest.mark.parametrize("folder", RUNS)
def test_it_is_of_the_committed_configuration_and_of_one_clean_revision(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RDMC_BENCH_DATA", "${RDMC_BENCH_DATA}")
    manifest = json.loads((ROOT / "results" / "reference" / folder / "manifest.json").read_text())
    config = read_run_config(ROOT / "configs" / f"{RUNS[folder]}.yaml")
    made = dict(manifest["configuration"])
    assert ReportSettings.model_validate(made.pop("report")) == config.report
    assert made == {key: config.model_dump(mode="json")[key] for key in made}
    assert manifest["git"]["dirty"] is False


@pytest.mark.parametrize("folder", UNFINISHED)
def test_rows_so_far_are_of_the_committed_configuration(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RDMC_BENCH_DATA", "${RDMC_BENCH_DATA}")
    config = read_run_config(ROOT / "configs" / f"{UNFINISHED[folder]}.yaml")
    assert config.name == folder
    records = read_records(ROOT / "results" / "reference" / "unfinished" / folder)
    assert records.keys() == {task.name for task in config.tasks}
    for rows in records.values():
        assert set(rows["derainer"]) <= {one.name for one in config.derainers}
        assert (rows["status"] == "ok").all()


@pytest.mark.parametrize("folder", RUNS)
def test_every_cell_is_complete(folder: str) -> None:
    summary = pd.read_csv(ROOT / "results" / "reference" / folder / "summary.csv")
    assert "failed" not in set(summary["metric"])
    assert (summary.groupby("rain_set")["n"].nunique() == 1).all()


def test_cars_are_judged_on_all_pictures_of_both_kinds_of_rain() -> None:
    summary = pd.read_csv(ROOT / "results" / "reference" / "dawn" / "summary.csv")
    cars = summary[(summary["task"] == "YOLOX-nano (cars)") & (summary["metric"] == "ap")]
    counts = cars.groupby("rain_set")["n"].first().to_dict()
    assert counts == {"DAWN streaks": 19, "DAWN drops on the glass": 28}
    assert cars.groupby("rain_set").size().eq(16).all() and cars["low"].notna().all()
