"""Sentences about metrics of any sign, size and direction, and about bounds of some rain sets."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.metric import Metric
from harness.report.sentences import answer
from harness.run_folder.manifest import DerainerEntry, Manifest, RainSetEntry, TaskEntry
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import Figure

DERAINERS = (
    DerainerEntry(name="wetter", bound="lower"),
    DerainerEntry(name="as it is", bound="lower"),
    DerainerEntry(name="ideal", bound="upper"),
    DerainerEntry(name="net"),
)


def run(metric: Metric, values: Mapping[str, float], can_lose: bool = True) -> RunData:
    """Return a run of one task and image whose figures are given by derainer."""
    task = TaskEntry(
        name="judge", kind="judge", headline=("q",), metrics={"q": metric}, can_lose=can_lose
    )
    manifest = Manifest(
        name="run", derainers=DERAINERS, rain_sets=(RainSetEntry(name="set"),), tasks=(task,)
    )
    figures = [Figure("set", name, "judge", "q", value, 1, "v:1") for name, value in values.items()]
    return RunData(Path(), manifest, figures)


@pytest.mark.parametrize(
    ("metric", "rainy", "clean", "said"),
    [
        (Metric("AP", higher_is_better=True), 0.2, 0.4, "rain costs judge 50% of its AP"),
        (Metric("log", digits=1, higher_is_better=True), -9, -5, "rain lowers the log of judge"),
        (Metric("log", digits=1, higher_is_better=True), -9, 0, "rain lowers the log of judge"),
        (Metric("err", digits=1, higher_is_better=False), 9, 0, "rain raises the err of judge"),
        (Metric("err", digits=6, higher_is_better=False), 2e-4, 0, "rain raises the err of judge"),
        (Metric("err", digits=3, higher_is_better=False), 2e-4, 0, "rain costs judge nothing"),
    ],
)
def test_what_rain_does_is_told_in_words_that_fit(
    metric: Metric, rainy: float, clean: float, said: str
) -> None:
    lead = answer(run(metric, {"as it is": rainy, "ideal": clean, "net": rainy})).lead
    assert f"On set, {said}" in lead and "nan" not in lead


def test_nothing_is_said_of_a_metric_without_a_direction() -> None:
    lead = answer(run(Metric("thing"), {"as it is": 0.2, "ideal": 0.4, "net": 0.3})).lead
    assert "rain " not in lead


def test_without_a_lower_bound_nothing_is_set_against_it() -> None:
    lead = answer(run(Metric("Q", higher_is_better=True), {"net": 0.3}, can_lose=False)).lead
    assert lead.startswith("On set, net is ahead in Q: 0.300. Only 1 image was judged")


def test_the_lower_bound_of_a_rain_set_is_the_first_that_restored_it() -> None:
    one = run(Metric("AP", higher_is_better=True), {"as it is": 0.2, "ideal": 0.4, "net": 0.3})
    assert one.bounds("set") == ("as it is", "ideal")
    assert one.bounds("another") == ("", "")
