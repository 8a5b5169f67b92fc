"""Every entry of the public sets, tried on a miniature of each of its layouts."""

import hashlib
import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import write_array, write_picture

from harness.digests import digest_json
from harness.errors import ConfigError
from harness.images import READING_VERSION, read_rgb
from harness.plugins import registry
from harness.plugins.options import bind_options
from harness.rain_sets.name_patterns import NamePattern
from harness.rain_sets.public_set import Layout
from harness.rain_sets.public_sets import PUBLIC_SETS
from harness.samples import RainSet

CASES = [
    pytest.param(key, layout, id=f"{key}-{number}")
    for key, facts in PUBLIC_SETS.items()
    for number, layout in enumerate(facts.layouts)
]

FROM_BEFORE = [
    pytest.param(key, layout, id=f"{key}-{number}")
    for key, facts in PUBLIC_SETS.items()
    for number, layout in enumerate(facts.layouts)
    if facts.keeps_older_keys and "boxes" not in layout.get("truths", {})
]


def build(key: str, root: Path, **options: Any) -> RainSet:
    target = registry.load("rain-sets", key)
    rain_set = target("mine", **bind_options("s", target, {"root": str(root), **options}, root))
    assert isinstance(rain_set, RainSet)
    return rain_set


def patterns_of(layout: Layout) -> list[str]:
    pictures = layout["pictures"]
    sides = {} if isinstance(pictures, str) else pictures
    return [sides[key] for key in ("rainy", "side_by_side", "clean") if key in sides] or [pictures]


def write_miniature(root: Path, layout: Layout, split: str) -> list[list[Path]]:
    """Write two pictures, and each truth that the layout has, as it lays them out.

    Returns:
        The files of each picture: rainy, label map and clean one, where there are any.
    """
    layout = json.loads(json.dumps(layout).replace("{split}", split))
    truths = layout.get("truths", {})
    patterns = patterns_of(layout)
    boxes: Mapping[str, Any] = truths.get("boxes", {})
    written = []
    for number in (1, 2):
        fields = ("id", "scene", "frame", "name", "sequence", "rain", "city", "part")
        values = {field: f"{field[0]}{number}" for field in fields} | {"any": f"x{number}.png"}

        def at(pattern: str, values: Mapping[str, str] = values) -> Path:
            filled = NamePattern(pattern).fill(values)
            return root / filled.replace("*", values["any"] if filled == "*" else "png")

        paths = [at(pattern) for pattern in patterns]
        for seed, path in enumerate(paths):
            write_picture(path, 10 * number + seed)
        if "voc" in boxes:
            at(boxes["voc"]).parent.mkdir(parents=True, exist_ok=True)
            box = "<xmin>2</xmin><ymin>2</ymin><xmax>9</xmax><ymax>9</ymax>"
            wrong_size = "<size><width>7</width><height>5</height></size>"
            size = wrong_size if boxes.get("check_sizes") is False else ""
            at(boxes["voc"]).write_text(
                f"<annotation>{size}<object><name>motorbike</name><bndbox>{box}</bndbox></object>"
                "</annotation>"
            )
        if "label_maps" in truths:
            paths.insert(1, at(truths["label_maps"]["files"]))
            write_array(paths[1], np.full((24, 32), 7, np.uint8))
        if "cityscapes" in boxes:
            write_array(at(boxes["cityscapes"]), np.full((24, 32), 24, np.uint8))
        written.append(paths)
    names = [at_name(patterns[0], number) for number in (1, 2)]
    if "coco" in boxes:
        images = [
            {"id": number, "file_name": name, "appearance": look}
            for number, name, look in zip((1, 2), names, ("streaks", "mist"), strict=True)
        ]
        content: Any = {
            "images": images,
            "annotations": [],
            "categories": [{"id": 3, "name": "car"}],
        }
        write_json(root / boxes["coco"], content)
    if "bdd100k" in boxes:
        label = {"category": "motor", "box2d": {"x1": 1, "y1": 1, "x2": 8, "y2": 8}}
        frames = [
            {"name": name, "attributes": {"weather": "rainy"}, "labels": [label]} for name in names
        ]
        frames.append({"name": "absent.jpg", "attributes": {"weather": "clear"}, "labels": []})
        write_json(root / boxes["bdd100k"], frames)
    return written


def at_name(pattern: str, number: int) -> str:
    return Path(NamePattern(pattern).fill({"id": f"i{number}"})).name


def write_json(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def split_of(key: str) -> str:
    return (PUBLIC_SETS[key].splits or ("",))[0]


@pytest.mark.parametrize(("key", "layout"), CASES)
def test_every_layout_is_recognised(tmp_path: Path, key: str, layout: Layout) -> None:
    facts = PUBLIC_SETS[key]
    write_miniature(tmp_path, layout, split_of(key))
    rain_set = build(key, tmp_path)
    assert len(rain_set.ids()) == 2, rain_set.ids()
    for sample_id in rain_set.ids():
        sample = rain_set.load(sample_id)
        truths = layout.get("truths", {})
        assert (sample.clean is not None) == rain_set.has_clean
        assert rain_set.has_clean == isinstance(layout["pictures"], dict)
        assert (sample.boxes is not None) == ("boxes" in truths)
        assert (sample.label_map is not None) == ("label_maps" in truths)
    renames = "rename" in layout.get("truths", {}).get("boxes", {})
    assert not renames or "motorcycle" in (rain_set.box_classes or ())
    assert facts.paper in rain_set.description
    if facts.images:
        assert f"2 images here, {facts.images} published" in rain_set.description


@pytest.mark.parametrize(("key", "layout"), FROM_BEFORE)
def test_the_sets_from_before_keep_their_keys(tmp_path: Path, key: str, layout: Layout) -> None:
    """Rows of old runs are found by them; the digests are written out here as they were made."""
    truths, pictures = layout.get("truths", {}), layout["pictures"]
    files = write_miniature(tmp_path, layout, split_of(key))
    rain_set = build(key, tmp_path)
    expected = []
    for paths in files:
        digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
        if truths:
            expected.append(labelled_key(digests, key))
        elif "side_by_side" in pictures:
            side = pictures["clean_side"]
            expected.append(digest_json(["side by side", READING_VERSION, side, *digests]))
        else:
            kind = "pair" if len(digests) == 2 else "unpaired"
            expected.append(digest_json([kind, READING_VERSION, *digests]))
    assert [rain_set.key(one) for one in rain_set.ids()] == expected
    assert rain_set.protocol == ""
    changed = build(key, tmp_path, max_side=40, crop_multiple=8)
    assert not {changed.key(one) for one in changed.ids()} & set(expected)
    assert changed.protocol == "max_side:40|crop_multiple:8"


CITYSCAPES_VALUES = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)


def labelled_key(digests: list[str], key: str) -> str:
    """Return the key of a sample with a label map, which has the class of each value from 0."""
    values = range(11) if key == "camvid" else CITYSCAPES_VALUES
    ignored = {11, 255} if key == "camvid" else {255, *range(34)} - {*CITYSCAPES_VALUES}
    class_of = {value: index for index, value in enumerate(values)}
    class_of |= dict.fromkeys(ignored, 255)
    table = [class_of.get(value, -1) for value in range(256)]
    return digest_json(["labelled", READING_VERSION, digests, table, None])


@pytest.mark.parametrize("key", PUBLIC_SETS)
def test_every_entry_says_what_is_published(key: str) -> None:
    facts = PUBLIC_SETS[key]
    assert facts.licence and facts.source and facts.description and facts.layouts
    target = registry.load("rain-sets", key)
    assert facts.title in (inspect.getdoc(target) or "")
    parameters = list(inspect.signature(target).parameters)
    assert parameters[:2] == ["name", "root"]
    assert ("split" in parameters) == bool(facts.splits)
    assert ("rain" in parameters) == facts.rain_is_drawn


@pytest.mark.parametrize("key", ["rain800", "rain1200"])
def test_halves(tmp_path: Path, key: str) -> None:
    write_picture(tmp_path / "1.jpg", 1)
    sample = build(key, tmp_path).load("1")
    whole = read_rgb(tmp_path / "1.jpg").pixels
    left = sample.clean if key == "rain800" else sample.rainy
    assert np.array_equal(left, whole[:, : whole.shape[1] // 2])


def test_a_folder_that_is_another_set(tmp_path: Path) -> None:
    write_picture(tmp_path / "elsewhere/1.png")
    with pytest.raises(ConfigError, match=r"a picture that is there: 'elsewhere/1\.png'"):
        build("gt-rain", tmp_path)
    with pytest.raises(ConfigError, match=r"'rain/\{id\}.png' or .*there: 'elsewhere/1.png'"):
        build("spa-data", tmp_path)
    with pytest.raises(ConfigError, match="does not exist"):
        build("spa-data", tmp_path / "absent")


def test_another_arrangement_of_a_known_set_says_which_layouts_read_it(tmp_path: Path) -> None:
    for folder in ("inputcrop", "cleancrop"):
        write_picture(tmp_path / folder / "1.png")
    with pytest.raises(ConfigError, match="`layout: files`, or `layout: pairs` with `rainy` and"):
        build("Rain100H", tmp_path)


def test_a_set_without_its_clean_half_says_which_pattern_is_missing(tmp_path: Path) -> None:
    write_picture(tmp_path / "rain/000.png")
    with pytest.raises(ConfigError, match=r"matches 'gt/\{id\}gt.png'"):
        build("spa-data", tmp_path)


@pytest.mark.parametrize("key", PUBLIC_SETS)
def test_a_root_that_is_not_there(tmp_path: Path, key: str) -> None:
    target = registry.load("rain-sets", key)
    with pytest.raises(ConfigError, match=r"root: .*absent does not exist"):
        bind_options("sets[0]", target, {"root": "absent"}, tmp_path)


def test_both_parts_of_rainds_are_found_by_one_pattern(tmp_path: Path) -> None:
    for seed, part in enumerate(("", "pie-")):
        write_picture(tmp_path / f"test_set/rainstreak/{part}rain-7.png", seed)
        write_picture(tmp_path / f"test_set/gt/{part}norain-7.png", 2 + seed)
    rain_set = build("RainDS-syn", tmp_path)
    assert rain_set.ids() == ("pie-rain-7", "rain-7") and not rain_set.notices
    assert all(rain_set.load(one).clean is not None for one in rain_set.ids())


FRAME = "ulm_000000_000019"


def write_cityscapes(root: Path) -> None:
    """Write a frame with a car, a person, a group of persons and a caravan, and one without."""
    labels = np.full((24, 32), 7, np.uint8)
    labels[0] = 4
    instances = labels.astype(np.uint16)
    instances[2:9, 3:14], instances[10:20, 1:5] = 26000, 24003
    instances[12:15, 20:30], instances[1, 30], instances[20:23, 8:30] = 24, 24, 29001
    write_picture(root / f"leftImg8bit/val/ulm/{FRAME}_leftImg8bit.png", 1)
    write_picture(root / "leftImg8bit/val/ulm/ulm_000001_000019_leftImg8bit.png", 2)
    for one in (FRAME, "ulm_000001_000019"):
        write_array(root / f"gtFine/val/ulm/{one}_gtFine_labelIds.png", labels)
        shown = instances if one == FRAME else labels.astype(np.uint16)
        write_array(root / f"gtFine/val/ulm/{one}_gtFine_instanceIds.png", shown)


def test_cityscapes_has_label_maps_and_boxes(tmp_path: Path) -> None:
    write_cityscapes(tmp_path)
    drawn = build("Cityscapes", tmp_path, rain="heavy")
    assert drawn.ids() == (f"{FRAME}_leftImg8bit", "ulm_000001_000019_leftImg8bit")
    assert drawn.protocol == "rain:heavy" and len(drawn.label_classes or ()) == 19
    sample = drawn.load(drawn.ids()[0])
    assert sample.clean is not None and sample.label_map is not None and sample.boxes is not None
    assert np.unique(sample.label_map).tolist() == [0, 255]
    assert drawn.box_classes == (
        *("person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle"),
    )
    names = [drawn.box_classes[label] for label in sample.boxes.labels]
    assert names == ["person", "person", "car"]
    assert sample.boxes.ignore.tolist() == [True, False, False]
    assert sample.boxes.xyxy.tolist() == [[20, 1, 31, 15], [1, 10, 5, 20], [3, 2, 14, 9]]
    empty = drawn.load(drawn.ids()[1]).boxes
    assert empty is not None and empty.xyxy.shape == (0, 4)


def test_rainy_cityscapes_share_truths(tmp_path: Path) -> None:
    write_cityscapes(tmp_path)
    suffix = "leftImg8bit_rain_alpha_0.01_beta_0.005_dropsize_0.01_pattern_"
    for number in (1, 2):
        rainy = tmp_path / f"leftImg8bit_rain/val/ulm/{FRAME}_{suffix}{number}.png"
        write_picture(rainy, 3 + number)
    rain_set = build("RainCityscapes", tmp_path)
    assert rain_set.ids() == tuple(f"{FRAME}_{suffix}{number}" for number in (1, 2))
    for sample_id in rain_set.ids():
        sample = rain_set.load(sample_id)
        assert sample.clean is not None and sample.label_map is not None
        assert sample.boxes is not None and len(sample.boxes.labels) == 3


def test_dawn_as_it_lies(bench_data: Path) -> None:
    whole = build("DAWN", bench_data / "dawn_rain")
    assert len(whole.ids()) == 194 and not whole.has_clean
    assert whole.box_classes == ("person", "bicycle", "car", "motorcycle", "bus", "truck")
    counts = {"streaks": 19, "drops_on_glass": 28, "spray_mist_or_wet_road": 147}
    for appearance, number in counts.items():
        part = build("DAWN", bench_data / "dawn_rain", only={"appearance": appearance})
        assert len(part.ids()) == number
    small = build("DAWN", bench_data / "dawn_rain", max_side=320)
    sample = small.load(small.ids()[0])
    assert max(sample.rainy.shape) == 320 and sample.boxes is not None
    found = [whole.load(sample_id).boxes for sample_id in whole.ids()]
    labels = np.concatenate([boxes.labels for boxes in found if boxes is not None])
    assert np.bincount(labels, minlength=6).tolist() == [28, 0, 1323, 4, 12, 183]


def test_rain100l_as_it_lies(bench_data: Path) -> None:
    rain_set = build("Rain100L", bench_data / "Rain100L")
    assert rain_set.ids() == tuple(f"rain-{number:03d}" for number in range(1, 101))
    assert "published" not in rain_set.description
    sample = rain_set.load("rain-001")
    assert sample.clean is not None and not sample.notes
    assert sample.rainy.shape == sample.clean.shape
    assert len({rain_set.key(sample_id) for sample_id in rain_set.ids()}) == 100


def test_sirr_as_it_lies(bench_data: Path) -> None:
    rain_set = build("SIRR-real", bench_data / "sirr_real")
    assert len(rain_set.ids()) == 147 and not rain_set.has_clean
    assert "published" not in rain_set.description


@pytest.mark.parametrize(("split", "number"), [("train", 367), ("val", 101), ("test", 233)])
def test_camvid_as_it_lies(bench_data: Path, split: str, number: int) -> None:
    root = bench_data / "camvid"
    rain_set = build("CamVid", root, split=split, rain="light")
    assert len(rain_set.ids()) == number
    assert "published" not in rain_set.description
    sample = rain_set.load(rain_set.ids()[0])
    assert sample.label_map is not None and sample.label_map.shape == (360, 480)
    assert set(np.unique(sample.label_map).tolist()) <= {*range(11), 255}
    assert sample.clean is not None and (sample.clean != sample.rainy).any()
