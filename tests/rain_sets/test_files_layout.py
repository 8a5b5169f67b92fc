"""One set of files with pictures and truths of every kind, as a configuration spells it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import write_array, write_picture
from PIL import Image

from harness.errors import ConfigError, SampleError
from harness.plugins.options import bind_options
from harness.rain_sets.files_layout import FilesRainSet

SIZE = (40, 60)
COCO: dict[str, Any] = {
    "images": [
        {"id": number, "file_name": f"{number}.png", "width": 60, "height": 40, "appearance": look}
        for number, look in ((1, "streaks"), (2, "mist"), (3, "streaks"))
    ],
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 2, "bbox": [6, 4, 30, 20], "area": 600},
        {"id": 2, "image_id": 2, "category_id": 1, "bbox": [0, 0, 12, 8], "area": 96},
    ],
    "categories": [{"id": 1, "name": "person"}, {"id": 2, "name": "car"}],
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number in (1, 2, 3):
        write_picture(tmp_path / f"rainy/{number}.png", number, SIZE)
        write_picture(tmp_path / f"clean/{number}.png", 10 + number, SIZE)
        write_array(tmp_path / f"labels/{number}.png", np.full(SIZE, number % 2, np.uint8))
        depth = np.full(SIZE, 2560, np.uint16)
        depth[0] = 0
        (tmp_path / "depth").mkdir(exist_ok=True)
        Image.fromarray(depth).save(tmp_path / f"depth/{number}.png")
    (tmp_path / "boxes.json").write_text(json.dumps(COCO))
    return tmp_path


def build(root: Path, **options: Any) -> FilesRainSet:
    """Build the set as a run does, from what YAML would give."""
    given = {"root": str(root), "pictures": "rainy", **options}
    return FilesRainSet("mine", **bind_options("rain_sets[0]", FilesRainSet, given, root))


ALL_TRUTHS = {
    "boxes": {"coco": "boxes.json"},
    "label_maps": {"files": "labels", "classes": ["road", "car"]},
    "depth": {"files": "depth/{id}.png", "metres": 1 / 256},
}


def test_pictures_and_all_truths_beside_each_other(root: Path) -> None:
    rain_set = build(root, pictures={"rainy": "rainy", "clean": "clean"}, truths=ALL_TRUTHS)
    assert rain_set.ids() == ("1", "2", "3")
    assert rain_set.box_classes == ("person", "car")
    assert rain_set.label_classes == ("road", "car")
    assert rain_set.truths == ("depth",) and rain_set.has_clean
    sample = rain_set.load("1")
    assert sample.clean is not None and sample.boxes is not None and sample.label_map is not None
    assert sample.boxes.xyxy.tolist() == [[6, 4, 36, 24]]
    assert np.unique(sample.label_map).tolist() == [1]
    assert sample.truths["depth"][0, 0] == 1000 and sample.truths["depth"][1, 0] == 10
    assert rain_set.notices == ()


@pytest.mark.parametrize(
    ("pictures", "has_clean"),
    [
        ("rainy", False),
        ("rainy/{id}.*", False),
        ({"rainy": "rainy/*.png"}, False),
        ({"rainy": "rainy", "clean": "clean"}, True),
        ({"side_by_side": "rainy", "clean_side": "right"}, True),
        ({"clean": "clean", "rain": "light"}, True),
        ({"clean": "clean", "rain": {"level": "heavy", "opacity": 0.2}, "rain_seed": 3}, True),
        ({"clean": "clean", "rain": {"density": 300, "layers": 2}}, True),
    ],
)
def test_every_kind_of_pictures(root: Path, pictures: Any, has_clean: bool) -> None:
    rain_set = build(root, pictures=pictures)
    assert rain_set.ids() == ("1", "2", "3") and rain_set.has_clean == has_clean
    sample = rain_set.load("2")
    assert (sample.clean is not None) == has_clean
    if has_clean:
        assert sample.clean is not None and (sample.rainy != sample.clean).any()


@pytest.mark.parametrize(
    ("pictures", "cause"),
    [
        ({"rany": "rainy"}, "unknown option 'rany'; did you mean 'rainy'?"),
        ({"clean": "clean"}, "say what rain to draw: `rain: light`"),
        ({"side_by_side": "rainy"}, "say which half is clean"),
        ({"rainy": "rainy", "rain": "light"}, "rain, rainy is given"),
        ({"clean": "clean", "rain": {"opacty": 1}}, "rain has no 'opacty'; did you mean"),
        ({"clean": "clean", "rain": {"opacity": 7}}, "opacity is 7: rain takes 0 to 1"),
        ({"clean": "clean", "rain": {"layers": 1.5}}, "layers must be a whole number"),
        ({"clean": "clean", "rain": {"level": "wet"}}, "no level of rain is called 'wet'"),
        ({"id": None}, "into quotes"),
    ],
)
def test_wrong_pictures_are_told_in_a_line(root: Path, pictures: Any, cause: str) -> None:
    with pytest.raises(ConfigError) as raised:
        build(root, pictures=pictures)
    assert cause in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("truths", "cause"),
    [
        ({"box": {"coco": "boxes.json"}}, "unknown option 'box'; did you mean 'boxes'?"),
        ({"boxes": {"coco": "boxes.json", "voc": "xml"}}, "coco and voc is given"),
        ({"boxes": {"coco": "absent.json"}}, "absent.json does not exist"),
        ({"boxes": {"yolo": "labels"}}, "`yolo` needs `names`"),
        ({"boxes": {"coco": "boxes.json", "classes": ["bus"]}}, "no box of .* is called 'bus'"),
        ({"boxes": {"coco": "boxes.json", "named": "x{id}.png"}}, "no picture is named as"),
        ({"label_maps": {"files": "labels"}}, "give `classes`, or `colours`"),
        ({"label_maps": {"files": "labels", "classes": "cityscape"}}, "did you mean 'cityscapes'"),
        ({"label_maps": {"files": "no", "classes": ["a"]}}, "no file below"),
    ],
)
def test_wrong_truths_are_told_in_a_line(root: Path, truths: Any, cause: str) -> None:
    with pytest.raises(ConfigError, match=cause) as raised:
        build(root, truths=truths)
    assert "\n" not in str(raised.value)


def test_depth_places_the_drawn_rain(root: Path) -> None:
    pictures = {"clean": "clean", "rain": {"level": "heavy", "extinction": 0.1}}
    flat = build(root, pictures=pictures)
    deep = build(root, pictures=pictures, truths={"depth": ALL_TRUTHS["depth"]})
    assert (flat.load("1").rainy != deep.load("1").rainy).any()
    assert flat.key("1") != deep.key("1")


def test_parts_of_a_set_are_sets_of_their_own(root: Path) -> None:
    truths = {"boxes": {"coco": "boxes.json"}}
    assert build(root, truths=truths, only={"appearance": "streaks"}).ids() == ("1", "3")
    assert build(root, truths=truths, exclude={"appearance": ["streaks"]}).ids() == ("2",)
    assert build(root, exclude="3").ids() == ("1", "2")
    assert build(root, only=["1", "rainy/3*"]).ids() == ("1", "3")
    wrong = [
        ({"only": {"appearance": "snow"}}, "no picture has the appearance 'snow'; there are mist"),
        ({"only": {"weather": "rain"}}, "say nothing of 'weather'; they have appearance"),
        ({"exclude": "night*"}, r"no picture fits 'night\*'; one has the id '1'"),
        ({"only": "1", "exclude": "1"}, "leave no picture"),
    ]
    for options, cause in wrong:
        with pytest.raises(ConfigError, match=cause):
            build(root, truths=truths, **options)


def test_every_so_manieth_of_what_is_left_is_taken(root: Path) -> None:
    taken = build(root, every=2)
    assert taken.ids() == ("1", "3")
    assert "One picture of 2 is taken: 2 in all" in taken.notices
    assert build(root, every=2, exclude="1").ids() == ("2",)
    assert build(root, every=9).ids() == ("1",)
    assert [taken.key(one) for one in taken.ids()] == [build(root).key(one) for one in ("1", "3")]
    for refused in (0, 1, -3):
        with pytest.raises(ConfigError, match="every"):
            build(root, every=refused)


def test_what_is_excluded_cannot_fail(root: Path) -> None:
    (root / "clean/3.png").unlink()
    both = {"rainy": "rainy", "clean": "clean"}
    assert build(root, pictures=both).ids() == ("1", "2", "3")
    assert build(root, pictures=both, exclude="3").ids() == ("1", "2")


def test_max_side_scales_pictures_and_truths_alike(root: Path) -> None:
    both = {"rainy": "rainy", "clean": "clean"}
    full = build(root, pictures=both, truths=ALL_TRUTHS)
    half = build(root, pictures=both, truths=ALL_TRUTHS, max_side=32)
    sample = half.load("1")
    assert sample.rainy.shape == (21, 32, 3)
    assert sample.clean is not None and sample.clean.shape == (21, 32, 3)
    assert sample.label_map is not None and sample.label_map.shape == (21, 32)
    assert sample.truths["depth"].shape == (21, 32)
    assert sample.boxes is not None
    expected = np.array([6 * 32 / 60, 4 * 21 / 40, 36 * 32 / 60, 24 * 21 / 40])
    assert np.allclose(sample.boxes.xyxy[0], expected)
    assert np.allclose(sample.boxes.areas, 600 * (32 / 60) * (21 / 40))
    assert "scaled from 60x40 to 32x21" in sample.notes
    assert half.protocol == "max_side:32" and full.protocol == ""
    assert half.key("1") != full.key("1")
    assert build(root, max_side=100).load("1").rainy.shape == (40, 60, 3)


def test_what_has_no_partner_fails_or_is_passed_over(root: Path) -> None:
    write_picture(root / "rainy/4.png", 4, SIZE)
    content = json.loads(json.dumps(COCO))
    content["images"].append({"id": 9, "file_name": "9.png"})
    (root / "boxes.json").write_text(json.dumps(content))
    truths = {"boxes": {"coco": "boxes.json"}}
    strict = build(root, truths=truths)
    assert strict.ids() == ("1", "2", "3", "4", "9.png")
    for sample_id, cause in (("4", "`spare_pictures: true`"), ("9.png", "`spare_truth: true`")):
        with pytest.raises(SampleError, match=cause):
            strict.load(sample_id)
    loose = build(root, truths=truths, spare_pictures=True, spare_truth=True)
    assert loose.ids() == ("1", "2", "3")
    assert any("1 annotation" in notice for notice in loose.notices)
    assert any("1 picture" in notice for notice in loose.notices)


def test_several_rainy_pictures_share_an_entry(root: Path) -> None:
    for rain in ("a", "b"):
        write_picture(root / f"many/1_{rain}.png", ord(rain), SIZE)
    boxes = {"coco": "boxes.json", "named": "{scene}.png"}
    rain_set = build(
        root, pictures="many/{scene}_{rain}.png", truths={"boxes": boxes}, spare_truth=True
    )
    for sample_id in ("1_a", "1_b"):
        found = rain_set.load(sample_id).boxes
        assert found is not None and found.xyxy.tolist() == [[6, 4, 36, 24]]


def test_classes_are_chosen_and_renamed(root: Path) -> None:
    boxes = {"coco": "boxes.json", "classes": {"car": "vehicle"}}
    rain_set = build(root, truths={"boxes": boxes})
    assert rain_set.box_classes == ("vehicle",)
    assert rain_set.load("2").boxes.labels.tolist() == []  # type: ignore[union-attr]
    assert any("left out" in notice and "person" in notice for notice in rain_set.notices)


def test_every_entry_of_rename_fits_a_class(root: Path) -> None:
    boxes = {"coco": "boxes.json", "rename": {"car": "vehicle", "persn": "people"}}
    with pytest.raises(ConfigError, match=r"`rename`: no box of .* is called 'persn'.*'person'"):
        build(root, truths={"boxes": boxes})
    rain_set = build(root, truths={"boxes": {**boxes, "rename_may_miss": True}})
    assert set(rain_set.box_classes or ()) == {"vehicle", "person"}


def test_links_may_lead_out_where_the_set_says_so(root: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    write_picture(elsewhere / "5.png", 5, SIZE)
    (root / "rainy/5.png").symlink_to(elsewhere / "5.png")
    with pytest.raises(SampleError, match="a link leads out of"):
        build(root).load("5")
    build(root, follow_links=True).load("5")
    (root / "all").symlink_to(elsewhere)  # the folder itself may be a link: the user named it
    build(root, pictures="all").load("5")
