import base64
import io
import json

import numpy as np
from PIL import Image
from synthetic_cast import BOX_CLASSES, HEAVY, LIGHT

from harness.report.page import examples as module
from harness.report.page.examples import examples, legends
from harness.report.page.pictures import WIDTH, lay_over
from harness.run_folder.run_data import read_run


def decoded(picture):
    content = base64.b64decode(picture.source.removeprefix("data:image/jpeg;base64,"))
    return Image.open(io.BytesIO(content))


def test_a_drawing_lies_over_the_picture_at_its_own_size(tmp_path):
    overlay = np.zeros((8, 12, 4), np.uint8)
    overlay[:, :6] = (200, 0, 0, 255)
    overlay[:, 6:9] = (0, 200, 0, 102)
    Image.fromarray(overlay).save(tmp_path / "drawn.png")
    scene = Image.new("RGB", (6, 4), (100, 100, 100))
    pixels = np.asarray(lay_over(scene, tmp_path / "drawn.png")).astype(int)
    assert pixels.shape == (8, 12, 3)
    assert (pixels[:, :6] == (200, 0, 0)).all() and (pixels[:, 9:] == 100).all()
    assert np.abs(pixels[:, 6:9] - (60, 140, 60)).max() <= 1


def test_an_example_shows_everyone_and_says_who_failed(run):
    shown = {(one.rain_set, one.image): one for one in examples(run)}
    first = shown[HEAVY, "stree/street 00"]
    assert [view.label for view in first.views] == [
        "Rainy input",
        "RDMC",
        "PReNet",
        "LightNet",
        "Guided filter",
        "A&B_<Net> 5% $x$ #1",
        "Clean image",
        "Truth",
    ]
    assert [picture.layer for picture in first.views[1].pictures] == [
        "",
        "detection",
        "segmentation",
    ]
    assert first.views[1].remark.startswith("PSNR-Y ") and first.views[1].remark.endswith(" dB")
    prenet = shown[HEAVY, "stree/street 04"].views[2]
    assert prenet.pictures == () and "NaN or infinite" in prenet.blank


def test_pictures_are_of_a_reasonable_size(run):
    pictures = [one for shown in examples(run) for view in shown.views for one in view.pictures]
    assert all(decoded(one).size == (one.width, one.height) for one in pictures)
    assert {one.width for one in pictures} == {WIDTH}
    assert max(len(one.source) for one in pictures) < 120_000


def test_legends_name_the_classes(run):
    detection, segmentation = legends(run)
    assert [swatch.name for swatch in detection.swatches] == list(BOX_CLASSES)
    assert segmentation.title == "segmentation"
    assert segmentation.swatches[3] == ("road", "#707076")


def test_legends_that_differ_by_rain_set_say_which(copy_of_run):
    path = copy_of_run / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["tasks"][1]["legends"][LIGHT] = {"boat": [1, 2, 3]}
    path.write_text(json.dumps(manifest))
    titles = [one.title for one in legends(read_run(copy_of_run))]
    assert titles == [f"detection on {HEAVY}", f"detection on {LIGHT}", "segmentation"]


def test_of_many_derainers_fewer_examples_are_shown_but_one_of_each_rain_set(run, monkeypatch):
    monkeypatch.setattr(module, "ROOM", 1)
    assert [(one.rain_set, one.image[-2:]) for one in examples(run)] == [
        (HEAVY, "00"),
        (LIGHT, "00"),
    ]
