"""Boxes are judged by pycocotools on the original JSON, errors by what the user reads."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import write_picture
from PIL import Image
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from harness.errors import ConfigError, SampleError
from harness.rain_sets.coco import CocoRainSet

CONTENT: dict[str, Any] = {
    "images": [
        {"id": 5, "file_name": "five.png", "width": 32, "height": 24},
        {"id": 3, "file_name": "three.png", "width": 32, "height": 24},
        {"id": 4, "file_name": "four.png"},
    ],
    "annotations": [
        {"id": 1, "image_id": 5, "category_id": 9, "bbox": [1, 2, 10.5, 8], "area": 60.25},
        {"id": 2, "image_id": 5, "category_id": 2, "bbox": [0, 0, 32, 24], "iscrowd": 1},
        {"id": 3, "image_id": 4, "category_id": 2, "bbox": [-0.5, 0, 33, 24]},
    ],
    "categories": [{"id": 9, "name": "car"}, {"id": 2, "name": "person"}],
}


@pytest.fixture
def content() -> dict[str, Any]:
    return copy.deepcopy(CONTENT)


def build(root: Path, content: object, **options: Any) -> CocoRainSet:
    path = root / "boxes.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    for seed, name in enumerate(("five", "three", "four")):
        if not (root / f"{name}.png").exists():
            write_picture(root / f"{name}.png", seed)
    return CocoRainSet("mine", root, path, **options)


def test_boxes_areas_and_crowds_arrive(tmp_path: Path, content: dict[str, Any]) -> None:
    rain_set = build(tmp_path, content)
    assert rain_set.ids() == ("five", "four", "three")
    assert rain_set.box_classes == ("person", "car")
    assert not rain_set.has_clean
    boxes = rain_set.load("five").boxes
    assert boxes is not None
    assert boxes.xyxy.tolist() == [[1, 2, 11.5, 10], [0, 0, 32, 24]]
    assert boxes.labels.tolist() == [1, 0]
    assert boxes.ignore.tolist() == [False, True]
    assert boxes.areas.tolist() == [60.25, 768]
    empty = rain_set.load("three").boxes
    assert empty is not None and empty.xyxy.shape == (0, 4)
    rain_set.load("four")  # half a pixel outside is rounding, not a mistake


def test_rain_is_drawn_on_the_clean_picture(tmp_path: Path, content: dict[str, Any]) -> None:
    plain = build(tmp_path, content)
    heavy = build(tmp_path, content, rain="heavy")
    sample = heavy.load("five")
    assert heavy.has_clean and sample.clean is not None
    assert np.array_equal(sample.clean, plain.load("five").rainy)
    assert not np.array_equal(sample.clean, sample.rainy)
    assert heavy.key("five") != plain.key("five")


def test_clean_pictures_under_the_same_names(tmp_path: Path, content: dict[str, Any]) -> None:
    for name in ("five", "four"):
        write_picture(tmp_path / f"clean/{name}.png", 77)
    write_picture(tmp_path / "clean/four.png", size=(24, 30))
    rain_set = build(tmp_path, content, clean_root=tmp_path / "clean")
    assert rain_set.load("five").clean is not None
    with pytest.raises(SampleError, match="must have one size"):
        rain_set.load("four")
    with pytest.raises(SampleError, match=r"clean/three\.png: no such file"):
        rain_set.load("three")
    with pytest.raises(ConfigError, match="`clean_root` or `rain`"):
        build(tmp_path, content, clean_root=tmp_path / "clean", rain="light")
    with pytest.raises(ConfigError, match="set `clean_root`"):
        build(tmp_path, content, clean_root=tmp_path / "absent")


def test_the_key_follows_the_annotations_of_its_image(
    tmp_path: Path, content: dict[str, Any]
) -> None:
    before = build(tmp_path, content)
    keys = {sample_id: before.key(sample_id) for sample_id in before.ids()}
    content["annotations"][0]["area"] = 61
    after = build(tmp_path, content)
    assert after.key("five") != keys["five"]
    assert after.key("four") == keys["four"]


def test_a_missing_picture_fails_alone(tmp_path: Path, content: dict[str, Any]) -> None:
    rain_set = build(tmp_path, content)
    (tmp_path / "three.png").unlink()
    for act in (rain_set.load, rain_set.key):
        with pytest.raises(SampleError, match=r"three\.png: no such file"):
            act("three")
    rain_set.load("five")


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"bbox": [0, 0, 40, 10]}, r"five\.png: the box \[0, 0, 40, 10\] .* leaves the 32x24"),
        ({"bbox": [-2, 0, 10, 10]}, "leaves the 32x24 picture"),
        ({"bbox": [0, 0, -1, 10]}, "annotation 1 has the bbox .* must not be negative"),
        ({"bbox": [0, float("nan"), 1, 10]}, "needs four finite numbers"),
        ({"bbox": [0, 0, 1]}, "needs four finite numbers"),
        ({"bbox": None}, "needs four finite numbers"),
        ({"area": float("nan")}, "has the area nan"),
    ],
)
def test_a_wrong_box_fails_its_image_alone(
    tmp_path: Path, content: dict[str, Any], change: dict[str, Any], cause: str
) -> None:
    content["annotations"][0].update(change)
    rain_set = build(tmp_path, content)
    with pytest.raises(SampleError, match=cause) as raised:
        rain_set.load("five")
    assert "\n" not in str(raised.value)
    rain_set.load("four")


@pytest.mark.parametrize("orientation", [1, 6])
def test_boxes_must_have_been_drawn_on_the_turned_photograph(
    tmp_path: Path, content: dict[str, Any], orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", (32, 24)).save(tmp_path / "five.jpg", exif=exif)
    content["images"][0]["file_name"] = "five.jpg"
    rain_set = build(tmp_path, content)
    if orientation == 1:
        rain_set.load("five")
        return
    with pytest.raises(SampleError, match=r"is 24x32 after .* EXIF orientation .* says 32x24"):
        rain_set.load("five")
    content["images"][0].update(width=24, height=32)
    content["annotations"] = []
    assert "EXIF" in build(tmp_path, content).load("five").notes[0]


def test_a_wrong_json_is_named_with_the_entry(tmp_path: Path, content: dict[str, Any]) -> None:
    def broken(key: str, index: int, **change: Any) -> dict[str, Any]:
        wrong = copy.deepcopy(content)
        wrong[key][index].update(change)
        return wrong

    cases = [
        ('{"images": [', "is no JSON \\(line 1, column 13"),
        ([1, 2], "has no list `images`"),
        ({**content, "categories": 3}, "has no list `categories`"),
        (broken("annotations", 0, category_id=77), "annotation 1 is of category_id 77"),
        (broken("annotations", 1, image_id=8), "annotation 2 is of image_id 8"),
        (broken("annotations", 1, id=1), "two annotations have the id 1"),
        (broken("images", 1, id=5), "two entries of `images` have the id 5"),
        (broken("images", 1, file_name="b/five.png"), "would both have the id 'five'"),
        (broken("images", 1, file_name=None), r"images\[1\] has no text `file_name`"),
        (broken("categories", 1, id="2"), r"categories\[1\] has no integer `id`"),
        (broken("annotations", 0, image_id=[5]), r"annotation 1 is of image_id \[5\]"),
        ({**content, "images": [], "annotations": []}, "`images` is empty"),
    ]
    for wrong, cause in cases:
        with pytest.raises(ConfigError, match=cause) as raised:
            build(tmp_path, wrong)
        assert "boxes.json" in str(raised.value) and "\n" not in str(raised.value)


def evaluate(truth: COCO, detections: list[dict[str, Any]]) -> np.ndarray:
    evaluation = COCOeval(truth, truth.loadRes(copy.deepcopy(detections)), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return np.asarray(evaluation.stats)


def detections_near(original: dict[str, Any]) -> list[dict[str, Any]]:
    """Shake the true boxes and mix the scores, so that AP is neither 0 nor 1."""
    rng = np.random.default_rng(0)
    found = []
    for annotation in original["annotations"]:
        for _ in range(2):
            x, y, width, height = annotation["bbox"]
            shake = rng.normal(0, 0.12, 4) * [width, height, width, height]
            box = np.array([x, y, width, height]) + shake
            box[2:] = np.maximum(box[2:], 1)
            found.append(
                {
                    "image_id": annotation["image_id"],
                    "category_id": annotation["category_id"],
                    "bbox": box.tolist(),
                    "score": float(rng.uniform()),
                }
            )
    return found


def truth_from_samples(rain_set: CocoRainSet, original: dict[str, Any]) -> COCO:
    """Write the samples' boxes back as COCO, with what `Sample` carries and nothing else."""
    category_ids = sorted(category["id"] for category in original["categories"])
    truth = {key: original[key] for key in ("info", "images", "categories")}
    truth["annotations"] = []
    for image in original["images"]:
        boxes = rain_set.load(Path(image["file_name"]).stem).boxes
        assert boxes is not None
        corners = boxes.xyxy.astype(np.float64)
        for (x1, y1, x2, y2), label, crowd, area in zip(
            corners, boxes.labels, boxes.ignore, boxes.areas, strict=True
        ):
            truth["annotations"].append(
                {
                    "id": len(truth["annotations"]) + 1,
                    "image_id": image["id"],
                    "category_id": category_ids[label],
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "area": area,
                    "iscrowd": int(crowd),
                }
            )
    coco = COCO()
    coco.dataset = truth
    coco.createIndex()
    return coco


@pytest.mark.parametrize("crowds", [False, True])
def test_ap_equals_pycocotools_on_the_original_json(
    bench_data: Path, tmp_path: Path, crowds: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = bench_data / "coco_val128"
    original = json.loads((folder / "instances_val128.json").read_text())
    if crowds:  # this part of COCO has none; every seventh box becomes one
        for annotation in original["annotations"][::7]:
            annotation["iscrowd"] = 1
    path = tmp_path / "boxes.json"
    path.write_text(json.dumps(original))
    rain_set = CocoRainSet("coco", folder / "images", path)
    assert len(rain_set.ids()) == 128 and len(rain_set.box_classes or ()) == 80
    detections = detections_near(original)
    ours = evaluate(truth_from_samples(rain_set, original), detections)
    theirs = evaluate(COCO(str(path)), detections)
    capsys.readouterr()
    assert 0.1 < theirs[0] < 0.9
    assert ours.tolist() == theirs.tolist()
