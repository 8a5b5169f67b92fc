"""What the page's browser of images is given: within the page, beside it, or not at all."""

import json
import math
import shutil
from urllib.parse import unquote

import pytest
from synthetic_cast import HEAVY, IMAGES, LIGHT

from harness.report.page import browser as module
from harness.report.page.browser import browser
from harness.report.page.run_page import as_data
from harness.run_folder.run_data import read_run
from harness.task import Mark
from tasks.detection import DetectionTask


@pytest.fixture
def content(run):
    return browser(run, [])


def test_every_image_is_there_with_a_picture_of_every_row(content):
    assert len(content["images"]) == 2 * IMAGES
    image = next(one for one in content["images"] if not any(one["causes"]))
    assert all(one.startswith("data:image/webp;base64,") for one in image["pictures"])
    assert image["size"] == (320, 192)


def test_what_finds_no_room_is_linked_and_rain_sets_take_turns(run, monkeypatch):
    pictures = (run.directory / "previews" / HEAVY).glob("*/*05.webp")
    one_image = sum(4 * path.stat().st_size // 3 for path in pictures)
    images = browser(run, [])["images"]
    without = len(json.dumps([one | {"pictures": []} for one in images]))
    monkeypatch.setattr(module, "ROOM", without + 4 * one_image)
    shown = browser(run, [])["images"]
    inside = [one["set"] for one in shown if one["pictures"][0].startswith("data:")]
    assert set(inside) == {0, 1} and 3 <= len(inside) < IMAGES
    linked = next(one for one in shown if not one["pictures"][0].startswith("data:"))
    assert linked["pictures"][0].startswith("previews/")
    assert "%252F" in linked["pictures"][0]  # the file's name has a %2F for the slash of its id


def test_values_are_of_the_image_and_infinite_ones_are_said(content, run):
    place = [one["label"] for one in content["metrics"]].index("PSNR-Y")
    image = next(one for one in content["images"] if one["set"] == 0)
    rows = run.records("restoration", None, [("rain_set", "==", HEAVY)])
    rows = rows[(rows["image"] == image["name"]) & (rows["derainer"] == "rdmc")]
    assert image["values"][place][1] == rows["psnr_y"].item()
    assert image["values"][place][-1] == "inf"


def test_images_have_figures_of_every_task_of_their_own(content):
    labels = [one["label"] for one in content["metrics"]]
    assert {"PSNR-Y", "AP", "mIoU", "objects missed"} <= set(labels)
    image = next(one for one in content["images"] if one["set"] == 0)
    ap = [image["values"][labels.index("AP")][content["rows"].index(row)] for row in ("RDMC",)]
    assert all(0 < one <= 1 for one in ap)


def test_failed_images_have_their_cause(content):
    lightnet = content["rows"].index("LightNet")
    causes = [one["causes"][lightnet] for one in content["images"] if one["set"] == 1]
    assert len(causes) == IMAGES and all("damaged or truncated" in cause for cause in causes)
    assert content["sets"][1]["name"] == LIGHT


def test_drawings_are_found_beside_the_page(content, run):
    """As the script does: the folder of the row, and the image's file in it."""
    at = content["tasks"].index("segmentation")
    assert [bool(layer["truth"]) for layer in content["sets"][0]["layers"]] == [False, False, True]
    layer = content["sets"][0]["layers"][at]
    of_set = [one for one in content["images"] if one["set"] == 0]
    shown = [(one, row) for one in of_set for row, it in enumerate(one["drawn"][at]) if it is True]
    places = [layer["rows"][row] + one["file"] for one, row in shown]
    places += [layer["truth"] + one["file"] for one in of_set if one["truth"][at]]
    found = {run.directory / unquote(place) for place in places}
    assert found == set((run.directory / "previews" / HEAVY / "drawn").glob("**/*.webp"))
    assert len(found) > 6 * IMAGES
    assert layer["legend"][3] == ["road", "#707076"]


def test_an_older_folder_has_no_drawings_beside_its_page(copy_of_run):
    shutil.rmtree(copy_of_run / "previews" / HEAVY / "drawn")
    content = browser(read_run(copy_of_run), [])
    drawn = [rows for one in content["images"] for rows in (*one["drawn"], one["truth"])]
    assert not any(map(any, drawn))


def test_a_run_without_pictures_has_no_browser(copy_of_run):
    (copy_of_run / "examples" / "index.json").unlink()
    (copy_of_run / "previews").rename(copy_of_run / "elsewhere")
    assert browser(read_run(copy_of_run), []) is None


def test_data_cannot_leave_its_script():
    text = as_data({"name": "</script><!--<script>&"})
    assert not set("<>&") & set(text) and json.loads(text) == {"name": "</script><!--<script>&"}


def test_all_of_it_keeps_to_its_room(run, monkeypatch):
    monkeypatch.setattr(module, "ROOM", 200_000)
    content = browser(run, [])
    assert 150_000 < len(json.dumps(content["images"])) < 210_000


@pytest.mark.parametrize(
    ("kind", "left", "said"), [("lost", 0.0, "one of the kinds"), ("true", math.nan, "numbers")]
)
def test_boxes_that_no_page_can_draw_are_told(run, monkeypatch, kind, left, said):
    bad = Mark(left, 0.0, 1.0, 1.0, "car", kind)
    monkeypatch.setattr(DetectionTask, "marks", classmethod(lambda cls, row: [bad]))
    content = browser(run, [])
    (first, _) = content["troubles"]
    assert said in first and first.startswith(f"detection on {HEAVY}: no figures of single images")
    as_data(content)


@pytest.mark.parametrize(("better", "directions"), [(True, [1, -1, -1]), (None, [0, 0, 0])])
def test_counts_of_boxes_are_ranked_where_the_task_ranks(copy_of_run, better, directions):
    path = copy_of_run / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["tasks"][1]["metrics"]["ap"]["higher_is_better"] = better
    path.write_text(json.dumps(manifest))
    metrics = browser(read_run(copy_of_run), [])["metrics"]
    counted = [one["better"] for one in metrics if one["label"].startswith("objects")]
    assert counted == directions
