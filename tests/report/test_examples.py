import base64
import io

import numpy as np
from PIL import Image
from synthetic_run import BOX_CLASSES, HEAVY, LABEL_CLASSES

from harness.report.page.examples import examples, legends
from harness.report.page.pictures import WIDTH, blend, confident_detections, draw_boxes, true_boxes
from harness.report.plots.palette import CAMVID, label_colours


def decoded(picture):
    content = base64.b64decode(picture.source.removeprefix("data:image/jpeg;base64,"))
    return Image.open(io.BytesIO(content))


def row(boxes, scores, labels):
    return {"boxes": np.asarray(boxes, np.float32), "scores": scores, "labels": labels}


def test_unsure_detections_are_not_drawn_and_the_surest_is_on_top():
    found = confident_detections(row(range(12), [0.9, 0.29, 0.3], ["a", "b", "c"]))
    assert [box.label for box in found] == ["c", "a"]
    assert found[1][:4] == (0, 1, 2, 3)


def test_ignored_objects_are_no_truth_to_be_found():
    boxes = true_boxes(
        {
            "truth_boxes": np.arange(8.0),
            "truth_labels": ["car", "bus"],
            "truth_ignore": [True, False],
        }
    )
    assert [box.label for box in boxes] == ["bus"]


def test_boxes_stand_where_the_records_say():
    black = Image.new("RGB", (WIDTH, 300))
    found = confident_detections(row([100, 80, 200, 180], [0.9], ["car"]))
    pixels = np.asarray(draw_boxes(black, found, {"car": (255, 194, 10)}))
    colour = (255, 194, 10)
    assert tuple(pixels[130, 100]) == tuple(pixels[179, 150]) == colour
    assert tuple(pixels[130, 150]) == (0, 0, 0)
    assert tuple(pixels[250, 150]) == (0, 0, 0)


def test_label_maps_are_blended_in_camvids_colours_and_ignore_stays_bare(tmp_path):
    road = LABEL_CLASSES.index("road")
    labels = np.full((4, 6), road, np.uint8)
    labels[:, :2] = 255
    Image.fromarray(labels).save(tmp_path / "labels.png")
    palette = list(label_colours(LABEL_CLASSES).values())
    scene = Image.new("RGB", (6, 4), (100, 100, 100))
    pixels = np.asarray(blend(scene, tmp_path / "labels.png", palette))
    assert (pixels[:, :2] == 100).all()
    expected = 0.35 * 100 + 0.65 * np.asarray(CAMVID["road"])
    assert np.abs(pixels[:, 2:] - expected).max() <= 0.5


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
    found = legends(run)
    assert [swatch.name for swatch in found["detection"]] == list(BOX_CLASSES)
    assert found["segmentation"][3] == ("road", "#804080")
