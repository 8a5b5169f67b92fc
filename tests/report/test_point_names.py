"""Names of points meet nothing that is drawn, and stand in the order of their points."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from harness.report.plots.cost_plots import cost_drawings
from harness.report.plots.point_names import Panel, Point, Words, name_points
from harness.report.plots.style import as_png, panels, plot_style
from harness.run_folder.manifest import read_manifest
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import read_summary

RAIN100L = Path(__file__).parents[2] / "results" / "reference" / "rain100l"


@pytest.fixture(scope="module")
def costs_of_nineteen():
    """The plots of PSNR against cost on Rain100L, drawn."""
    run = RunData(RAIN100L, read_manifest(RAIN100L), read_summary(RAIN100L))
    with plot_style():
        drawn = {one.name: one.figure for one in cost_drawings(run)}
        for figure in drawn.values():
            as_png(figure)
            figure.draw_without_rendering()
    return drawn


def box_of(text):
    return Text.get_window_extent(text, text.figure.canvas.get_renderer())  # without its leader


def leader_of(text):
    patch = getattr(text, "arrow_patch", None)
    return patch and patch.get_transform().transform_path(patch.get_path())


def dots_of(axes):
    """The boxes of the points, by their place in data coordinates."""
    radius = 3.2 * axes.figure.dpi / 72
    places = [tuple(line.get_xydata()[0]) for line in axes.lines if len(line.get_xydata()) == 1]
    middles = {place: axes.transData.transform(place) for place in places}
    return {place: Bbox([middle - radius, middle + radius]) for place, middle in middles.items()}


def assert_nothing_meets(axes, overlapping=False):
    boxes = [box_of(text) for text in axes.texts]
    lines = [
        line.get_transform().transform_path(line.get_path())
        for line in axes.lines
        if len(line.get_xydata()) > 1
    ]
    dots, leaders = dots_of(axes), [leader_of(text) for text in axes.texts]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    for text, box in zip(axes.texts, boxes, strict=True):
        assert axes.bbox.x0 < box.x0 < box.x1 < axes.bbox.x1, text
        assert axes.bbox.y0 < box.y0 < box.y1 < axes.bbox.y1, text
        assert not any(box.overlaps(dot) for dot in dots.values()), text
        assert not any(line.intersects_bbox(box, filled=False) for line in lines), text
    drawn = [(text, leader) for text, leader in zip(axes.texts, leaders, strict=True) if leader]
    for text, leader in drawn:
        others = [box for other, box in zip(axes.texts, boxes, strict=True) if other is not text]
        assert not any(leader.intersects_bbox(box, filled=False) for box in others), text
        strangers = [dot for place, dot in dots.items() if place != text.xy]
        met = any(leader.intersects_bbox(dot, filled=False) for dot in strangers)
        assert overlapping or not met, text  # of dots that overlap, leaders begin within both
    for (text, one), (_, other) in combinations(drawn, 2):
        assert not one.intersects_path(other, filled=False), text


def test_the_names_of_nineteen_derainers_meet_nothing(costs_of_nineteen):
    assert len(costs_of_nineteen) == 2
    for figure in costs_of_nineteen.values():
        assert not figure.legends
        by_time, by_macs = figure.axes
        assert len(by_time.texts) == 19 + 1  # the rainy line has its words
        assert len(dots_of(by_time)) == 19
        assert len(by_macs.texts) == len(dots_of(by_macs)) + 1
        for axes in figure.axes:
            assert_nothing_meets(axes)


def test_names_near_each_other_stand_in_the_order_of_their_points(costs_of_nineteen):
    axes = costs_of_nineteen["cost-restoration"].axes[1]
    stacked = [text for text in axes.texts if text.get_text() in {"PReNet", "PReNet_r", "VRGNet"}]
    assert len(stacked) == 3 and np.ptp([text.xy[0] for text in stacked]) < 1  # cost the same
    by_point = sorted(stacked, key=lambda text: text.xy[1])
    assert by_point == sorted(stacked, key=lambda text: box_of(text).y0)


def points_in_a_panel(places):
    with plot_style():
        figure, (axes,) = panels(1, 1, 5, 4)
        axes.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5))
        points = [Point(x, y, name, *axes.plot(x, y, "o")) for x, y, name in places]
        name_points(figure, [Panel(axes, points)])
        as_png(figure)
        figure.draw_without_rendering()
    return figure, axes


def test_names_of_points_cover_neither_each_other_nor_the_points():
    places = [(0.0, 0.0, "one"), (0.02, 0.0, "two"), (0.0, 0.03, "three"), (1.0, 1.0, "four")]
    figure, axes = points_in_a_panel(places)
    assert [text.get_text() for text in axes.texts] == ["one", "two", "three", "four"]
    assert_nothing_meets(axes, overlapping=True)
    assert not figure.legends


def test_points_too_close_for_their_names_are_named_in_a_legend():
    places = [(0.01 * (turn % 4), 0.01 * (turn // 4), f"Derainer {turn}") for turn in range(15)]
    figure, axes = points_in_a_panel(places)
    assert not axes.texts
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [name for *_, name in places]
    assert legend.get_window_extent().y1 < axes.bbox.y0  # below, and within the plot
    assert legend.get_window_extent().y0 >= 0


@pytest.mark.parametrize("place", [(0.98, 0.12), (0.98, 0.2), (0.5, 0.5)])
def test_words_give_way_to_points(place):
    with plot_style():
        figure, (axes,) = panels(1, 1, 3, 2)
        axes.set(xlim=(0, 1), ylim=(0, 1))
        axes.axhline(0.1)
        points = [Point(*place, "a point", *axes.plot(*place, "o"))]
        name_points(figure, [Panel(axes, points, [Words("level 0.1", 0.1)])])
        as_png(figure)
        figure.draw_without_rendering()
    assert {text.get_text() for text in axes.texts} == {"a point", "level 0.1"}
    assert_nothing_meets(axes)


def test_the_same_points_have_the_same_names_in_the_same_places():
    rng = np.random.default_rng(3)
    places = [(x, y, f"derainer {turn}") for turn, (x, y) in enumerate(rng.uniform(0, 1, (12, 2)))]
    first, again = (points_in_a_panel(places)[1] for _ in range(2))
    assert_nothing_meets(first)
    assert [box_of(text).bounds for text in first.texts] == [
        box_of(text).bounds for text in again.texts
    ]
