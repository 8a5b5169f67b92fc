"""Published figures beside measured ones."""

import json

import pandas as pd
import pytest
from synthetic_cast import HEAVY, LIGHT

from harness.report import run_report, write_report
from harness.report.tables.published_table import published_table
from harness.run_folder.run_data import read_run

README = {"table": "A", "rain_set": HEAVY, "source": "the README of <them>"}
PUBLISHED = [
    {**README, "derainer": "rdmc", "method": "RDMC", "psnr": "30.10", "ssim": "0.9"}
    | {"protocol": "Y channel, MATLAB"},
    {**README, "derainer": "prenet", "method": "PReNet", "psnr": "28.0", "ssim": None}
    | {"protocol": "RGB; retrained"},
    {**README, "derainer": "lightnet", "method": "LightNet", "psnr": "27.00", "ssim": "0.8000"}
    | {"protocol": "channel not stated; per-set training"},
    {**README, "derainer": "lightnet", "method": "LightNet", "psnr": "26.00", "ssim": "0.7000"}
    | {"protocol": "Y channel", "table": "C"},
]


OF_OTHERS = [
    {**README, "derainer": "", "method": "DRSformer", "psnr": "41.23", "ssim": None}
    | {"protocol": "Y channel; one training a set", "source": "their table"},
    {**README, "derainer": "", "method": "PReNet", "psnr": "37.80", "ssim": "0.95"}
    | {"protocol": "Y channel", "source": "their table"},
]
"""Of methods that the run does not have."""


def with_published(folder, **of_set):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["published"] = PUBLISHED
    manifest["rain_sets"][0] |= of_set
    path.write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def published(copy_of_run):
    return with_published(copy_of_run)


def test_differences_are_taken_in_the_channel_that_is_stated(published):
    run = read_run(published)
    table = published_table(run, HEAVY)
    rows = {row.label.replace("§", ""): row for row in table.rows}
    assert list(rows) == ["RDMC", "PReNet", "LightNet (A)", "LightNet (C)"]
    measured = run.value(HEAVY, "rdmc", "restoration", "psnr_y")
    cells = rows["RDMC"].cells
    assert [cell.value for cell in (cells[0], cells[2])] == [measured, 30.10]
    assert cells[4].value == pytest.approx(measured - 30.10)
    assert (cells[2].text, cells[3].text) == ("30.10", "0.9")  # the digits that were published
    assert len(cells[5].figure.partition(".")[2]) == 1
    rgb = rows["PReNet"].cells
    assert rgb[0].value == run.value(HEAVY, "prenet", "restoration", "psnr_rgb")
    assert rgb[0].text.endswith("†") and rgb[4].text.endswith("†")
    assert rgb[3].text == rgb[5].figure == "\N{EN DASH}"
    unknown = rows["LightNet (A)"]
    assert unknown.cells[4].text == "\N{EN DASH}" and unknown.words[0] == "not stated"
    assert rows["LightNet (C)"].cells[4].value > 0


def test_methods_that_the_run_does_not_have_stand_below_with_what_was_published(copy_of_run):
    path = with_published(copy_of_run) / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["published"] = OF_OTHERS + PUBLISHED
    path.write_text(json.dumps(manifest))
    table = published_table(read_run(copy_of_run), HEAVY)
    assert [row.label for row in table.rows][-3:] == ["LightNet (C)§", "DRSformer", "PReNet"]
    nothing = "\N{EN DASH}"
    texts = [cell.text for cell in table.rows[-2].cells]
    assert texts == [nothing, nothing, "41.23", nothing, nothing, nothing]
    words = table.rows[-2].words
    assert words[0] == "Y" and words[3:] == ("one training a set", nothing, "[2]")
    alone = published_table_of(copy_of_run, OF_OTHERS)
    assert [row.label for row in alone.rows] == ["DRSformer", "PReNet"]
    assert alone.notes == ("[1] their table.",)


def published_table_of(folder, published):
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"published": published}))
    return published_table(read_run(folder), HEAVY)


def test_signature_protocol_and_source_are_told(published):
    table = published_table(read_run(published), HEAVY)
    assert "Measured PSNR-Y: psnr|ch:Y|range:16-235|crop:0|q:round|agg:image|v:1" in table.notes
    assert any("PReNet: 2 of 12 images failed" in note for note in table.notes)
    unknown = "not stated"
    assert table.words[:4] == ("channel", "8 bits", "script", "published training")
    ours = f"Rain200H, {HEAVY}"
    assert table.rows[0].words == ("Y", unknown, "MATLAB", unknown, ours, "[1]")
    assert table.rows[1].words == ("RGB", unknown, unknown, "retrained", ours, "[1]")
    assert table.notes[0] == "[1] the README of <them>."


def test_a_part_of_a_rain_set_has_no_difference(copy_of_run):
    with_published(copy_of_run, images_in_all=100)
    table = published_table(read_run(copy_of_run), HEAVY)
    assert {row.cells[4].text.rstrip("†") for row in table.rows} == {"\N{EN DASH}"}
    assert any("12 of 100 images" in note for note in table.notes)


def test_every_task_that_judges_restoration_is_compared(published):
    path = published / "manifest.json"
    manifest = json.loads(path.read_text())
    one = next(task for task in manifest["tasks"] if task["name"] == "restoration")
    manifest["tasks"].append(one | {"name": "rounded"})
    path.write_text(json.dumps(manifest))
    summary = pd.read_csv(published / "summary.csv")
    again = summary[summary["task"] == "restoration"].assign(task="rounded")
    again["value"] += 1
    pd.concat([summary, again]).to_csv(published / "summary.csv", index=False)
    run = read_run(published)
    table = published_table(run, HEAVY)
    assert list(dict.fromkeys(column.group for column in table.columns)) == [
        "measured, restoration",
        "measured, rounded",
        "published",
        "difference, restoration",
        "difference, rounded",
    ]
    values = [cell.value for cell in table.rows[0].cells]
    assert values[2] == values[0] + 1 == run.value(HEAVY, "rdmc", "rounded", "psnr_y")
    assert values[8] == pytest.approx(values[6] + 1) == pytest.approx(values[2] - values[4])
    assert sum("PReNet: 2 of 12 images failed (restoration)" in note for note in table.notes) == 1
    measured = [note.partition(":")[0] for note in table.notes if note.startswith("Measured")]
    assert [one for one in measured if "PSNR-Y" in one] == [
        "Measured PSNR-Y, restoration",
        "Measured PSNR-Y, rounded",
    ]


def test_nothing_published_is_no_table(run, published):
    assert published_table(run, HEAVY) is None
    assert published_table(read_run(published), LIGHT) is None


def test_files_come_and_go_with_what_was_published(published, monkeypatch):
    monkeypatch.setattr(run_report, "drawings", lambda run: iter(()))  # which take seconds
    page = write_report(published).read_text(encoding="utf-8")
    assert '<section id="published">' in page and "the README of &lt;them&gt;" in page
    rows = pd.read_csv(published / "tables" / "published.csv")
    assert rows["derainer"].tolist() == ["rdmc", "prenet", "lightnet", "lightnet"]
    assert rows["published/psnr"].tolist() == [30.1, 28.0, 27.0, 26.0]
    assert rows["published protocol"].tolist() == [one["protocol"] for one in PUBLISHED]
    assert rows["source"].unique().tolist() == ["the README of <them>"]
    assert "the README of &lt;them&gt;" in (published / "tables" / "published.md").read_text()
    assert "the README of" in (published / "tables" / "published.tex").read_text()
    manifest = json.loads((published / "manifest.json").read_text())
    (published / "manifest.json").write_text(json.dumps(manifest | {"published": []}))
    assert "Measured and published" not in write_report(published).read_text(encoding="utf-8")
    assert not list((published / "tables").glob("published.*"))
