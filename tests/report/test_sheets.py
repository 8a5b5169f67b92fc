"""Figures are no taller than a page: panels, rows and pictures are shared out among several."""

import json
from pathlib import Path

import pandas as pd
import pytest
from synthetic_cast import HEAVY

from harness.report.plots.figures import drawings
from harness.report.plots.grid import grid_drawings
from harness.report.plots.levels import level_drawings
from harness.report.plots.sheets import TALLEST, shared_out
from harness.report.plots.style import plot_style
from harness.run_folder.run_data import read_run

SIZES = Path(__file__).parents[2] / "results" / "reference" / "sizes"


def with_more_derainers(folder, count):
    """Add copies of a derainer to a run, figures and all."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    one = next(one for one in manifest["derainers"] if one["name"] == "rdmc")
    names = [f"derainer-{number}" for number in range(count)]
    manifest["derainers"] += [one | {"name": name, "title": name} for name in names]
    path.write_text(json.dumps(manifest))
    for file in ("summary.csv", "comparisons.csv"):
        rows = pd.read_csv(folder / file)
        of_one = rows[rows["derainer"] == "rdmc"]
        pd.concat([rows, *(of_one.assign(derainer=name) for name in names)]).to_csv(
            folder / file, index=False
        )


def test_four_rain_sets_take_several_figures_and_lose_no_panel():
    run = read_run(SIZES)
    with plot_style():
        found = {one.name: one.figure for one in drawings(run)}
    assert max(figure.get_figheight() for figure in found.values()) <= TALLEST
    for kind in ("recovered", "quality-against-tasks"):
        parts = [figure for name, figure in found.items() if name.startswith(kind)]
        titles = [axes.get_title("left") for figure in parts for axes in figure.axes]
        assert len(parts) == 2
        assert titles == [one.name for one in run.rain_sets for _ in range(2)]  # AP and mIoU


def test_many_derainers_take_several_figures_of_one_scale(copy_of_run):
    with_more_derainers(copy_of_run, 40)
    run = read_run(copy_of_run)
    with plot_style():
        parts = list(level_drawings(run, run.tasks[1]))
    assert [one.name for one in parts] == ["level-detection-1", "level-detection-2"]
    assert all(one.figure.get_figheight() <= TALLEST for one in parts)
    heavy = [axes for one in parts for axes in one.figure.axes if axes.get_title("left") == HEAVY]
    assert len({axes.get_xlim() for axes in heavy}) == 1
    rows = [label.get_text() for axes in heavy for label in axes.get_yticklabels()]
    assert len(rows) == len(run.derainers)


def test_plates_of_many_pictures_are_no_taller_than_a_page(run, monkeypatch):
    monkeypatch.setattr("harness.report.plots.grid.MOST_BESIDE", 1)
    with plot_style():
        plates = [one for one in grid_drawings(run) if one.name.startswith("pictures-1")]
    assert len(plates) > 1
    assert all(one.figure.get_figheight() <= TALLEST for one in plates)
    titles = [axes.get_title("left") for one in plates for axes in one.figure.axes]
    assert len([title for title in titles if title]) == len(run.manifest.derainers)


@pytest.mark.parametrize(("count", "height"), [(1, 9.0), (7, 2.0), (8, 2.6), (40, 2.0)])
def test_nothing_is_lost_or_out_of_order(count, height):
    groups = shared_out(range(count), height)
    assert [one for group in groups for one in group] == list(range(count))
    assert all(-(-len(group) // 2) * height <= max(TALLEST, height) for group in groups)
