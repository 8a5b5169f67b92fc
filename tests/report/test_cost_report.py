"""What derainers cost, in the report of a run and without one."""

import json
import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_cast import HEAVY, WEIRD

from harness.errors import BenchError
from harness.report import write_costs, write_report
from harness.report.plots.cost_plots import cost_drawings
from harness.report.plots.front import pareto_front
from harness.report.plots.quality_plot import RING, RINGED, prediction_drawings
from harness.report.plots.style import plot_style
from harness.report.tables.cost_table import cost_protocol, cost_table, costed_alone, costed_of
from harness.run_folder.costs import Cost, MeasuredCosts, write_measured_costs
from harness.run_folder.run_data import read_run

NETWORK = {"milliseconds": (300.0, 100.0, 200.0), "clock": "thread", "peak_bytes": 50 * 2**20}
COSTS = (
    Cost(name="rdmc", title="RDMC", parameters=1_240_000, macs=80 * 10**9, **NETWORK),
    Cost(name="prenet", title="PReNet", parameters=168_963, macs=66 * 10**9, **NETWORK),
    Cost(name="lightnet", title="LightNet", parameters=41_000, macs=10**9, **NETWORK),
    Cost(
        name="oldfilter",
        title="Guided filter",
        parameters=0,
        macs_missing="not a network",
        milliseconds=(10.0, 12.0, 11.0),
        clock="wall",
        peak_bytes=2**20,
    ),
    Cost(name=WEIRD, error="ran out of memory on 480x320; a smaller image would fit"),
)
MEASURED = MeasuredCosts(
    measured="2025-11-20T10:00:00+00:00",
    machine={"processor": "Some CPU", "device": "CPU, 1 image at a time", "load_before": 0.1},
    torch="2.13.0",
    precision="float32",
    height=200,
    width=500,
    repeats=3,
    costs=COSTS,
)


@pytest.fixture
def costed(copy_of_run):
    write_measured_costs(copy_of_run, MEASURED)
    return copy_of_run


def texts(table):
    return {row.name: [cell.text for cell in row.cells] for row in table.rows}


def test_figures_are_medians_a_megapixel_and_absences_are_explained(costed):
    table = cost_table(MEASURED, costed_of(read_run(costed)))
    rows = texts(table)
    assert rows["rdmc"] == ["1240.0", "80.0", "2000", "50"]  # 200 ms on a tenth of a megapixel
    assert rows["oldfilter"] == ["0.0", "\N{EN DASH}", "110", "1"]
    assert rows[WEIRD] == ["\N{EN DASH}†"] * 4
    notes = " ".join(table.notes)
    assert "ran out of memory" in notes
    assert "No GMACs of Guided filter: not a network." in notes
    assert "Wall time, for not all work was done by one thread: Guided filter" in notes


def test_another_network_of_the_same_name_does_not_count(costed):
    rows = texts(cost_table(MEASURED, costed_of(read_run(costed))))
    assert rows["lightnet"] == ["\N{EN DASH}†"] * 4  # the run's has 42,000 parameters
    path = costed / "manifest.json"
    path.write_text(path.read_text().replace("42000", "41000"))
    rows = texts(cost_table(MEASURED, costed_of(read_run(costed))))
    assert rows["lightnet"][0] == "41.0"


def test_a_run_that_nobody_measured_shows_no_cost(run):
    assert run.costs is None
    with plot_style():
        assert list(cost_drawings(run)) == []


def test_points_stand_at_their_cost_and_figure(costed):
    run = read_run(costed)
    with plot_style():
        drawings = {one.name: one.figure for one in cost_drawings(run)}
    assert set(drawings) == {"cost-restoration", "cost-detection", "cost-segmentation"}
    by_time, by_macs = drawings["cost-detection"].axes[:2]

    def points(axes):
        return {
            (line.get_xdata()[0], line.get_ydata()[0])
            for line in axes.lines
            if len(line.get_xdata()) == 1
        }

    ap = {
        name: run.value(HEAVY, name, "detection", "ap") for name in ("rdmc", "prenet", "oldfilter")
    }
    assert points(by_time) == {(2000, ap["rdmc"]), (2000, ap["prenet"]), (110, ap["oldfilter"])}
    assert points(by_macs) == {(80, ap["rdmc"]), (66, ap["prenet"])}
    lines = sorted(
        line.get_ydata()[0] for line in by_time.lines if list(line.get_xdata()) == [0, 1]
    )
    assert lines == [run.value(HEAVY, row, "detection", "ap") for row in ("rainy", "clean")]
    assert by_time.get_xscale() == "log"


def test_quality_plots_ring_whom_nobody_beats_at_no_more_cost(costed):
    run = read_run(costed)
    with plot_style():
        sheets = list(prediction_drawings(run))
    rings = 0
    for one in sheets:
        assert RINGED in one.caption
        for axes in one.figure.axes:
            task = next(task for task in run.tasks if axes.get_ylabel().startswith(task.name))
            ringed = {
                (line.get_xdata()[0], line.get_ydata()[0])
                for line in axes.lines
                if line.get_markersize() == RING
            }
            rain_set = axes.get_title() or axes.get_title("left")
            assert ringed == {
                tuple(run.value(rain_set, name, *metric) for metric in metrics_of(task))
                for name in unbeaten(run, rain_set, task)
            }
            rings += len(ringed)
    assert rings


def metrics_of(task):
    return [("restoration", "psnr_y"), (task.name, task.headline[0])]


def unbeaten(run, rain_set, task):
    """Return the names on the front, from the costs written down above alone."""
    costs = {"rdmc": 2000, "prenet": 2000, "oldfilter": 110}
    figures = {name: run.value(rain_set, name, task.name, task.headline[0]) for name in costs}
    return {
        name
        for name, figure in figures.items()
        if math.isfinite(figure)
        and not any(
            other > figure and costs[whose] <= costs[name] for whose, other in figures.items()
        )
    }


def test_without_costs_nobody_is_ringed(run):
    with plot_style():
        for one in prediction_drawings(run):
            assert RINGED not in one.caption
            assert not any(line.get_markersize() == RING for line in one.figure.axes[0].lines)


@given(
    points=st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), max_size=12),
    direction=st.sampled_from([1, -1]),
)
def test_the_front_holds_exactly_those_that_none_beats(points, direction):
    front = pareto_front(points, direction)
    for cost, figure in points:
        beaten = any(
            direction * other > direction * figure and dear <= cost for dear, other in points
        )
        cheaper = any(other == figure and dear < cost for dear, other in points)
        assert ((cost, figure) in front) == (not beaten and not cheaper)


def test_the_report_holds_table_plots_and_files(costed):
    page = write_report(costed).read_text(encoding="utf-8")
    assert '<section id="cost">' in page and 'href="#cost"' in page
    assert "are those of this machine alone: Some CPU, one thread" in page
    assert {"efficiency.md", "efficiency.csv", "efficiency.tex"} <= {
        path.name for path in (costed / "tables").iterdir()
    }
    assert (costed / "figures" / "cost-detection.pdf").exists()
    rows = pd.read_csv(costed / "tables" / "efficiency.csv").set_index("derainer")
    assert rows.loc["rdmc", "macs"] == 80 * 10**9
    assert math.isnan(rows.loc["oldfilter", "macs"])
    markdown = (costed / "tables" / "efficiency.md").read_text()
    assert "float32" in markdown and "Bold" not in markdown


def test_costs_without_a_run_are_tables_alone(tmp_path):
    write_measured_costs(tmp_path, MEASURED)
    assert write_costs(tmp_path) == tmp_path / "tables" / "efficiency.md"
    assert {path.name for path in tmp_path.iterdir()} == {"efficiency.json", "tables"}
    assert [one.label for one in costed_alone(MEASURED)][-1] == WEIRD


def test_a_damaged_file_is_named(copy_of_run):
    (copy_of_run / "efficiency.json").write_text(json.dumps({"costs": 3}))
    with pytest.raises(BenchError, match=r"efficiency\.json: damaged .*rdmc-bench cost"):
        write_report(copy_of_run)


def test_the_protocol_of_a_gpu_names_it():
    on_gpu = MEASURED.model_copy(update={"machine": {"device": "Some GPU", "load_before": 1}})
    words = cost_protocol(on_gpu)
    assert "Some GPU, PyTorch" in words and "GPU memory" in words and "one thread" not in words
