"""Tables and plot of made-up figures."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from harness.plugins import registry
from harness.report.printing import MINUS, UNDEFINED
from harness.report.tables.model import DAGGER, Row, Table
from harness.run.description import known_of
from harness.run_folder.manifest import Manifest
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import Figure
from harness.training.ablation.ablation_report import write_ablation
from harness.training.ablation.ablation_settings import read_ablation
from harness.training.ablation.results import Results
from harness.training.ablation.tables import cost_table, rain_set_table
from harness.training.ablation.variant_costs import Costs

GAINS = {"full": 0.0, "one pass": -0.6, "norm": 0.25}
METRICS = {
    "restoration": {"psnr_y": (25.0, 1.0), "ssim_y": (0.85, 0.01)},
    "detection": {"ap": (0.4, 0.02), "ap50": (0.7, 0.02)},
    "segmentation": {"miou": (0.65, 0.02)},
}
SETS = ("streets-light", "streets-heavy")


@pytest.fixture
def results(write_ablation_config: Callable[..., Path], tmp_path: Path) -> Callable[..., Results]:
    """Make results of some seeds, with trainings that failed."""

    def make(seeds: tuple[int, ...] = (0, 1, 2), failures: tuple[str, ...] = ()) -> Results:
        variants: dict[str, Any] = {
            "full": {},
            "one pass": {"options": {"passes": 2}},
            "norm": {"options": {"norm": "batch"}, "iterations": 30},
        }
        shown = ["psnr_y", "ssim_y", "ap", "miou"]
        path = write_ablation_config(seeds=list(seeds), variants=variants, metrics=shown)
        settings, trainings = read_ablation(path)
        trained = [one for one in trainings if one.name not in failures]
        gains = {one.name: GAINS[one.variant] + 0.1 * one.seed for one in trained}
        costs = {one.name: Costs(1_234_567, 8.9e9, 12.0 + one.seed, 27.5, None) for one in trained}
        for one in trained:
            if one.variant == "norm":
                costs[one.name] = costs[one.name]._replace(held_out_train_mode=28.25)
        causes = dict.fromkeys(failures, "out of memory (see log.txt)")
        return Results(settings, trainings, made_up_run(gains, tmp_path), costs, causes)

    return make


def made_up_run(gains: dict[str, float], folder: Path) -> RunData:
    figures: list[Figure] = []
    for rain_set in SETS:
        for task, metrics in METRICS.items():
            for metric, (level, scale) in metrics.items():
                for name, gain in {"rainy": -5.0, **gains}.items():
                    value = level + scale * gain
                    figures.append(Figure(rain_set, name, task, metric, value, 40, f"{metric}|v:1"))
    derainers = [{"name": "rainy", "title": "Rainy input", "bound": "lower"}]
    manifest = Manifest.model_validate(
        {
            "name": "made up",
            "derainers": [*derainers, *({"name": name, "title": "RDMC-S"} for name in gains)],
            "rain_sets": [{"name": name, "images": 40} for name in SETS],
            "tasks": [
                {"name": task, "headline": list(metrics), **known(task)}
                for task, metrics in METRICS.items()
            ],
        }
    )
    return RunData(folder, manifest, figures)


def known(kind: str) -> dict[str, Any]:
    """Return what the class of a task says, but for its headline."""
    task: Any = registry.load("tasks", kind)
    return {name: fact for name, fact in known_of(kind, task).items() if name != "headline"}


def row(table: Table, label: str) -> Row:
    return next(one for one in table.rows if one.label == label)


def cells(table: Table, label: str) -> dict[str, str]:
    pairs = zip(table.columns, row(table, label).cells, strict=True)
    return {column.key: cell.text for column, cell in pairs}


def test_means_deviations_and_changes_over_seeds(results: Callable[..., Results]) -> None:
    table = rain_set_table(results(), "streets-heavy")
    assert [one.label for one in table.rows] == ["Rainy input", "full", "one pass", "norm"]
    shown = [column.key for column in table.columns if column.key.count("/") == 1]
    assert shown == [
        "restoration/psnr_y",
        "restoration/ssim_y",
        "detection/ap",
        "segmentation/miou",
    ]
    one_pass = cells(table, "one pass")
    assert one_pass["restoration/psnr_y"] == "24.50"
    assert one_pass["restoration/psnr_y/sd"] == f"{np.std([0, 0.1, 0.2], ddof=1):.3f}"
    assert one_pass["restoration/psnr_y/change"] == f"{MINUS}0.60"
    assert cells(table, "full")["restoration/psnr_y/change"] == UNDEFINED
    assert cells(table, "Rainy input")["restoration/psnr_y"] == "20.00"
    assert row(table, "norm").cells[0].rank == 1
    assert "the seeds 0, 1, 2" in table.notes[0]


def test_one_seed_is_said_to_be_no_evidence(results: Callable[..., Results]) -> None:
    table = rain_set_table(results(seeds=(4,)), "streets-light")
    assert "below that seed noise are not evidence" in table.notes[0]
    assert not any(column.key.endswith("/sd") for column in table.columns)


def test_a_failed_training_costs_its_own_figures(results: Callable[..., Results]) -> None:
    found = results(
        failures=("one pass (seed 0)", "norm (seed 0)", "norm (seed 1)", "norm (seed 2)")
    )
    table = rain_set_table(found, "streets-light")
    assert cells(table, "full")["detection/ap"] == "0.402"
    assert cells(table, "one pass")["detection/ap"] == "0.391†"
    assert cells(table, "norm")["detection/ap"] == UNDEFINED + DAGGER
    assert row(table, "one pass").cells[0].rank == 0
    notes = [note for note in table.notes if note.startswith("† one pass (seed 0)")]
    assert notes == ["† one pass (seed 0) has no weights: out of memory (see log.txt)."]
    assert cells(cost_table(found), "norm")["macs_g"] == UNDEFINED + DAGGER


def test_without_the_first_variant_nothing_is_compared(results: Callable[..., Results]) -> None:
    table = rain_set_table(results(seeds=(0,), failures=("full (seed 0)",)), "streets-light")
    assert cells(table, "norm")["restoration/psnr_y"] == "25.25"
    assert cells(table, "norm")["restoration/psnr_y/change"] == UNDEFINED + DAGGER


def test_costs_and_what_the_variants_change(results: Callable[..., Results]) -> None:
    table = cost_table(results())
    assert cells(table, "full") == {
        "parameters_k": "1234.6",
        "macs_g": "8.90",
        "steps": "4",
        "minutes": "13.0",
        "held_out/evaluation_mode": "27.50",
        "held_out/train_mode": UNDEFINED,
    }
    assert cells(table, "norm")["held_out/train_mode"] == "28.25"
    assert "one pass changes options.passes: 2." in table.notes
    assert "Not on the budget of full in iterations, batch and patch: norm." in table.notes


@pytest.mark.parametrize("failures", [(), ("full (seed 0)",)])
def test_files_hold_the_same_figures(
    results: Callable[..., Results], tmp_path: Path, failures: tuple[str, ...]
) -> None:
    found = results(seeds=(0,), failures=failures)
    write_ablation(found, tmp_path)
    markdown = (tmp_path / "ablation.md").read_text()
    assert "| one pass | " in markdown and "24.40" in markdown
    assert "`psnr_y|v:1`" in markdown
    table = pd.read_csv(tmp_path / "ablation.csv").set_index(["rain_set", "derainer"])
    one_pass = table.loc[("streets-heavy", "one pass")]
    assert one_pass["restoration/psnr_y"] == pytest.approx(24.4)
    assert one_pass["macs_g"] == 8.9
    full = table.loc[("streets-heavy", "full")]
    assert math.isnan(full["restoration/psnr_y"]) == bool(failures)
    by_seed = pd.read_csv(tmp_path / "by_seed.csv")
    assert set(by_seed["metric"]) == {name for metrics in METRICS.values() for name in metrics}
    with Image.open(tmp_path / "ablation.png") as plot:
        assert plot.width > 1000
