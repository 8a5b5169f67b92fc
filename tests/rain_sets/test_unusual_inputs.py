"""Inputs of the kinds that people's reports were about, each of which once went wrong here."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import write_array, write_picture

from harness.errors import ConfigError, SampleError
from harness.plugins import registry
from harness.plugins.options import bind_options
from harness.samples import RainSet

ONE = {"id": 1, "file_name": "1.png", "width": 32, "height": 24}
BOX = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [2, 3, 10, 12]}


def build(folder: Path, layout: str = "files", **options: Any) -> RainSet:
    target = registry.load("rain-sets", layout)
    rain_set = target(name="mine", **bind_options("mine", target, options, folder))
    assert isinstance(rain_set, RainSet)
    return rain_set


def coco(folder: Path, image: Any = ONE, box: Any = BOX, name: str = "car") -> RainSet:
    write_picture(folder / "pictures/1.png")
    content = {"images": [image], "annotations": [box], "categories": [{"id": 1, "name": name}]}
    (folder / "boxes.json").write_text(json.dumps(content))
    return build(folder, "coco", root="pictures", annotations="boxes.json")


@pytest.mark.parametrize(
    ("file_name", "message"),
    [("1\0.png", "holds a zero byte"), (".", "names no file"), ("./", "names no file")],
)
def test_names_that_are_no_files(tmp_path: Path, file_name: str, message: str) -> None:
    rain_set = coco(tmp_path, {**ONE, "file_name": file_name})
    (sample_id,) = rain_set.ids()
    with pytest.raises(SampleError, match=message):
        rain_set.load(sample_id)


def test_numbers_that_python_alone_would_read(tmp_path: Path) -> None:
    rain_set = coco(tmp_path, box={**BOX, "bbox": ["1_0", 3, 10, 12]})
    with pytest.raises(SampleError, match="it needs four finite numbers"):
        rain_set.load("1")
    with pytest.raises(ConfigError, match=r"images\[0\] has no integer `id`|does not list"):
        coco(tmp_path, {**ONE, "id": float("1e400")})


def test_a_whole_number_beyond_all_floats(tmp_path: Path) -> None:
    rain_set = coco(tmp_path, box={**BOX, "bbox": [10**400, 3, 10, 12]})
    with pytest.raises(SampleError, match="it needs four finite numbers"):
        rain_set.load("1")


def test_json_of_endless_brackets(tmp_path: Path) -> None:
    coco(tmp_path)
    (tmp_path / "boxes.json").write_text("[" * 100_000)
    with pytest.raises(ConfigError, match="is nested too deeply to be read"):
        build(tmp_path, "coco", root="pictures", annotations="boxes.json")


def test_hidden_folders_of_a_pattern_are_told(tmp_path: Path) -> None:
    for number, folder in enumerate(("a", ".b")):
        write_picture(tmp_path / folder / "1.png", number)
    rain_set = build(tmp_path, root=".", pictures="{video}/{id}.png")
    assert rain_set.ids() == ("a__1",)
    assert rain_set.notices == ("1 file passed over (in a hidden folder): 1.png",)
    assert build(tmp_path, root=".", pictures=".{video}/{id}.png").ids() == (".b__1",)
    with pytest.raises(ConfigError, match=r"no file below .* matches"):
        write_picture(tmp_path / "c/.d/1.png")
        build(tmp_path, root="c", pictures="{video}/{id}.png")


def test_classes_that_differ_in_case_alone_are_told(tmp_path: Path) -> None:
    write_picture(tmp_path / "pictures/1.png")
    write_array(tmp_path / "labels/1.png", np.zeros((24, 32), np.uint8))
    labels = {"files": "labels", "classes": ["traffic light", "Traffic Light", "car"]}
    rain_set = build(tmp_path, root=".", pictures="pictures", truths={"label_maps": labels})
    (notice,) = rain_set.notices
    assert (
        "'traffic light', 'Traffic Light' differ in case or blanks alone and count as 2" in notice
    )


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"classes": ["road", " "]}, "a name without a letter"),
        ({"classes": {"road": -1}}, r"label_maps\.classes\.road\.0: .*greater than or equal to 0"),
        ({"classes": ["road", 7]}, r"label_maps\.classes\.1: Input should be a valid string"),
        ({"colours": {"road": "red"}}, r"colours\.road\.0: 'red' is no colour: it is \[128, 64"),
        ({"colours": {"road": [1, 2, 300]}}, r"colours\.road\.0\.2: .*less than or equal to 255"),
    ],
)
def test_wrong_classes_are_named_where_they_stand(
    tmp_path: Path, labels: dict[str, Any], message: str
) -> None:
    write_picture(tmp_path / "pictures/1.png")
    write_array(tmp_path / "labels/1.png", np.zeros((24, 32), np.uint8))
    truths = {"label_maps": {"files": "labels", **labels}}
    with pytest.raises(ConfigError, match=message):
        build(tmp_path, root=".", pictures="pictures", truths=truths)


def test_values_of_classes_may_be_text(tmp_path: Path) -> None:
    write_picture(tmp_path / "pictures/1.png")
    write_array(tmp_path / "labels/1.png", np.full((24, 32), 7, np.uint8))
    truths = {"label_maps": {"files": "labels", "classes": {"road": "7"}}}
    rain_set = build(tmp_path, root=".", pictures="pictures", truths=truths)
    label_map = rain_set.load("1").label_map
    assert label_map is not None and not label_map.any()


@pytest.mark.parametrize("classes", [[], {}, {"car": " "}])
def test_boxes_of_no_class(tmp_path: Path, classes: Any) -> None:
    coco(tmp_path)
    truths = {"boxes": {"coco": "boxes.json", "classes": classes}}
    with pytest.raises(ConfigError, match="`classes` of the boxes names nothing"):
        build(tmp_path, root=".", pictures="pictures", truths=truths)


def test_the_names_that_labelimg_leaves_beside_its_boxes(tmp_path: Path) -> None:
    write_picture(tmp_path / "pictures/1.png")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels/1.txt").write_text("0 0.5 0.5 0.2 0.2")
    (tmp_path / "labels/classes.txt").write_text("car\n")
    truths = {"boxes": {"yolo": "labels", "names": "labels/classes.txt"}}
    assert build(tmp_path, root=".", pictures="pictures", truths=truths).ids() == ("1",)
    (tmp_path / "labels/2.txt").write_text("")
    with pytest.raises(SampleError, match=r"2\.txt: there is no picture"):
        build(tmp_path, root=".", pictures="pictures", truths=truths).load("2")


def one_json(folder: Path, file_names: list[str], **boxes: Any) -> dict[str, Any]:
    """Write a COCO file with a box in each image, and return the options that name it."""
    content = {
        "images": [{"id": number, "file_name": one} for number, one in enumerate(file_names)],
        "annotations": [
            {**BOX, "id": number, "image_id": number} for number, _ in enumerate(file_names)
        ],
        "categories": [{"id": 1, "name": "car"}],
    }
    (folder / "boxes.json").write_text(json.dumps(content))
    return {"root": ".", "truths": {"boxes": {"coco": "boxes.json", **boxes}}}


def test_an_entry_that_fits_several_pictures(tmp_path: Path) -> None:
    for seed, name in enumerate(("a/1", "b/1", "b/2")):
        write_picture(tmp_path / f"pictures/{name}.png", seed)
    pictures = "pictures/{part}/{id}.png"
    rain_set = build(tmp_path, pictures=pictures, **one_json(tmp_path, ["1.png", "2.png"]))
    assert rain_set.ids() == ("a__1", "b__1", "b__2")
    for sample_id in ("a__1", "b__1"):
        with pytest.raises(SampleError, match=r"the entry '1\.png' of .* fits 2 pictures"):
            rain_set.load(sample_id)
    rain_set.load("b__2")
    named = one_json(tmp_path, ["1.png", "2.png"], named="{id}.png")
    build(tmp_path, pictures=pictures, **named).load("a__1")


@pytest.mark.parametrize(
    ("width", "height", "message"),
    [
        (64, None, r"is 32x24, and boxes\.json says 64x\?"),
        ("0", 48, r"is 32x24, and boxes\.json says \?x48"),
        (32, "tall", r"states height 'tall' and width 32: both must be whole numbers"),
        (None, -24, "both must be whole numbers of pixels"),
    ],
)
def test_half_a_size_is_held_against_the_picture(
    tmp_path: Path, width: Any, height: Any, message: str
) -> None:
    with pytest.raises(SampleError, match=message):
        coco(tmp_path, {**ONE, "width": width, "height": height}).load("1")


@pytest.mark.parametrize("size", [("32.0", " 24."), ("0", "0"), ("32", None), (32.0, "0")])
def test_sizes_that_agree_or_state_nothing(tmp_path: Path, size: Any) -> None:
    sample = coco(tmp_path, {**ONE, "width": size[0], "height": size[1]}).load("1")
    assert sample.rainy.shape == (24, 32, 3) and sample.boxes is not None


def test_half_a_size_in_other_formats(tmp_path: Path) -> None:
    write_picture(tmp_path / "pictures/1.png")
    (tmp_path / "xml").mkdir()
    (tmp_path / "xml/1.xml").write_text("<annotation><size><width>64</width></size></annotation>")
    (tmp_path / "bdd.json").write_text(json.dumps([{"name": "1.png", "size": {"width": 64}}]))
    for boxes in ({"voc": "xml"}, {"bdd100k": "bdd.json"}):
        rain_set = build(tmp_path, root=".", pictures="pictures", truths={"boxes": boxes})
        with pytest.raises(SampleError, match=r"is 32x24, and .* says 64x\?"):
            rain_set.load("1")


def test_a_class_number_with_a_zero_fraction(tmp_path: Path) -> None:
    write_picture(tmp_path / "pictures/1.png")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels/1.txt").write_text("1.0 0.5 0.5 0.2 0.2")
    boxes = {"yolo": "labels", "names": ["car", "bus"]}
    rain_set = build(tmp_path, root=".", pictures="pictures", truths={"boxes": boxes})
    assert rain_set.load("1").boxes.labels.tolist() == [1]  # type: ignore[union-attr]


ONE_WAY, OTHER_WAY = "Fu\u00dfg\u00e4nger \u00e9", "Fu\u00dfga\u0308nger e\u0301"


@pytest.mark.parametrize(("stated", "asked"), [(ONE_WAY, OTHER_WAY), (OTHER_WAY, ONE_WAY)])
def test_accents_of_names_may_be_written_either_way(
    tmp_path: Path, stated: str, asked: str
) -> None:
    assert coco(tmp_path, name=stated).box_classes == (ONE_WAY,)
    write_picture(tmp_path / f"pictures/{stated}.png", 2)
    for boxes, classes in (({"classes": [asked]}, ONE_WAY), ({"rename": {asked: "one"}}, "one")):
        rain_set = build(
            tmp_path,
            root=".",
            pictures="pictures",
            truths={"boxes": {"coco": "boxes.json", **boxes}},
            spare_pictures=True,
        )
        assert rain_set.box_classes == (classes,)
    for pattern in (asked, f"{asked[:-2]}*"):
        part = build(tmp_path, root=".", pictures="pictures", only=pattern)
        assert part.ids() == (ONE_WAY,)
        assert build(tmp_path, root=".", pictures="pictures", exclude=pattern).ids() == ("1",)
