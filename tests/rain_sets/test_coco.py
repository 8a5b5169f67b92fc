"""Boxes are judged by pycocotools on the original JSON, errors by what the user reads."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ap_by_pycocotools import detections_near, evaluate, truth_from_samples
from pictures import write_picture
from PIL import Image
from pycocotools.coco import COCO

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
        ({"bbox": [40, 0, 4, 4]}, r"five\.png: the box \[40, 0, 4, 4\] .* lies outside the 32x24"),
        ({"bbox": [0, -9, 10, 7]}, "lies outside the 32x24 picture"),
        ({"iscrowd": "perhaps"}, "annotation 1 has the iscrowd 'perhaps': it must be 0 or 1"),
        ({"ignore": 2}, "annotation 1 has the ignore 2: it must be 0 or 1"),
        ({"bbox": [True, 0, 1, 1]}, "needs four finite numbers"),
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
        (broken("images", 1, file_name="five.png"), "two entries .* the file_name 'five.png'"),
        (broken("images", 1, file_name=r".\\five.png"), "two entries .* the file_name 'five.png'"),
        (broken("images", 1, file_name=None), r"images\[1\] has no text `file_name`"),
        (broken("categories", 1, id="two"), r"categories\[1\] has no integer `id`"),
        (broken("annotations", 0, image_id=[5]), r"annotation 1 is of image_id \[5\]"),
        ({**content, "images": [], "annotations": []}, "`images` is empty"),
        ('{"images": [], "images": []}', "has the key 'images' twice"),
        ("version https://git-lfs.github.com/spec/v1", "pointer of Git LFS"),
        (
            "<annotation><object/></annotation>",
            "is XML: give PASCAL VOC .* `boxes: {voc: FOLDER}` of `layout: files`",
        ),
    ]
    for wrong, cause in cases:
        with pytest.raises(ConfigError, match=cause) as raised:
            build(tmp_path, wrong)
        assert "boxes.json" in str(raised.value) and "\n" not in str(raised.value)


def test_boxes_may_go_on_beyond_a_picture_of_the_stated_size(
    tmp_path: Path, content: dict[str, Any]
) -> None:
    content["annotations"][0]["bbox"] = [-6, 2, 50, 40]
    boxes = build(tmp_path, content).load("five").boxes
    assert boxes is not None and boxes.xyxy[0].tolist() == [-6, 2, 44, 42]
    del content["images"][0]["width"]
    with pytest.raises(
        SampleError, match=r"five\.png: the box \[-6, 2, 50, 40\] .* leaves the 32x24"
    ):
        build(tmp_path, content).load("five")


def test_numbers_and_flags_may_be_text(tmp_path: Path, content: dict[str, Any]) -> None:
    plain = build(tmp_path, content)
    key = plain.key("five")
    for image in content["images"]:
        image.update({side: str(image[side]) for side in ("width", "height") if side in image})
        image["id"] = str(image["id"])
    for category in content["categories"]:
        category["id"] = float(category["id"])
    for annotation in content["annotations"]:
        annotation["bbox"] = [str(side) for side in annotation["bbox"]]
        annotation["iscrowd"] = str(annotation.get("iscrowd", 0))
        annotation["category_id"] = str(annotation["category_id"])
        annotation["image_id"] = str(annotation["image_id"])
    assert build(tmp_path, content).key("five") == key
    content["images"][0]["width"] = "64"
    with pytest.raises(SampleError, match=r"is 32x24, and boxes\.json says 64x24"):
        build(tmp_path, content).load("five")


@pytest.mark.parametrize("flag", ["iscrowd", "ignore"])
@pytest.mark.parametrize("value", [1, "1", True, "true", 1.0])
def test_what_need_not_be_found(
    tmp_path: Path, content: dict[str, Any], flag: str, value: object
) -> None:
    content["annotations"][0][flag] = value
    boxes = build(tmp_path, content).load("five").boxes
    assert boxes is not None and boxes.ignore.tolist() == [True, True]


def test_categories_of_one_name_are_one_class(tmp_path: Path, content: dict[str, Any]) -> None:
    content["categories"].append({"id": 0, "name": " person"})
    content["annotations"][0]["category_id"] = 0
    rain_set = build(tmp_path, content)
    assert rain_set.box_classes == ("person", "car")
    boxes = rain_set.load("five").boxes
    assert boxes is not None and boxes.labels.tolist() == [0, 0]
    assert any("0, 2 are all called 'person'" in notice for notice in rain_set.notices)


def test_images_of_one_name_get_their_folders(tmp_path: Path, content: dict[str, Any]) -> None:
    for seed, folder in enumerate("ab"):
        write_picture(tmp_path / folder / "1.png", seed)
    content["images"][0]["file_name"] = "a/1.png"
    content["images"][1]["file_name"] = r"b\1.png"
    rain_set = build(tmp_path, content)
    assert rain_set.ids() == ("a/1", "b/1", "four")
    assert rain_set.key("a/1") != rain_set.key("b/1")


@pytest.mark.parametrize(
    ("file_name", "cause"),
    [
        ("@ROOT@/clean/five.png", "is an absolute path"),
        (r"C:\pictures\five.png", "is an absolute path"),
        (r"\\server\share\five.png", "is an absolute path"),
        ("../clean/five.png", r"leaves the folder with `\.\.`"),
        (r"sub\..\..\clean\five.png", r"leaves the folder with `\.\.`"),
        ("linked/five.png", "a link leads out of"),
        ("link.png", "a link leads out of"),
    ],
)
def test_a_picture_stays_inside_its_folder(
    tmp_path: Path, content: dict[str, Any], file_name: str, cause: str
) -> None:
    root = tmp_path / "rainy"
    write_picture(tmp_path / "clean/five.png")
    write_picture(root / "three.png")
    (root / "linked").symlink_to(tmp_path / "clean")
    (root / "link.png").symlink_to(tmp_path / "clean/five.png")
    content["images"][0]["file_name"] = file_name.replace("@ROOT@", str(tmp_path))
    rain_set = build(root, content)
    (sample_id,) = {*rain_set.ids()} - {"three", "four"}
    for act in (rain_set.load, rain_set.key):
        with pytest.raises(SampleError, match=cause):
            act(sample_id)
    rain_set.load("three")


@pytest.mark.parametrize(
    ("folder", "stored"),
    [
        ("pictures", ".git/annex/objects/aa/five.png"),
        ("pictures", ".dvc/cache/files/md5/aa/five"),
        ("hub/datasets--a--b/snapshots/1f/pictures", "hub/datasets--a--b/blobs/0a1b"),
    ],
)
def test_links_into_a_store_of_contents_are_files(
    tmp_path: Path, content: dict[str, Any], folder: str, stored: str
) -> None:
    write_picture(tmp_path / stored)
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "five.png").symlink_to(tmp_path / stored)
    rainy = build(tmp_path / folder, content).load("five").rainy
    np.testing.assert_array_equal(rainy, np.asarray(Image.open(tmp_path / stored)))


@pytest.mark.parametrize(
    ("folder", "elsewhere"),
    [
        ("blobs/mine/rainy", "blobs/mine/clean/five.png"),
        ("rainy", "datasets--a--b/blobs/0a1b"),
        ("datasets--a--b/snapshots/1f", "datasets--a--c/blobs/0a1b"),
        ("datasets--a--b/snapshots/1f", "datasets--a--b/blobs/more/0a1b"),
        ("mine/rainy", "other/.git/annex/objects/aa/five.png"),
        ("mine/rainy", "other/.dvc/cache/files/md5/aa/five"),
    ],
)
def test_other_links_lead_out(
    tmp_path: Path, content: dict[str, Any], folder: str, elsewhere: str
) -> None:
    write_picture(tmp_path / elsewhere)
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "five.png").symlink_to(tmp_path / elsewhere)
    with pytest.raises(SampleError, match="a link leads out of"):
        build(tmp_path / folder, content).load("five")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_is_read(tmp_path: Path, content: dict[str, Any], encoding: str) -> None:
    key = build(tmp_path, content).key("five")
    (tmp_path / "marked.json").write_bytes(json.dumps(content).encode(encoding))
    assert CocoRainSet("mine", tmp_path, tmp_path / "marked.json").key("five") == key


def test_accents_may_be_composed_or_not(tmp_path: Path, content: dict[str, Any]) -> None:
    composed = "\u00e9t\u00e9"
    write_picture(tmp_path / "\u0065\u0301t\u0065\u0301.png")
    content["images"][0]["file_name"] = f"{composed}.png"
    rain_set = build(tmp_path, content)
    assert composed in rain_set.ids()
    rain_set.load(composed)


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


def test_corners_in_place_of_sizes_are_refused(tmp_path: Path, content: dict[str, Any]) -> None:
    corners = [[2, 3, 12, 20], [10, 4, 30, 22], [0, 0, 31, 23], [20, 12, 25, 18]]
    content["images"][0] |= {"width": 32, "height": 24}
    content["annotations"] = [
        {"id": number, "image_id": 5, "category_id": 9, "bbox": box}
        for number, box in enumerate(corners)
    ]
    told = r"two corners.*read so, 2 of 4 would leave .*such as \[10, 4, 30, 22\]"
    with pytest.raises(ConfigError, match=told):
        build(tmp_path, content)
    content["annotations"][0]["bbox"] = [20, 3, 12, 20]  # narrower than far: sizes after all
    assert build(tmp_path, content).ids() == ("five", "four", "three")
