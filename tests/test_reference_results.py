"""The committed tables belong to the committed weights, and say what the README claims."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from harness.cli.commands import main
from harness.report import run_report

ROOT = Path(__file__).parent.parent
STREETS = ROOT / "results" / "reference" / "streets"
WEIGHTS = {
    Path(entry["file"]).stem: entry["sha256"]
    for entry in json.loads((ROOT / "docs" / "weights.json").read_text())["weights"]
}
SUMMARY = pd.read_csv(STREETS / "summary.csv")


def value(rain_set: str, derainer: str, metric: str) -> float:
    rows = SUMMARY.set_index(["rain_set", "derainer", "metric"])["value"]
    return float(rows[rain_set, derainer, metric])


def test_they_were_made_with_the_shipped_weights() -> None:
    manifest = json.loads((STREETS / "manifest.json").read_text())
    used = {entry["weights_sha256"] for entry in manifest["derainers"]} - {""}
    assert used == {WEIGHTS["prenet"], WEIGHTS["rdmc_s"]}
    detection = SUMMARY[SUMMARY["task"] == "detection"]["signature"]
    assert detection.str.contains(f"rtmdet_streets@{WEIGHTS['rtmdet_streets'][:8]}").all()
    assert manifest["git"]["dirty"] is False


def test_the_task_models_are_good_enough_to_show_an_effect() -> None:
    for metric, least in (("ap50", 0.60), ("miou", 0.65)):
        clean = value("streets-heavy", "clean", metric)
        assert clean >= least
        assert value("streets-heavy", "rainy", metric) <= 0.8 * clean


def test_the_joint_table_shows_the_summary() -> None:
    table = pd.read_csv(STREETS / "tables" / "joint.csv").set_index(["rain_set", "derainer"])
    for (rain_set, derainer), row in table.iterrows():  # type: ignore[misc]
        assert row["detection/ap"] == value(rain_set, derainer, "ap")
        assert row["segmentation/miou"] == value(rain_set, derainer, "miou")


def test_compare_finds_what_moved_away_from_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    without_records = shutil.ignore_patterns("records")  # from which figures are made anew
    again = Path(shutil.copytree(STREETS, tmp_path / "again", ignore=without_records))
    assert main(["compare", str(STREETS), str(again)]) == 0
    assert capsys.readouterr().out.startswith("0 of ")
    changed = SUMMARY.copy()
    cell = (changed["derainer"] == "rdmc-s") & (changed["rain_set"] == "streets-heavy")
    changed.loc[cell & (changed["metric"] == "ap"), "value"] -= 0.2
    changed.to_csv(again / "summary.csv", index=False)
    assert main(["compare", str(STREETS), str(again)]) == 1
    said = capsys.readouterr().out
    assert "streets-heavy" in said and "rdmc-s" in said and "1 of them for the worse" in said
    assert main(["compare", str(STREETS), str(again), "--margin", "ap=0.3"]) == 0


def test_the_report_on_the_committed_records_gives_the_committed_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_report, "drawings", lambda run: iter(()))  # they have their own tests
    again = Path(shutil.copytree(STREETS, tmp_path / "again"))
    for table in (again / "tables").iterdir():
        table.unlink()
    assert main(["report", str(again)]) == 0
    for table in (STREETS / "tables").iterdir():
        made = again / "tables" / table.name
        if table.suffix == ".csv":
            pd.testing.assert_frame_equal(pd.read_csv(made), pd.read_csv(table), atol=1e-9)
        else:
            assert made.read_text() == table.read_text()
    assert pd.read_csv(again / "summary.csv").equals(SUMMARY)
