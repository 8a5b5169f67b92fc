"""The built-in report shows "restore, adapt, or both" from the committed run, as it is."""

import json
from pathlib import Path

import pandas as pd
import pytest

from harness.config import STREETS_CONFIG, read_run_config
from harness.report_settings import ReportSettings
from harness.run_folder.beside import FIGURES, open_beside

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "results" / "reference" / "adapt"
TRAININGS = ("as shipped", "clean", "rainy", "restored")


def test_the_figures_beside_the_built_in_benchmark_are_the_committed_ones() -> None:
    config = read_run_config(STREETS_CONFIG)
    (other,) = open_beside(config.beside, STREETS_CONFIG.parent, config.name)
    there = {path.name for path in REFERENCE.glob("*.*")} & set(FIGURES)
    assert {path.name for path in other.directory.iterdir()} == there
    for name in there:
        assert (other.directory / name).read_bytes() == (REFERENCE / name).read_bytes()


def test_they_are_of_the_committed_configuration_and_of_one_clean_revision() -> None:
    manifest = json.loads((REFERENCE / "manifest.json").read_text())
    config = read_run_config(ROOT / "configs" / "adapt_streets.yaml")
    made = dict(manifest["configuration"])
    assert ReportSettings.model_validate(made.pop("report")) == config.report
    assert made == {key: config.model_dump(mode="json")[key] for key in made}
    assert manifest["git"]["dirty"] is False
    assert "failed" not in set(pd.read_csv(REFERENCE / "summary.csv")["metric"])


def test_models_as_shipped_see_what_they_see_in_the_built_in_benchmark() -> None:
    adapted, streets = (
        pd.read_csv(ROOT / "results" / "reference" / name / "summary.csv")
        for name in ("adapt", "streets")
    )
    for task, ours, metric in (
        ("detector (as shipped)", "detection", "ap"),
        ("segmentor (as shipped)", "segmentation", "miou"),
    ):
        keys = ["rain_set", "derainer"]
        of = adapted[(adapted["task"] == task) & (adapted["metric"] == metric)].set_index(keys)
        theirs = streets[(streets["task"] == ours) & (streets["metric"] == metric)]
        for place, value in theirs.set_index(keys)["value"].items():
            assert of["value"][place] == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("training", TRAININGS)
def test_every_training_is_judged_in_both_rains_on_all_rows(training: str) -> None:
    for kind, part, metric in (
        ("detection", "detector", "ap"),
        ("segmentation", "segmentor", "miou"),
    ):
        table = pd.read_csv(REFERENCE / "tables" / f"{kind}.csv")
        assert len(table) == 2 * 6
        assert table[f"{part} ({training})/{metric}"].notna().all()
