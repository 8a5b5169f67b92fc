"""Figures from rows: one protocol a cell, intervals, and what bounds a table."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.plugins.guard import Guard
from harness.run.failures import failures_of
from harness.run.summarising import summarise
from harness.run_folder.manifest import DerainerEntry, TaskEntry
from harness.run_folder.summary import FAILED, Figure
from tasks.restoration import RestorationTask

DERAINERS = [
    DerainerEntry(name="as it is", bound="lower"),
    DerainerEntry(name="ideal", bound="upper"),
    DerainerEntry(name="net"),
]
TASK = TaskEntry(name="quality", kind="restoration", metrics=dict(RestorationTask.metrics))
LEVELS = {"as it is": 20.0, "ideal": math.inf, "net": 26.0}


@pytest.fixture
def rows() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    made: list[dict[str, Any]] = []
    for derainer, level in LEVELS.items():
        for image in range(12):
            values = dict.fromkeys(("psnr_y", "psnr_rgb"), level + rng.normal())
            values |= dict.fromkeys(("ssim_y", "ssim_rgb"), min(1, level / 40))
            cell = {"rain_set": "set", "derainer": derainer, "image": f"{image:02}"}
            protocol = {"kind": "restoration", "protocol": "v:1", "quantiser": "round"}
            common = {"precision": "float32", "read": "null", "status": "ok"}
            made.append({**cell, **protocol, **common, **values})
    return pd.DataFrame(made)


def figures_of(rows: pd.DataFrame) -> dict[tuple[str, str], Figure]:
    found = summarise({"quality": rows}, DERAINERS, [TASK], Guard(None)).figures
    return {(one.derainer, one.metric): one for one in found}


def test_each_figure_has_its_interval_where_it_is_finite(rows: pd.DataFrame) -> None:
    figures = figures_of(rows)
    one = figures["net", "psnr_y"]
    assert one.low < one.value < one.high and one.high - one.low < 2
    assert math.isnan(figures["ideal", "psnr_y"].low)


def test_one_image_has_a_figure_and_no_interval(rows: pd.DataFrame) -> None:
    one = figures_of(rows[rows["image"] == "03"])["net", "psnr_y"]
    assert math.isfinite(one.value) and math.isnan(one.low)


def test_derainers_are_compared_with_each_other_and_corrected_for_how_many_they_are(
    rows: pd.DataFrame,
) -> None:
    others = []
    for name, more in (("second", 0.0), ("third", 0.5)):
        other = rows[rows["derainer"] == "net"].assign(derainer=name)
        rng = np.random.default_rng(len(name))
        other["psnr_y"] += more + rng.normal(0, 0.1, len(other))
        others.append(other)
    derainers = [*DERAINERS, DerainerEntry(name="second"), DerainerEntry(name="third")]
    together = pd.concat([rows, *others])
    found = summarise({"quality": together}, derainers, [TASK], Guard(None))
    pairs = {(one.first, one.second): one for one in found.pairs if one.metric == "psnr_y"}
    assert pairs.keys() == {("net", "second"), ("net", "third"), ("second", "third")}
    assert pairs["net", "third"].difference == pytest.approx(-0.5, abs=0.1)
    assert pairs["net", "third"].p_holm < 0.001 < pairs["net", "second"].p_holm
    assert pairs["net", "third"].p_holm > pairs["net", "third"].p
    (friedman,) = [one for one in found.friedman if one.metric == "psnr_y"]
    assert (friedman.derainers, friedman.n) == (3, 12) and friedman.p < 0.01


@pytest.mark.parametrize("column", ["protocol", "quantiser", "read", "precision"])
def test_rows_that_disagree_are_refused_with_both_values(rows: pd.DataFrame, column: str) -> None:
    rows.loc[(rows["derainer"] == "net") & (rows["image"] == "05"), column] = "another"
    figures = figures_of(rows)
    assert ("net", "psnr_y") not in figures and ("as it is", "psnr_y") in figures
    failed = figures["net", FAILED]
    assert failed.value == failed.n == 12 and failed.signature == ""
    first = rows[column].iloc[0]
    assert f"disagree in `{column}`: {first!r} (00) and 'another' (05)" in failed.error


def test_what_bounds_a_table_is_known_by_its_bound_and_not_by_its_name(
    rows: pd.DataFrame,
) -> None:
    task = TASK.model_copy(update={"can_lose": True})
    compared = summarise({"quality": rows}, DERAINERS, [task], Guard(None)).comparisons
    assert {one.derainer for one in compared} == {"net", "ideal"}
    by_metric = {one.metric: one for one in compared if one.derainer == "net"}
    lost = {one.metric: one for one in compared if one.derainer == "ideal"}
    assert lost["ssim_y"].gain == pytest.approx(0.5) and math.isnan(lost["ssim_y"].share)
    assert by_metric["ssim_y"].share == pytest.approx((26 / 40 - 0.5) / 0.5)
    assert by_metric["psnr_y"].gain == pytest.approx(6, abs=1)


def test_without_the_lower_bound_nothing_is_compared(rows: pd.DataFrame) -> None:
    rest = rows[rows["derainer"] != "as it is"]
    assert not summarise({"quality": rest}, DERAINERS, [TASK], Guard(None)).comparisons


def test_causes_that_name_their_image_are_one_cause() -> None:
    rows = pd.DataFrame(
        {
            "rain_set": "streets",
            "derainer": "theirs",
            "image": ["rain-1", "rain-2", "rain-3"],
            "status": "failed",
            "error": ["no rain-1.png", "no rain-2.png", "rain-3.png is 4x2"],
        }
    )
    (line,) = failures_of({"restoration": rows})
    assert "3 of 3 images failed; rain-1: no rain-1.png (and 1 other cause:" in line


def test_a_picture_that_fails_everywhere_is_told_once() -> None:
    def cell(derainer: str, errors: list[str]) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "rain_set": "streets",
                "derainer": derainer,
                "image": ["rain-1", "rain-2"],
                "status": ["failed" if error else "ok" for error in errors],
                "error": errors,
            }
        )

    unread = pd.concat([cell(name, ["cut short", ""]) for name in ("first", "second")])
    wrong = cell("third", ["cut short", "wrong size"])
    judged = {"restoration": pd.concat([unread, wrong]), "detection": unread}
    assert failures_of(judged) == [
        "streets / first, second / restoration, detection: 1 of 2 images failed; rain-1: cut short",
        "streets / third / restoration: 2 of 2 images failed; rain-1: cut short "
        "(and 1 other cause: see the report)",
    ]
