import math
from itertools import combinations

import pytest
from synthetic_run import HEAVY

from harness.report.plots.figures import drawings, recovered_drawing
from harness.report.plots.heatmap import class_changes
from harness.report.plots.palette import DERAINER_COLOURS, derainer_style
from harness.report.plots.style import label_points, panels, plot_style, short


def luminance(colour):
    """Relative luminance as WCAG defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_every_plot_is_drawn_once(run):
    names = [one.name for one in drawings(run)]
    assert len(set(names)) == len(names)
    assert {"recovered", "per-image", "level-detection", "quality-against-tasks"} <= set(names)


def test_bars_are_as_long_as_the_shares(run):
    with plot_style():
        axes = recovered_drawing(run).figure.axes[0]
    assert [bar.get_width() for bar in axes.patches] == pytest.approx(
        [0.72, 0.55, 0.31, -0.12, 0.55]
    )


def test_labels_cover_neither_each_other_nor_the_points():
    points = [(0.0, 0.0, "one"), (0.02, 0.0, "two"), (0.0, 0.03, "three"), (1.0, 1.0, "four")]
    with plot_style():
        _, (axes,) = panels(1, 1, 5, 4)
        axes.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5))
        label_points(axes, points)
        boxes = [text.get_window_extent() for text in axes.texts]
    assert [text.get_text() for text in axes.texts] == ["one", "two", "three", "four"]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    dots = [axes.transData.transform((x, y)) for x, y, _ in points]
    assert not any(box.contains(*dot) for box in boxes for dot in dots)


def test_class_changes_are_signed_from_the_rainy_figure(run):
    task = next(one for one in run.tasks if one.name == "detection")
    changes = class_changes(run, HEAVY, task)
    assert changes.loc["car", "lost to rain"] == pytest.approx(-0.315)
    assert changes.loc["car", "RDMC"] == pytest.approx(0.72 * 0.315)
    assert changes["lost to rain"].is_monotonic_increasing
    assert all(math.isfinite(value) for value in changes.to_numpy().ravel())


def test_colours_are_apart_on_white_and_stable(run):
    assert all(1.05 / (luminance(colour) + 0.05) > 1.9 for colour in DERAINER_COLOURS)
    style = derainer_style(run)
    assert len({style[one.name] for one in run.derainers}) == len(run.derainers)
    assert style["rdmc"][0] == DERAINER_COLOURS[0]


def test_long_names_are_cut():
    assert short("x" * 50) == "x" * 17 + "…"
