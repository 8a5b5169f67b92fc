"""Tasks of new kinds, each one file of a package: a full-reference metric of network features, a
no-reference metric, and depth with a truth and a drawing of its own; and a metric that is better
when it is lower stands the right way round everywhere."""

import html
import re
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from harness.report.page.run_page import environment
from harness.report.plots.figures import drawings
from harness.report.sentences import answer
from harness.report.tables.against_rain import paired_table, recovered_table
from harness.report.tables.measured import joint_table
from harness.run_folder.kept_images import drawn_path, read_examples
from harness.run_folder.run_data import RunData, read_run

pytestmark = pytest.mark.long

Done = tuple[Path, subprocess.CompletedProcess[str]]

STREETS = """
name: judges
rain_sets:
  - {name: streets, layout: streets-heavy, scenes: 10, width: 128, height: 96}
derainers:
  - {name: as it is, use: rainy}
  - guided-filter
  - street-wiper
  - {name: ideal, use: clean}
tasks:
  - restoration
  - feature-distance
  - naturalness
  - depth
  - {name: low-depth, use: depth, camera_height: 0.7}
examples: 1
"""

PUDDLES = """
name: puddles
rain_sets: [{name: puddles, layout: puddles, count: 12}]
derainers: [rainy, street-wiper, clean, guided-filter]
tasks: [brightness]
"""


@pytest.fixture(scope="module")
def judged(run_beside) -> Done:
    return run_beside(STREETS)


@pytest.fixture(scope="module")
def lit(run_beside) -> RunData:
    folder, said = run_beside(PUDDLES)
    assert said.returncode == 0, said.stderr
    return read_run(folder)


def test_every_cell_is_complete(judged: Done) -> None:
    assert judged[1].returncode == 0, judged[1].stderr
    run = read_run(judged[0])
    assert [task.name for task in run.tasks_of("streets")] == [
        "restoration",
        "feature-distance",
        "naturalness",
        "depth",
        "low-depth",
    ]


def test_a_full_reference_metric_sees_the_clean_image(judged: Done) -> None:
    rows = pd.read_parquet(judged[0] / "records" / "feature-distance.parquet")
    means = rows.groupby("derainer")["feature_distance"].mean()
    assert means["ideal"] == 0 and means["as it is"] > 0


def test_a_no_reference_metric_is_no_task_that_rain_costs_something(judged: Done) -> None:
    run = read_run(judged[0])
    recovered = recovered_table(run, "streets")
    assert recovered is None or {column.group for column in recovered.columns} <= {
        "depth",
        "low-depth",
    }
    paired = paired_table(run, "streets")
    assert [column.key for column in paired.columns if column.group == "naturalness"] == [
        "naturalness/unnaturalness/gain",
        "naturalness/unnaturalness/harmed",
        "naturalness/contrast/gain",
        "naturalness/contrast/harmed",
    ]


def test_each_direction_is_ranked_and_what_nobody_describes_is_only_shown(judged: Done) -> None:
    run = read_run(judged[0])
    table = joint_table([run], "streets")
    columns = {column.key: index for index, column in enumerate(table.columns)}
    for key, best in (
        ("naturalness/unnaturalness", min),
        ("naturalness/contrast", max),
        ("feature-distance/feature_distance", min),
        ("depth/abs_rel", min),
        ("depth/delta1", max),
    ):
        cells = [row.cells[columns[key]] for row in table.rows if not row.is_reference]
        first = {cell.text for cell in cells if cell.rank == 1}
        assert best(cells, key=lambda cell: cell.value).text in first, key
        assert len(first) == 1 or any(cell.ties for cell in cells), key
    busy = [row.cells[columns["naturalness/busyness"]] for row in table.rows]
    assert {cell.rank for cell in busy} == {0} and all(cell.value > 0 for cell in busy)
    assert any(
        "nobody says which direction is better: naturalness busyness" in note
        for note in table.notes
    )
    assert run.metric("naturalness", "contrast").axis_label == "contrast (levels)"


def test_two_tasks_of_one_kind_stand_side_by_side(judged: Done) -> None:
    run = read_run(judged[0])
    assert run.value("streets", "ideal", "depth", "abs_rel") != run.value(
        "streets", "ideal", "low-depth", "abs_rel"
    )
    told = " ".join([answer(run).lead, *answer(run).others])
    assert "the depth estimator depth" in told and "the depth estimator low-depth" in told


def test_a_task_draws_its_own_truth_and_prediction_with_its_legend(judged: Done) -> None:
    (example,) = read_examples(judged[0])["streets"]
    for derainer in (None, "street-wiper"):
        with Image.open(drawn_path(example.folder, "depth", derainer)) as drawn:
            assert np.asarray(drawn).shape == (96, 128, 4)
    page = html.unescape((judged[0] / "report.html").read_text())
    assert '<li class="of">depth</li>' in page and "near</li>" in page
    assert "Depth is drawn up to 60 m." in page
    assert "Truth: depth" in page


def test_an_error_is_told_the_right_way_round_in_tables(lit: RunData) -> None:
    errors = {
        name: lit.value("puddles", name, "brightness", "level_error")
        for name in ("rainy", "street-wiper", "guided-filter")
    }
    table = joint_table([lit], "puddles")
    ranks = {row.name: row.cells[0].rank for row in table.rows if not row.is_reference}
    best = min(ranks, key=lambda name: errors[name])
    assert errors["street-wiper"] != errors["guided-filter"]
    assert ranks[best] == 1
    assert table.columns[0].label == "level error ↓"
    markdown = (lit.directory / "tables" / "recovered.md").read_text()
    assert "less is better (↓), lost to rain is what rain adds" in markdown
    assert r"level\\error $\downarrow$" in (lit.directory / "tables" / "joint.tex").read_text()
    recovered = recovered_table(lit, "puddles")
    shares = {row.name: row.cells[0].value for row in recovered.rows}
    for name in ("street-wiper", "guided-filter"):
        assert shares[name] == pytest.approx(1 - errors[name] / errors["rainy"])
    lost = next(row for row in recovered.rows if row.label == "lost to rain")
    assert lost.cells[0].value == pytest.approx(errors["rainy"])


def test_an_error_is_told_the_right_way_round_in_sentences(lit: RunData) -> None:
    lead = answer(lit).lead
    assert re.search(
        r"On puddles, rain raises the level error of the light meter "
        r"\(0\.00 on the clean images, \d+\.\d\d in the rain\)",
        lead,
    ), lead
    best = min(
        ("street-wiper", "guided-filter"),
        key=lambda name: lit.value("puddles", name, "brightness", "level_error"),
    )
    assert f"the best derainer, {lit.labels[best]}, gives back" in lead or "no derainer" in lead


def test_an_error_is_told_the_right_way_round_in_plots(lit: RunData) -> None:
    captions = {one.name: one.caption for one in drawings(lit)}
    assert "to the left of it deraining helps" in captions["level-brightness"]


def test_templates_hold_no_name_of_a_task_or_metric() -> None:
    loader = environment().loader
    for name in loader.list_templates():
        text = loader.get_source(environment(), name)[0].lower()
        for word in ("psnr", "ssim", "miou", "iou", "detector", "segmentation map"):
            assert not re.search(rf"\b{word}\b", text), (name, word)
