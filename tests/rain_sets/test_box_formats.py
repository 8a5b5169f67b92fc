"""VOC, YOLO and BDD100K boxes give pycocotools' AP of the same boxes in COCO's format."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ap_by_pycocotools import detections_near, evaluate, truth_from_samples
from pictures import write_picture
from pycocotools.coco import COCO

from harness.errors import ConfigError, SampleError
from harness.plugins.options import bind_options
from harness.rain_sets.files_layout import FilesRainSet

Write = Callable[[Path, dict[str, Any]], dict[str, Any]]


def build(root: Path, boxes: dict[str, Any], **options: Any) -> FilesRainSet:
    given = {"root": str(root), "pictures": "pictures", "truths": {"boxes": boxes}, **options}
    return FilesRainSet("mine", **bind_options("rain_sets[0]", FilesRainSet, given, root))


def by_image(content: dict[str, Any]) -> dict[str, tuple[dict[str, Any], list[dict[str, Any]]]]:
    return {
        Path(image["file_name"]).stem: (
            image,
            [one for one in content["annotations"] if one["image_id"] == image["id"]],
        )
        for image in content["images"]
    }


def names_of(content: dict[str, Any]) -> dict[int, str]:
    return {category["id"]: category["name"] for category in content["categories"]}


def write_voc(root: Path, content: dict[str, Any]) -> dict[str, Any]:
    names = names_of(content)
    (root / "xml").mkdir()
    for stem, (image, annotations) in by_image(content).items():
        objects = []
        for one in annotations:
            x, y, width, height = one["bbox"]
            corners = {"xmin": x + 1, "ymin": y + 1, "xmax": x + width, "ymax": y + height}
            box = "".join(f"<{key}>{value!r}</{key}>" for key, value in corners.items())
            objects.append(
                f"<object><name>{names[one['category_id']]}</name><bndbox>{box}</bndbox>"
                f"<difficult>{one['iscrowd']}</difficult></object>"
            )
        size = f"<size><width>{image['width']}</width><height>{image['height']}</height></size>"
        (root / f"xml/{stem}.xml").write_text(
            f"<annotation><filename>{stem}.jpg</filename>{size}{''.join(objects)}</annotation>"
        )
    return {"voc": "xml"}


def write_yolo(root: Path, content: dict[str, Any]) -> dict[str, Any]:
    numbers = {category: index for index, category in enumerate(names_of(content))}
    (root / "txt").mkdir()
    for stem, (image, annotations) in by_image(content).items():
        lines = []
        for one in annotations:
            x, y, width, height = one["bbox"]
            shares = (
                (x + width / 2) / image["width"],
                (y + height / 2) / image["height"],
                width / image["width"],
                height / image["height"],
            )
            lines.append(f"{numbers[one['category_id']]} {' '.join(map(repr, shares))}\r\n")
        (root / f"txt/{stem}.txt").write_text("".join(lines))
    (root / "classes.txt").write_bytes(
        b"\xef\xbb\xbf" + "\r\n".join(names_of(content).values()).encode()
    )
    return {"yolo": "txt/{id}.txt", "names": "classes.txt"}


def write_bdd100k(root: Path, content: dict[str, Any]) -> dict[str, Any]:
    names, frames = names_of(content), []
    for image, annotations in by_image(content).values():
        labels: list[dict[str, Any]] = [{"category": "lane", "poly2d": [[0, 0]]}]
        for one in annotations:
            x, y, width, height = one["bbox"]
            labels.append(
                {
                    "category": names[one["category_id"]],
                    "box2d": {"x1": x, "y1": y, "x2": x + width - 1, "y2": y + height - 1},
                    "attributes": {"crowd": bool(one["iscrowd"])},
                }
            )
        frame = {"name": image["file_name"], "labels": labels, "attributes": {"weather": "rainy"}}
        frames.append(frame)
    (root / "frames.json").write_text(json.dumps(frames))
    return {"bdd100k": "frames.json"}


def write_coco(root: Path, content: dict[str, Any]) -> dict[str, Any]:
    (root / "boxes.json").write_text(json.dumps(content))
    return {"coco": "boxes.json"}


def random_boxes() -> dict[str, Any]:
    rng = np.random.default_rng(3)
    images = [
        {"id": number, "file_name": f"{number}.png", "width": 97, "height": 61}
        for number in range(1, 7)
    ]
    annotations = []
    for number in range(60):
        corner, sides = rng.uniform(0, 30, 2), rng.uniform(4, 28, 2)
        annotations.append(
            {
                "id": number + 1,
                "image_id": int(rng.integers(1, 7)),
                "category_id": int(rng.choice([2, 5, 9])),
                "bbox": [*corner.tolist(), *sides.tolist()],
                "iscrowd": int(number % 9 == 0),
            }
        )
    categories = [{"id": 2, "name": "person"}, {"id": 5, "name": "traffic light"}]
    return {
        "images": images,
        "annotations": annotations,
        "categories": [*categories, {"id": 9, "name": "car"}],
    }


@pytest.mark.parametrize("write", [write_voc, write_yolo, write_bdd100k, write_coco])
def test_ap_equals_pycocotools_on_the_same_boxes(
    tmp_path: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    content = random_boxes()
    for image in content["images"]:
        write_picture(tmp_path / "pictures" / image["file_name"], image["id"], (61, 97))
    check(tmp_path, content, write, capsys)


@pytest.mark.parametrize("write", [write_voc, write_yolo, write_bdd100k, write_coco])
def test_ap_equals_pycocotools_on_real_pictures(
    bench_data: Path, tmp_path: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = bench_data / "coco_val128"
    (tmp_path / "pictures").symlink_to(folder / "images")
    content = json.loads((folder / "instances_val128.json").read_text())
    check(tmp_path, content, write, capsys)


def check(
    root: Path, content: dict[str, Any], write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """Compare AP of the boxes as written and read with that of the COCO boxes themselves."""
    for annotation in content["annotations"]:  # only COCO states areas and YOLO knows no crowds
        annotation["area"] = annotation["bbox"][2] * annotation["bbox"][3]
        if write is write_yolo:
            annotation["iscrowd"] = 0
    rain_set = build(root, write(root, content))
    assert len(rain_set.ids()) == len(content["images"])
    detections = detections_near(content)
    truth = COCO()
    truth.dataset = {"info": {}, **copy.deepcopy(content)}
    truth.createIndex()
    theirs = evaluate(truth, detections)
    ours = evaluate(truth_from_samples(rain_set, content), detections)
    capsys.readouterr()
    assert 0.05 < theirs[0] < 0.9
    assert np.allclose(ours, theirs, atol=1e-9)


def test_frames_are_chosen_by_their_weather(tmp_path: Path) -> None:
    frames: list[dict[str, Any]] = [
        {"name": f"{number}.jpg", "attributes": {"weather": weather}, "labels": None}
        for number, weather in ((1, "rainy"), (2, "clear"), (3, "rainy"))
    ]
    box = {"x1": 1, "y1": 1, "x2": 3, "y2": 4}
    frames[0]["labels"] = [{"category": "car", "box2d": box}]
    (tmp_path / "frames.json").write_text(json.dumps({"frames": frames}))
    for number in (1, 2, 3):  # stored anew in another format than the annotations name
        write_picture(tmp_path / f"pictures/{number}.png")
    rain_set = build(tmp_path, {"bdd100k": "frames.json"}, only={"weather": "rainy"})
    assert rain_set.ids() == ("1", "3") and rain_set.box_classes == ("car",)
    assert rain_set.load("1").boxes.xyxy.tolist() == [[1, 1, 4, 5]]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("<annotation><object></annotation>", "is no XML"),
        ("<html/>", "begins with <html>"),
        ("<annotation><object/></annotation>", "object 1 has no <name>"),
        (
            "<annotation><object><name>car</name><bndbox><xmin>1</xmin><xmin>2</xmin></bndbox>"
            "</object></annotation>",
            "has <xmin> twice",
        ),
        (
            "<annotation><object><name>car</name><bndbox/><bndbox/></object></annotation>",
            "has <bndbox> twice in one <object>",
        ),
        ("<annotation><size/><size/></annotation>", "has <size> twice in one <annotation>"),
        (
            "<annotation><object><name>car</name><bndbox><xmin>1</xmin></bndbox></object>"
            "</annotation>",
            r"object 1 \(car\) needs numbers xmin, ymin, xmax, ymax",
        ),
        (
            "<annotation><size><width>64</width><height>24</height></size></annotation>",
            "is 32x24, and xml says 64x24",
        ),
    ],
)
def test_a_wrong_xml_fails_its_picture_alone(tmp_path: Path, text: str, cause: str) -> None:
    for number in (1, 2):
        write_picture(tmp_path / f"pictures/{number}.png")
        (tmp_path / "xml").mkdir(exist_ok=True)
        (tmp_path / f"xml/{number}.xml").write_text("<annotation/>" if number == 2 else text)
    rain_set = build(tmp_path, {"voc": "xml"})
    with pytest.raises(SampleError, match=cause):
        rain_set.load("1")
    rain_set.load("2")


def test_sizes_of_an_xml_may_be_passed_over(tmp_path: Path) -> None:
    write_picture(tmp_path / "pictures/1.png")
    (tmp_path / "xml").mkdir()
    (tmp_path / "xml/1.xml").write_text(
        "<annotation><size><width>64</width><height>24</height></size></annotation>"
    )
    sample = build(tmp_path, {"voc": "xml", "check_sizes": False}).load("1")
    assert sample.rainy.shape == (24, 32, 3)  # the picture's own, not the XML's 64x24


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("0 0.5 0.5 0.2", "line 1: .* it needs five numbers"),
        ("0 0.5 0.5 0.2 0.2 0.9", "a detector's output"),
        ("0 0.5 0.5 0.2 0.2 0.3 0.4", "a polygon, not a box"),
        ("7 0.5 0.5 0.2 0.2", r"of class 7, which has no name \(0 to 1 have\)"),
        ("0 12 10 4 4", "shares of the picture's sides, not pixels"),
        ("car 0.5 0.5 0.2 0.2", "it needs five numbers"),
    ],
)
def test_a_wrong_line_fails_its_picture_alone(tmp_path: Path, line: str, cause: str) -> None:
    for number in (1, 2):
        write_picture(tmp_path / f"pictures/{number}.png")
        (tmp_path / "txt").mkdir(exist_ok=True)
        (tmp_path / f"txt/{number}.txt").write_text("" if number == 2 else line)
    rain_set = build(tmp_path, {"yolo": "txt", "names": ["car", "bus"]})
    assert rain_set.box_classes == ("car", "bus")
    with pytest.raises(SampleError, match=cause):
        rain_set.load("1")
    assert rain_set.load("2").boxes.xyxy.shape == (0, 4)  # type: ignore[union-attr]


def test_names_that_come_twice_are_one_class(tmp_path: Path) -> None:
    write_picture(tmp_path / "pictures/1.png")
    (tmp_path / "txt").mkdir()
    (tmp_path / "txt/1.txt").write_text("0 0.5 0.5 0.2 0.2\n2 0.5 0.5 0.2 0.2")
    rain_set = build(tmp_path, {"yolo": "txt", "names": ["person", "car", "person"]})
    assert rain_set.box_classes == ("person", "car")
    assert rain_set.load("1").boxes.labels.tolist() == [0, 0]  # type: ignore[union-attr]
    assert rain_set.notices == ("several of the names are person and count as one class each",)


def test_a_picture_without_a_file_is_lost_or_empty(tmp_path: Path) -> None:
    for number in (1, 2):
        write_picture(tmp_path / f"pictures/{number}.png")
    (tmp_path / "txt").mkdir()
    (tmp_path / "txt/1.txt").write_text("0 0.5 0.5 0.2 0.2")
    names = {"names": ["car"]}
    with pytest.raises(SampleError, match=r"its annotation .*2\.txt is missing"):
        build(tmp_path, {"yolo": "txt", **names}).load("2")
    empty = build(tmp_path, {"yolo": "txt", "missing_is_empty": True, **names})
    assert empty.load("2").boxes.xyxy.shape == (0, 4)  # type: ignore[union-attr]
    assert build(tmp_path, {"yolo": "txt", **names}, spare_pictures=True).ids() == ("1",)


@pytest.mark.parametrize(
    ("file_name", "text"),
    [
        ("data.yaml", "names: {0: car, 1: bus}"),
        ("data.yml", "names: [car, bus]"),
        ("data.YML", "names: [car, bus]"),
        ("c.names", "car\nbus\n"),
    ],
)
def test_names_of_classes(tmp_path: Path, file_name: str, text: str) -> None:
    write_picture(tmp_path / "pictures/1.png")
    (tmp_path / "txt").mkdir()
    (tmp_path / "txt/1.txt").write_text("1 0.5 0.5 0.2 0.2")
    (tmp_path / file_name).write_text(text)
    rain_set = build(tmp_path, {"yolo": "txt", "names": file_name})
    assert rain_set.box_classes == ("car", "bus")
    (tmp_path / file_name).write_text("\n")
    with pytest.raises(ConfigError, match=r"names no class|has no `names`"):
        build(tmp_path, {"yolo": "txt", "names": file_name})


def test_a_number_with_two_names(tmp_path: Path) -> None:
    write_picture(tmp_path / "pictures/1.png")
    (tmp_path / "data.yaml").write_text('names: {0: car, 1: bus, "1": tram}')
    with pytest.raises(ConfigError, match="names the class 1 twice: 'bus' and 'tram'"):
        build(tmp_path, {"yolo": "txt", "names": "data.yaml"})


@pytest.fixture
def voc(tmp_path: Path) -> dict[str, Any]:
    content = random_boxes()
    for image in content["images"]:
        write_picture(tmp_path / "pictures" / image["file_name"], image["id"], (61, 97))
    return write_voc(tmp_path, content)


def test_annotations_of_which_none_is_of_use_are_refused(
    tmp_path: Path, voc: dict[str, Any]
) -> None:
    for path in (tmp_path / "xml").iterdir():
        path.write_text("<annotation>")
    told = r"no annotation of any picture is of use; .*1.xml: is no XML .* \(and 5 more\)"
    with pytest.raises(ConfigError, match=told):
        build(tmp_path, voc)


@pytest.mark.usefixtures("voc")
def test_a_star_does_not_say_whose_annotation_a_file_is(tmp_path: Path) -> None:
    told = r"'xml/\*.xml' matches 6 files, and nothing says .* as \{name\} .* 'pictures/\*.png' too"
    with pytest.raises(ConfigError, match=told):
        build(tmp_path, {"voc": "xml/*.xml"}, pictures={"rainy": "pictures/*.png"})
