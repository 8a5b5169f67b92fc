"""Which images the page shows as harmed most, and with which pictures."""

import copy
import math

import pytest
from synthetic_cast import HEAVY, LIGHT

from harness.report.page import most_harmed as module
from harness.report.page.browser import browser
from harness.report.page.most_harmed import most_harmed
from harness.run_folder.previews import preview_path
from harness.run_folder.run_data import read_run
from harness.run_folder.summary import Harmed


def harmed(task, metric, derainer, image, rainy, derained, rain_set=HEAVY, sign=1):
    name = f"{rain_set[:5]}/street {image:02d}"
    return Harmed(
        rain_set, derainer, task, metric, name, rainy, derained, sign * (derained - rainy)
    )


FOUND = [
    *(harmed("restoration", "psnr_y", "rdmc", at, 24.0, 23.0 - at / 10) for at in range(5)),
    harmed("restoration", "psnr_y", "lightnet", 0, math.inf, 30.0),
    harmed("restoration", "psnr_y", "lightnet", 1, 24.0, 23.999),  # prints as no loss
    harmed("restoration", "ssim_y", "lightnet", 2, 0.9, 0.1),  # not the first metric
    harmed("detection", "ap", "rdmc", 4, 0.5, 0.2),
    harmed("detection", "ap", "oldfilter", 7, 0.5, 0.25),
    harmed("segmentation", "miou", "rdmc", 11, 0.6, 0.55),
]


@pytest.fixture
def with_harm(run):
    """The synthetic run with other harm in it."""

    def made(found, of=run):
        told = copy.copy(of)
        told.harmed = found
        return told

    return made


def test_tasks_take_turns_and_every_loss_of_an_image_is_told(with_harm):
    (heavy,) = most_harmed(with_harm(FOUND)).sets
    assert heavy.rain_set == HEAVY and heavy.place == 0 and heavy.remark == ""
    assert [(one.label, one.image[-2:]) for one in heavy.images] == [
        ("LightNet", "00"),
        ("RDMC", "04"),
        ("RDMC", "11"),
        ("RDMC", "03"),  # RDMC's 04 is there
        ("Guided filter", "07"),
        ("RDMC", "02"),
    ]
    assert heavy.images[0].losses == (
        "restoration: PSNR-Y ∞ dB in the rain, 30.00 dB derained, worse by ∞ dB",
    )
    assert heavy.images[1].losses == (
        "restoration: PSNR-Y 24.00 dB in the rain, 22.60 dB derained, worse by 1.40 dB",
        "detection: AP 0.500 in the rain, 0.200 derained, worse by 0.300",
    )


def test_each_has_its_two_pictures_and_each_picture_one_place_on_the_page(with_harm):
    found = [harmed("detection", "ap", name, 5, 0.5, 0.2) for name in ("rdmc", "oldfilter")]
    told = with_harm(found)
    shown = most_harmed(told)
    pictures = [
        view.pictures[0] for one in shown.sets[0].images for view in one.views
    ]  # rainy, RDMC, rainy, Guided filter
    assert [one.anchor for one in pictures] == ["harmed-1", "harmed-2", "", "harmed-3"]
    assert pictures[0].source == pictures[2].source
    assert [one.alternative for one in pictures[:2]] == [
        "stree/street 05: Rainy input",
        "stree/street 05: RDMC",
    ]
    assert all(one.source.startswith("data:image/webp;base64,") for one in pictures)
    content = browser(told, [], shown.anchors)
    image = next(one for one in content["images"] if one["name"] == "stree/street 05")
    rows = [content["rows"].index(name) for name in ("Rainy input", "RDMC", "Guided filter")]
    assert [image["pictures"][row] for row in rows] == ["#harmed-1", "#harmed-2", "#harmed-3"]
    assert [one.row for one in shown.sets[0].images] == rows[1:]


def test_pictures_that_find_no_room_are_linked(with_harm, monkeypatch):
    monkeypatch.setattr(module, "ROOM", 0)
    ((one,),) = (of_set.images for of_set in most_harmed(with_harm(FOUND[-1:])).sets)
    assert one.views[0].pictures[0].source.startswith("previews/streets-heavy/rainy/")


def test_images_without_a_picture_are_left_out_and_counted(copy_of_run, with_harm):
    preview_path(copy_of_run, HEAVY, "rdmc", "stree/street 04").unlink()
    (heavy,) = most_harmed(with_harm(FOUND, read_run(copy_of_run))).sets
    assert ("RDMC", "stree/street 04") not in [(one.label, one.image) for one in heavy.images]
    assert "harmed.csv has 1 more" in heavy.remark


def test_without_pictures_the_list_stands_alone(copy_of_run, with_harm):
    (copy_of_run / "previews").rename(copy_of_run / "elsewhere")
    shown = most_harmed(with_harm(FOUND, read_run(copy_of_run)))
    (heavy,) = shown.sets
    assert [one.image[-2:] for one in heavy.images] == ["00", "04", "11", "03", "07", "02"]
    assert not any(one.views for one in heavy.images) and shown.anchors == {}
    assert heavy.remark == "No pictures of them were kept."


def test_a_metric_of_which_less_is_better_is_harmed_where_it_rises(with_harm, run):
    (task,) = [task for task in run.tasks if task.name == "detection"]
    name = task.headline[0]
    task = task.model_copy(
        update={"metrics": {name: task.metric(name).__class__("error", higher_is_better=False)}}
    )
    told = with_harm([harmed("detection", name, "rdmc", 1, 0.2, 0.5, LIGHT, sign=-1)])
    told.tasks = (task,)
    ((one,),) = (of_set.images for of_set in most_harmed(told).sets)
    assert one.losses == ("detection: error 0.200 in the rain, 0.500 derained, worse by 0.300",)


def test_a_run_without_harm_has_no_such_section(with_harm):
    assert most_harmed(with_harm([])).sets == []
