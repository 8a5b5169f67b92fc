"""The page in a real browser: what is clicked on does what it says, and nothing is asked for."""

import base64
import io
import json
import shutil
import time

import numpy as np
import pandas as pd
import pytest
from chromium import program
from PIL import Image
from synthetic_cast import BOX_CLASSES, HEAVY, LIGHT

from harness.report import run_report

pytestmark = pytest.mark.skipif(program() is None, reason="there is no Chromium on this machine")

HOSTILE = "</script><script>window.harmed=1</script><img src=x onerror=window.harmed=2>'\"&{{7*7}}"
RAINY, FIRST, LAST = 0, 1, 6
"""Rows of the page: the rainy input, RDMC, the clean image."""


@pytest.fixture(scope="module")
def folder(run_folder, tmp_path_factory):
    """A run whose class names, causes, descriptions and titles are as bad as they can be."""
    root = tmp_path_factory.mktemp("hostile") / "run"
    shutil.copytree(run_folder, root)
    path = root / "records" / "detection.parquet"
    rows = pd.read_parquet(path)
    for column in ("labels", "truth_labels", "classes"):
        rows[column] = [
            [HOSTILE if name == BOX_CLASSES[0] else name for name in names]
            if isinstance(names, np.ndarray)
            else names
            for names in rows[column]
        ]
    rows.to_parquet(path)
    for path in (root / "records").glob("*.parquet"):
        rows = pd.read_parquet(path)
        rows.loc[rows["status"] == "failed", "error"] = HOSTILE
        rows.to_parquet(path)
    manifest = json.loads((root / "manifest.json").read_text())
    manifest["description"] = manifest["rain_sets"][1]["description"] = HOSTILE
    next(one for one in manifest["derainers"] if one["name"] == "lightnet")["title"] = HOSTILE
    (root / "manifest.json").write_text(json.dumps(manifest))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_report, "_write_figures", lambda run: [])  # other tests draw them
        run_report.write_run_report(root)
    return root


@pytest.fixture
def page(chromium, folder):
    """The page as it is when it was just opened; in the end nothing may have gone wrong."""
    chromium.open(folder / "report.html")
    yield chromium
    assert chromium.problems() == []
    asked = [one for one in chromium.requests() if not one.startswith("data:")]
    assert asked == [(folder / "report.html").resolve().as_uri()]
    assert chromium.run("window.harmed") is None


def by_image(folder, task, metric, rain_set, derainer):
    rows = pd.read_parquet(folder / "records" / f"{task}.parquet")
    rows = rows[(rows["rain_set"] == rain_set) & (rows["derainer"] == derainer)]
    return dict(zip(rows["image"], rows[metric], strict=True))


def listed(page):
    """The names of the images on the shelf, in their order."""
    shown = page.run("[...document.querySelectorAll('#shelf button')].map(one => one.textContent)")
    return [one.partition("street ")[2][:2] for one in shown]


def metric_named(page, label):
    options = (
        "[...document.querySelectorAll('#by-metric option')].map(one => [one.value, one.text])"
    )
    return next(value for value, text in page.run(options) if text.endswith(label))


def stage(page):
    """The pixels of the stage."""
    page.middle("#stage")
    box = page.run(
        "JSON.parse(JSON.stringify(document.querySelector('#stage').getBoundingClientRect()))"
    )
    clip = {name: box[name] for name in ("x", "y", "width", "height")} | {"scale": 1}
    clip["y"] += page.run("scrollY")
    shot = page.ask("Page.captureScreenshot", format="png", clip=clip)["data"]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(shot))).convert("RGB")).astype(int)


def test_the_slider_follows_the_mouse_and_the_keys(page):
    def split():
        return page.run("getComputedStyle(document.querySelector('#left-pane')).clipPath")

    x, y = page.middle("#handle")
    before = split()
    page.drag((x, y), (x - 150, y))
    dragged = split()
    assert page.run("Number(document.querySelector('#split').value)") < 45 and dragged != before
    page.run("document.querySelector('#stage').focus()")
    page.key("ArrowRight")
    assert split() not in {before, dragged}


def test_a_portrait_fits_the_window(page):
    style = "document.querySelector('#stage').style"
    told = page.run(f"[{style}.getPropertyValue('--shape'), {style}.getPropertyValue('--ratio')]")
    width, height = map(float, told[0].split("/"))
    assert float(told[1]) == pytest.approx(width / height, abs=1e-3)
    high = "document.querySelector('#stage').getBoundingClientRect().height / innerHeight"
    page.run(f"{style}.setProperty('--shape', '2 / 3'); {style}.setProperty('--ratio', 2 / 3)")
    assert page.run(high) < 0.8
    page.run(
        f"{style}.setProperty('--shape', '{told[0]}'); {style}.setProperty('--ratio', {told[1]})"
    )


def test_both_pictures_zoom_and_move_together(page):
    moved = "[...document.querySelectorAll('.moved')].map(one => getComputedStyle(one).transform)"
    page.run("document.querySelector('#stage').focus()")
    page.key("+")
    zoomed = page.run(moved)
    assert zoomed[0] == zoomed[1] and zoomed[0].startswith("matrix(1.5")
    page.choose("#mode", "beside")
    x, y = page.middle("#right-pane")
    page.drag((x, y), (x - 30, y - 20))
    panned = page.run(moved)
    assert panned[0] == panned[1] != zoomed[0]
    page.click("#whole")
    assert page.run(moved) == ["matrix(1, 0, 0, 1, 0, 0)"] * 2


def test_the_difference_of_a_picture_to_itself_is_black(page):
    page.choose("#mode", "difference")
    page.choose("#left-row", LAST)
    page.choose("#right-row", LAST)
    assert stage(page).max() <= 8  # where the panes' edges fall between pixels
    page.choose("#left-row", RAINY)
    assert stage(page).mean() > 3


def test_images_are_in_the_order_that_is_asked_for(page, folder):
    page.choose("#of-set", 0)
    page.choose("#of-row", FIRST)
    page.choose("#by-metric", metric_named(page, "SSIM-Y"))
    values = by_image(folder, "restoration", "ssim_y", HEAVY, "rdmc")
    rainy = by_image(folder, "restoration", "ssim_y", HEAVY, "rainy")
    gains = {image: value - rainy[image] for image, value in values.items()}
    for how, of in {"best": values, "worst": values, "gain": gains, "harm": gains}.items():
        page.choose("#by-how", how)
        ordered = sorted(of, key=of.get, reverse=how in {"best", "gain"})
        assert len(ordered) == 12 and listed(page) == [image[-2:] for image in ordered]


def test_images_are_found_by_name_and_shown_by_a_click(page):
    page.type("#by-name", "street 1")
    assert listed(page) == ["10", "11"]
    name = "document.querySelector('#image-name').textContent.slice(-9)"
    page.click("#shelf li:nth-child(2) button")
    assert page.becomes(name, "street 11")
    page.run("document.querySelector('#stage').focus()")
    page.key("p")
    assert page.becomes(name, "street 10")


def test_a_harmed_image_is_compared_with_the_rain_by_a_click(page, folder):
    harmed = pd.read_csv(folder / "harmed.csv")
    worst = harmed[(harmed["rain_set"] == LIGHT) & (harmed["metric"] == "psnr_y")].nsmallest(
        1, "gain"
    )
    page.type("#by-name", "no such name")
    page.click("#most-harmed h3 ~ h3 + ul li:first-child a")
    name = worst["image"].item()
    assert page.becomes("document.querySelector('#image-name').textContent", f"{LIGHT}: {name}")
    assert page.run("document.activeElement.id") == "image-name"
    assert len(listed(page)) == 12
    shown = [
        page.run(f"document.querySelector('#{side}-row').selectedOptions[0].text")
        for side in ("left", "right")
    ]
    assert shown == ["Rainy input", "Guided filter"] and worst["derainer"].item() == "oldfilter"
    figures = "[...document.querySelectorAll('#most-harmed h3 ~ h3 + ul li:first-child img')]"
    sources = page.run(f"{figures}.map(one => one.src)")
    panes = "['left', 'right'].map(side => document.querySelector(`#${side}-pane img`).src)"
    assert page.run(panes) == sources and len(set(sources)) == 2


def test_boxes_are_switched_on_and_off(page):
    """The counts against the definition, from the records: the truth has four objects."""
    page.choose("#of-set", 0)
    page.choose("#left-row", LAST)
    counts = {}
    for kind in ("true", "found", "missed", "invented"):
        page.click(f"#boxes .{kind} input")
        counts[kind] = page.run(f"document.querySelectorAll('#left-pane rect.{kind}').length")
        page.click(f"#boxes .{kind} input")
        assert page.run("document.querySelectorAll('#left-pane rect').length") == 0
    assert counts["true"] == 4 == counts["found"] + counts["missed"]
    page.click("#boxes .true input")
    labels = page.run(
        "[...document.querySelectorAll('#left-pane text')].map(one => one.textContent)"
    )
    assert HOSTILE in labels


def test_what_tasks_drew_is_switched_on_where_it_was_kept(page):
    source = "document.querySelector('#left-pane img').src"
    plain = page.run(source)
    assert page.run("[...document.querySelectorAll('#layer option')].map(one => one.text)") == [
        "nothing", "detection", "segmentation", "segmentation: the truth",
    ]  # fmt: skip
    page.choose("#layer", 2)
    assert page.run(source) not in {plain, ""} and page.run(source).startswith("data:image/jpeg")


@pytest.fixture
def fifth(chromium, folder):
    """The page at an image that is no example; in the end nothing may have gone wrong."""
    chromium.open(folder / "report.html")
    chromium.click("#shelf li:nth-child(6) button")
    assert chromium.becomes("document.querySelector('#image-name').textContent.slice(-2)", "05")
    yield chromium
    assert chromium.problems() == []


def becomes_another(page, before):
    """The stage when what was chosen has been decoded: its pixels are others."""
    for _ in range(100):
        after = stage(page)
        if (after != before).any():
            return after
        time.sleep(0.05)
    raise AssertionError("the stage stays as it was")


def test_label_maps_lie_over_an_image_that_is_no_example(fifth, folder):
    fifth.choose("#mode", "beside")
    plain = stage(fifth)
    fifth.choose("#layer", 2)
    laid = becomes_another(fifth, plain)
    assert (np.abs(laid - plain).max(axis=2) > 8).mean() > 0.5  # maps are all over the picture
    fifth.choose("#layer", "truth of 2")
    assert (becomes_another(fifth, laid) != laid).any()
    fifth.choose("#layer", -1)
    assert np.array_equal(becomes_another(fifth, laid), plain)
    asked = {one for one in fifth.requests() if not one.startswith("data:")}
    drawn = (folder / "previews" / HEAVY / "drawn" / "segmentation").resolve().as_uri()
    assert len(asked) == 4 and sum(one.startswith(drawn) for one in asked) == 3


def test_label_maps_take_part_in_the_difference_and_the_zoom(fifth):
    fifth.choose("#mode", "difference")
    fifth.choose("#left-row", FIRST)
    fifth.choose("#right-row", LAST)
    plain = stage(fifth)
    fifth.choose("#layer", 2)
    laid = becomes_another(fifth, plain)
    assert (laid - plain).max() > 100  # where the classes differ
    fifth.choose("#layer", "truth of 2")
    true = becomes_another(fifth, laid)
    assert true.mean() < 0.5 * plain.mean()  # the same colours over both, of 65 % opacity
    assert "Bright is where the two differ" in fifth.run(
        "document.querySelector('#said').textContent"
    )
    fifth.click("#closer")
    sizes = fifth.run(
        "[...document.querySelectorAll('#left-pane img')].map(one => one.getBoundingClientRect())"
        ".map(box => [box.left, box.top, box.width, box.height].join())"
    )
    assert len(sizes) == 2 and sizes[0] == sizes[1]


def test_colours_of_label_maps_are_told_beside_them(fifth, folder):
    told = "[...document.querySelectorAll('#layer-legend li')].map(one => one.textContent)"
    assert fifth.run(told) == []
    fifth.choose("#layer", 2)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert fifth.run(told) == list(manifest["tasks"][2]["legends"][HEAVY])
    fifth.choose("#layer", -1)
    assert fifth.run(told) == []


def test_label_maps_that_are_not_beside_the_page_are_missed_in_words(chromium, folder, tmp_path):
    shutil.copy(folder / "report.html", tmp_path)
    chromium.open(tmp_path / "report.html")
    chromium.click("#shelf li:nth-child(6) button")
    chromium.choose("#layer", 2)
    said = "document.querySelector('#said').textContent"
    assert chromium.becomes(
        said, "What segmentation drew is not beside this page: take previews/ along. "
    )
    assert chromium.run("document.querySelectorAll('#left-pane img').length") == 1
    chromium.choose("#layer", -1)
    assert chromium.run(said) == ""
    thrown = [one for one in chromium.problems() if "entry" not in one]
    assert thrown == [] and len(chromium.problems()) == 2  # each file is asked for once


def test_a_failed_image_says_why(page):
    page.choose("#of-set", 1)
    assert page.run("document.querySelector('#of-set').selectedOptions[0].text") == LIGHT
    page.choose("#left-row", 3)
    assert HOSTILE in page.run("document.querySelector('#left-pane .blank').textContent")


def test_tables_are_sorted_by_a_click_on_a_head(page):
    table = "document.querySelector('#results table')"
    column = (
        f"[...{table}.tBodies].map(body => [...body.rows].map(row => row.cells[1].textContent))"
    )
    references, before = page.run(column)
    head = "#results table thead tr:last-child th:nth-child(2)"
    page.click(f"{head} button")
    assert page.becomes(f"document.querySelector({head!r}).ariaSort", "descending")
    kept, falling = page.run(column)
    page.click(f"{head} button")
    assert page.becomes(f"document.querySelector({head!r}).ariaSort", "ascending")
    _, rising = page.run(column)
    numbers = [float(text.strip("†▼")) for text in falling]
    assert numbers == sorted(numbers, reverse=True) and sorted(falling) == sorted(before)
    assert rising[0] == falling[-1] and sorted(kept) == sorted(references)


def test_a_search_leaves_some_derainers_in_every_table(page):
    page.type("#only", "rdmc, filter")
    for section in ("#results", "#recovered", "#quality"):
        shown = page.run(
            f"[...document.querySelector('{section} table').querySelectorAll('tbody tr')]"
            ".filter(row => row.offsetHeight && !row.classList.contains('reference'))"
            ".map(row => row.cells[0].textContent)"
        )
        assert [name.rstrip("§") for name in shown] == ["RDMC", "Guided filter"]
    assert page.run("document.querySelector('.filter [role=status]').textContent").startswith(
        "2 of"
    )


@pytest.fixture
def telephone(page):
    """The page on a narrow screen that is touched."""
    size = {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    page.ask("Emulation.setDeviceMetricsOverride", **size)
    page.ask("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=2)
    yield page
    page.ask("Emulation.setTouchEmulationEnabled", enabled=False)
    page.ask("Emulation.clearDeviceMetricsOverride")


def test_the_page_is_no_wider_than_a_telephone(telephone):
    assert telephone.run("document.documentElement.scrollWidth") <= 400


def test_the_slider_follows_a_finger_and_two_fingers_zoom(telephone):
    x, y = telephone.middle("#stage")
    telephone.touch("touchStart", (x, y))
    telephone.touch("touchMove", (x - 60, y))
    telephone.touch("touchMove", (x - 100, y))
    telephone.touch("touchEnd")
    width = telephone.run("document.querySelector('#right-pane').clientWidth")
    split = telephone.run("Number(document.querySelector('#split').value)")
    assert split == pytest.approx(50 - 100 * 100 / width, abs=1)
    telephone.touch("touchStart", (x - 40, y))
    telephone.touch("touchStart", (x - 40, y), (x + 40, y))
    telephone.touch("touchMove", (x - 40, y), (x + 80, y))
    telephone.touch("touchMove", (x - 40, y), (x + 120, y))
    telephone.touch("touchEnd")
    moved = telephone.run("getComputedStyle(document.querySelector('.moved')).transform")
    zoom = float(moved.removeprefix("matrix(").partition(",")[0])
    assert zoom == pytest.approx(160 / 80, abs=0.1)
