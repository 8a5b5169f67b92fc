"""The plot of the same scenes in rain of several strengths, and what is not drawn so."""

import json
import math
from itertools import combinations, pairwise
from pathlib import Path

import pandas as pd
import pytest
from synthetic_cast import HEAVY, LIGHT

from harness.report.plots.severity import same_scenes, severity_drawings
from harness.report.plots.style import as_png, plot_style
from harness.run_folder.run_data import read_run

REFERENCE = Path(__file__).parents[2] / "results" / "reference"


@pytest.fixture
def one_scene(copy_of_run):
    """The synthetic run, in which both rain sets have images of the same names."""
    path = copy_of_run / "records" / "restoration.parquet"
    rows = pd.read_parquet(path)
    rows["image"] = rows["image"].str[5:]
    rows.to_parquet(path)
    return copy_of_run


def with_more_sets(folder, names):
    """Add copies of the light rain set under these names."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    light = next(one for one in manifest["rain_sets"] if one["name"] == LIGHT)
    manifest["rain_sets"] += [light | {"name": name} for name in names]
    path.write_text(json.dumps(manifest))
    for file in (folder / "summary.csv", *(folder / "records").glob("*.parquet")):
        rows = pd.read_csv(file) if file.suffix == ".csv" else pd.read_parquet(file)
        of_light = rows[rows["rain_set"] == LIGHT]
        rows = pd.concat([rows, *(of_light.assign(rain_set=name) for name in names)])
        if file.suffix == ".csv":
            rows.to_csv(file, index=False)
        else:
            rows.to_parquet(file)


def test_rain_sets_of_the_same_scenes_are_in_the_order_of_their_rain(run, one_scene):
    assert list(severity_drawings(run)) == []  # here their images differ
    run = read_run(one_scene)
    assert same_scenes(run) == [[LIGHT, HEAVY]]
    with plot_style():
        (one,) = severity_drawings(run)
    titles = [axes.get_title("left") for axes in one.figure.axes]
    panel = one.figure.axes[[title.startswith("detection") for title in titles].index(True)]
    rdmc = panel.lines[1].get_ydata()
    assert list(rdmc) == [run.value(name, "rdmc", "detection", "ap") for name in (LIGHT, HEAVY)]


def test_scenes_of_other_sizes_are_not_the_same():
    run = read_run(REFERENCE / "sizes")
    assert len(run.rain_sets) == 4
    assert same_scenes(run) == []
    assert same_scenes(read_run(REFERENCE / "streets")) == [["streets-light", "streets-heavy"]]


def test_scenes_that_read_otherwise_without_rain_are_not_the_same(one_scene):
    path = one_scene / "summary.csv"
    summary = pd.read_csv(path)
    clean = (summary["derainer"] == "clean") & (summary["metric"] == "ap")
    summary.loc[clean & (summary["rain_set"] == LIGHT), "value"] += 0.01
    summary.to_csv(path, index=False)
    assert same_scenes(read_run(one_scene)) == []


def test_an_image_that_never_loaded_says_nothing_of_sizes(one_scene):
    path = one_scene / "records" / "restoration.parquet"
    rows = pd.read_parquet(path)
    lost = (rows["rain_set"] == LIGHT) & (rows["image"] == rows["image"].iloc[0])
    rows.loc[lost, ["width", "height"]] = 0
    rows.to_parquet(path)
    assert same_scenes(read_run(one_scene)) == [[LIGHT, HEAVY]]


@pytest.mark.parametrize("count", [2, 6, 14])
def test_the_names_of_rain_sets_touch_nothing(one_scene, count):
    with_more_sets(one_scene, [f"in the rain of hour {hour}" for hour in range(count)])
    with plot_style():
        (one,) = severity_drawings(read_run(one_scene))
        as_png(one.figure)
    renderer = one.figure.canvas.get_renderer()
    panels = [axes.get_tightbbox(renderer) for axes in one.figure.axes]
    assert not any(box.padded(-1).overlaps(other) for box, other in combinations(panels, 2))
    for axes in one.figure.axes:
        names = axes.get_xticklabels()
        assert len(names) == count + 2
        (slant,) = {round(name.get_rotation()) for name in names}
        for name in names:
            name.set_rotation(0)
        boxes = [name.get_window_extent(renderer) for name in names]
        if slant:
            apart = math.dist(*(axes.transData.transform((at, 0)) for at in (0, 1)))
            assert apart * math.sin(math.radians(slant)) > max(box.height for box in boxes)
        else:
            assert not any(box.overlaps(beside) for box, beside in pairwise(boxes))
