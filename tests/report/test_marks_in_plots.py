"""Plots mark harm as tables do, show gains of every task, and how far orders agree."""

from pathlib import Path

import pytest

from harness.report.plots.cost_plots import cost_drawings
from harness.report.plots.figures import drawings
from harness.report.plots.style import plot_style
from harness.run_folder.costs import Cost, MeasuredCosts, write_measured_costs
from harness.run_folder.run_data import read_run

REFERENCE = Path(__file__).parents[2] / "results" / "reference"
HARM = "▼"


@pytest.fixture(scope="module")
def sizes():
    return read_run(REFERENCE / "sizes")


@pytest.fixture(scope="module")
def drawn(sizes):
    with plot_style():
        return {one.name: one for one in drawings(sizes)}


def panel(drawing, rain_set):
    (found,) = [one for one in drawing.figure.axes if one.get_title("left") == rain_set]
    return found


def figures_beside(axes):
    """The texts right of a panel's rows, from above."""
    beside = [text for text in axes.texts if text.xy[0] == 1 and text.get_text() != "harmed"]
    return [text.get_text() for text in sorted(beside, key=lambda text: text.xy[1])]


@pytest.mark.parametrize(
    ("name", "rain_set"),
    [
        ("level-segmentation", "heavy-1080"),
        ("gains-segmentation", "heavy-1080"),
        ("level-detection", "heavy-1080"),
        ("gains-detection", "heavy-720"),
        ("per-image", "heavy-1080"),
    ],
)
def test_rows_below_the_rain_bear_the_mark_of_the_tables(sizes, drawn, name, rain_set):
    task_name = "restoration" if name == "per-image" else name.partition("-")[2]
    task = next(one for one in sizes.tasks if one.name == task_name)
    harmed = [
        sizes.compared(rain_set, one.name, task.name, task.headline[0]).gain < 0
        for one in sizes.derainers
    ]
    marked = [HARM in text for text in figures_beside(panel(drawn[name], rain_set))]
    assert marked == harmed
    assert any(harmed) == (name.endswith("segmentation"))
    assert HARM in drawn[name].caption


def test_a_recovered_share_below_nothing_bears_the_mark(drawn):
    texts = [
        text.get_text()
        for name, one in drawn.items()
        if name.startswith("recovered")
        for axes in one.figure.axes
        for text in axes.texts
    ]
    assert [text for text in texts if HARM in text] == ["\N{MINUS SIGN}0.05▼"]


def test_names_of_points_and_of_a_legend_bear_the_mark(drawn):
    found = [
        text.get_text()
        for name, one in drawn.items()
        if name.startswith("quality")
        for holder in (*one.figure.axes, *one.figure.legends)
        for text in (holder.texts if holder in one.figure.axes else holder.get_texts())
        if HARM in text.get_text()
    ]
    assert found == [f"Guided filter{HARM}"]


def test_names_in_plots_of_cost_bear_the_mark(copy_of_run):
    timed = {"milliseconds": (3.0, 1.0, 2.0), "clock": "thread"}
    costs = [Cost(name=name, **timed) for name in ("rdmc", "prenet", "oldfilter")]
    measured = MeasuredCosts(
        measured="2025-11-20T10:00:00+00:00",
        machine={"device": "CPU"},
        torch="2.13.0",
        precision="float32",
        height=200,
        width=500,
        repeats=3,
        costs=costs,
    )
    write_measured_costs(copy_of_run, measured)
    with plot_style():
        first = next(cost_drawings(read_run(copy_of_run)))
    words = [text.get_text() for axes in first.figure.axes for text in axes.texts]
    words += [text.get_text() for legend in first.figure.legends for text in legend.get_texts()]
    assert {one.rstrip(HARM) for one in words if HARM in one} == {"Guided filter"}
    assert HARM in first.caption


def test_gains_of_tasks_are_drawn_with_their_intervals(sizes, drawn):
    task = next(one for one in sizes.tasks if one.name == "detection")
    for rain_set in (one.name for one in sizes.rain_sets):
        axes = panel(drawn["gains-detection"], rain_set)
        lines = [list(line.get_xdata()) for line in axes.lines]
        for entry in sizes.derainers:
            one = sizes.compared(rain_set, entry.name, task.name, "ap")
            assert [one.gain_low, one.gain_high] in lines
            assert [one.gain] in [list(line) for line in lines]
    assert "gains-restoration" not in drawn  # image by image in per-image


def test_rank_correlations_stand_in_their_panels(sizes, drawn):
    said = {
        text.get_text()
        for name, one in drawn.items()
        if name.startswith("quality")
        for axes in one.figure.axes
        for text in axes.texts
        if "pairs agree" in text.get_text()
    }
    words = [line for text in said for line in text.split("\n")]
    assert "rank correlation 0.90 [0.20, 1.00]" in words
    assert any(line.startswith("rank correlation of gains ") for line in words)


def test_three_derainers_have_no_rank_correlation_worth_a_word():
    with plot_style():
        found = {one.name: one for one in drawings(read_run(REFERENCE / "streets"))}
    texts = [
        line
        for axes in found["quality-against-tasks"].figure.axes
        for text in axes.texts
        for line in text.get_text().split("\n")
    ]
    assert "3 of 3 pairs agree" in texts or "2 of 3 pairs agree" in texts
    assert not any(line.startswith("rank correlation 1") for line in texts)
    assert any(line.startswith("rank correlation of gains 0.33 [0.09, 0.53]") for line in texts)
