import math
import sys
import warnings
from contextlib import nullcontext
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from synthetic_cast import HEAVY

from harness.report.plots.figures import drawings
from harness.report.plots.grid import grid_drawings
from harness.report.plots.heatmap import class_changes
from harness.report.plots.levels import level_drawings
from harness.report.plots.palette import DERAINER_COLOURS, IN_THE_DARK, PAPER, derainer_style
from harness.report.plots.recovered import recovered_drawings
from harness.report.plots.style import (
    DOUBLE_COLUMN,
    SINGLE_COLUMN,
    as_png,
    as_svg,
    names_in_lines,
    panels,
    plot_style,
)
from harness.run_folder.run_data import read_run

sys.path.append(str(Path(__file__).parent.parent))
from colour_distance import from_hex, nearest

LONG = "RDMC-S on Rain200H with recruitment, variant"
"""Of all variants; what tells them apart comes last."""


def luminance(colour):
    """Relative luminance as WCAG defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.fixture(scope="module")
def drawn(run_folder):
    """Every plot of a run whose derainers have long names that begin alike."""
    run = read_run(run_folder)
    for index, entry in enumerate(run.derainers):
        run.labels[entry.name] = f"{LONG} {index} of all of them"
    listed = list(drawings(run))
    found = {one.name: one for one in listed}
    assert len(found) == len(listed)
    with plot_style():
        for one in found.values():
            one.figure.draw_without_rendering()
    return found


def texts_of(figure):
    """The boxes of all texts that are seen, by what they say, with their panel."""
    renderer = figure.canvas.get_renderer()
    found = []
    for axes in figure.axes:
        ticks = [
            label
            for axis, side in ((axes.xaxis, 0), (axes.yaxis, 1))
            for label in axis.get_ticklabels()
            if np.ptp([*axis.get_view_interval(), label.get_position()[side]])
            <= np.ptp(axis.get_view_interval())
        ]
        for text in [*axes.texts, *ticks, axes.xaxis.label, axes.yaxis.label, axes._left_title]:
            if text.get_visible() and text.get_text().strip():
                found.append((text.get_text(), text.get_window_extent(renderer), axes))
    return found


def test_every_plot_is_drawn_once_at_the_width_of_one_column_or_two(drawn):
    assert {"recovered", "per-image", "level-detection", "quality-against-tasks"} <= set(drawn)
    assert {one.figure.get_figwidth() for one in drawn.values()} <= {SINGLE_COLUMN, DOUBLE_COLUMN}


def test_no_text_covers_another_or_leaves_its_plot(drawn):
    for name, one in drawn.items():
        found, whole = texts_of(one.figure), one.figure.bbox
        for text, box, _ in found:
            assert whole.x0 - 1 <= box.x0 and box.x1 <= whole.x1 + 1, (name, text)
            assert whole.y0 - 1 <= box.y0 and box.y1 <= whole.y1 + 1, (name, text)
        if name == "quality-against-tasks":
            continue  # names of points: see the tests of `name_points`
        for (text, box, _), (other, beside, _) in combinations(found, 2):
            slanted = name.startswith("per-class") and {text, other} & set(_heads(one.figure))
            assert slanted or not box.padded(-1).overlaps(beside.padded(-1)), (name, text, other)


def _heads(figure):
    return [label.get_text() for label in figure.axes[0].get_xticklabels()]


def test_no_figure_is_written_over_a_line(drawn):
    for name in ("level-segmentation", "level-restoration", "recovered"):
        for text, box, axes in texts_of(drawn[name].figure):
            lines = [line.get_window_extent() for line in axes.lines if len(line.get_xdata()) == 2]
            if text in {"not defined", "all images failed"}:
                continue  # these stand on a ground of their own
            inside = [one for one in lines if one.width < 1 and axes.bbox.overlaps(box)]
            assert not any(one.overlaps(box) for one in inside if box.y1 < axes.bbox.y1), text


def test_names_that_begin_alike_are_told_apart():
    names = [f"{LONG} {index} of all of them" for index in range(12)]
    assert len(set(names_in_lines(names))) == 12
    assert max(len(line) for name in names_in_lines(names) for line in name.split("\n")) <= 22


def test_bars_are_as_long_as_the_shares(run):
    with plot_style():
        axes = next(recovered_drawings(run)).figure.axes[0]
    assert [bar.get_width() for bar in axes.patches] == pytest.approx(
        [0.72, 0.55, 0.31, -0.12, 0.55]
    )


def test_class_changes_are_signed_from_the_rainy_figure(run):
    task = next(one for one in run.tasks if one.name == "detection")
    changes = class_changes(run, HEAVY, task)
    assert changes.loc["car", "lost to rain"] == pytest.approx(-0.315)
    assert changes.loc["car", "RDMC"] == pytest.approx(0.72 * 0.315)
    assert changes["lost to rain"].is_monotonic_increasing
    assert all(math.isfinite(value) for value in changes.to_numpy().ravel())


def test_heat_maps_of_a_task_have_one_scale_and_show_it(drawn):
    maps = [one.figure for name, one in drawn.items() if name.startswith("per-class-detection")]
    limits = {figure.axes[0].collections[0].get_clim() for figure in maps}
    assert len(maps) == 2 and len(limits) == 1
    assert all(len(figure.axes) == 2 for figure in maps)  # the second is the bar of colours


def test_intervals_that_are_known_are_drawn(copy_of_run):
    summary = pd.read_csv(copy_of_run / "summary.csv")
    cell = (summary["derainer"] == "rdmc") & (summary["metric"] == "ap")
    summary.loc[cell, ["low", "high"]] = [0.2, 0.5]
    summary.to_csv(copy_of_run / "summary.csv", index=False)
    run = read_run(copy_of_run)
    with plot_style():
        figure = next(level_drawings(run, run.tasks[1])).figure
    ends = [line.get_xdata() for axes in figure.axes for line in axes.lines]
    assert sum(list(one) == [0.2, 0.5] for one in ends) == 2


def test_colours_are_apart_on_white_and_stable(run):
    assert all(1.05 / (luminance(colour) + 0.05) > 1.9 for colour in DERAINER_COLOURS)
    style = derainer_style(run)
    assert len({style[one.name] for one in run.derainers}) == len(run.derainers)
    assert style["rdmc"][0] == DERAINER_COLOURS[0]


@pytest.mark.parametrize(
    "colours", [DERAINER_COLOURS, [IN_THE_DARK[colour] for colour in DERAINER_COLOURS]]
)
def test_no_two_derainers_look_alike_to_anyone(colours):
    assert min(nearest([from_hex(colour) for colour in colours]).values()) > 17


def test_colours_are_apart_on_a_dark_screen():
    ground = luminance(IN_THE_DARK[PAPER])
    letters = [dark for light, dark in IN_THE_DARK.items() if light in DERAINER_COLOURS]
    assert all((luminance(colour) + 0.05) / (ground + 0.05) > 4 for colour in letters)


def test_an_svg_turns_dark_keeps_its_letters_and_holds_no_date(run):
    with plot_style():
        drawing = next(level_drawings(run, run.tasks[1]))
        as_png(drawing.figure)
        svg, again = as_svg(drawing.figure), as_svg(drawing.figure)
    assert svg == again and b"dc:date" not in svg
    tree = ElementTree.fromstring(svg)
    names = [text.text for text in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert "RDMC" in names
    style = next(tree.iter("style"), None) or next(tree.iter("{http://www.w3.org/2000/svg}style"))
    assert "prefers-color-scheme:dark" in style.text
    assert f"stroke: {DERAINER_COLOURS[0].lower()}" in svg.decode()


def test_a_plate_of_pictures_shows_every_derainer_that_has_one(run):
    with plot_style():
        first = next(grid_drawings(run))
    titles = [title for axes in first.figure.axes if (title := axes.get_title("left"))]
    assert len(titles) == len(run.manifest.derainers) == 7
    drawn = [axes for axes in first.figure.axes if axes.images]
    assert len(drawn) == 2 * 7 and "street 00" in first.caption


def test_a_letter_without_a_glyph_is_drawn_without_a_warning():
    def told_of(letter, style):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            with style:
                figure, (axes,) = panels(1, 1, SINGLE_COLUMN, 1.0)
                axes.set_title(letter)
                assert as_png(figure).startswith(b"\x89PNG")
        return [str(one.message) for one in told]

    assert told_of("雨", plot_style()) == []
    assert any("missing from font" in text for text in told_of("雪", nullcontext()))
