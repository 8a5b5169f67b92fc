"""Label maps of every kind, and what must not pass for one."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import write_array, write_picture
from PIL import Image

from harness.errors import ConfigError, SampleError
from harness.plugins.options import bind_options
from harness.rain_sets.files_layout import FilesRainSet
from harness.rain_sets.known_classes import CITYSCAPES_CLASSES

SIZE = (4, 6)
TRUTH = np.arange(24).reshape(SIZE) % 3


def build(root: Path, label_maps: dict[str, Any]) -> FilesRainSet:
    if not (root / "rainy").exists():
        write_picture(root / "rainy/1.png", size=SIZE)
    given = {
        "root": str(root),
        "pictures": "rainy",
        "truths": {"label_maps": {"files": "labels", **label_maps}},
    }
    return FilesRainSet("mine", **bind_options("rain_sets[0]", FilesRainSet, given, root))


def labels_of(rain_set: FilesRainSet) -> np.ndarray:
    label_map = rain_set.load("1").label_map
    assert label_map is not None and label_map.dtype == np.uint8
    return label_map


def test_values_in_order(tmp_path: Path) -> None:
    write_array(tmp_path / "labels/1.png", TRUTH.astype(np.uint8))
    rain_set = build(tmp_path, {"classes": ["a", "b", "c"]})
    assert np.array_equal(labels_of(rain_set), TRUTH)
    assert rain_set.label_classes == ("a", "b", "c")


def test_values_of_names_and_several_of_one(tmp_path: Path) -> None:
    write_array(tmp_path / "labels/1.png", TRUTH.astype(np.uint8))
    rain_set = build(tmp_path, {"classes": {"a": [0, 2], "b": 1}})
    assert np.array_equal(labels_of(rain_set), np.where(TRUTH == 1, 1, 0))


def test_reduce_zero_label(tmp_path: Path) -> None:
    write_array(tmp_path / "labels/1.png", TRUTH.astype(np.uint8))
    found = labels_of(build(tmp_path, {"classes": ["a", "b"], "reduce_zero_label": True}))
    assert np.array_equal(found, np.where(TRUTH == 0, 255, TRUTH - 1))


def test_sixteen_bits(tmp_path: Path) -> None:
    write_picture(tmp_path / "rainy/1.png", size=SIZE)
    (tmp_path / "labels").mkdir()
    values = np.array([7, 1000, 26001])[TRUTH].astype(np.uint16)
    Image.fromarray(values).save(tmp_path / "labels/1.png")
    classes = {"road": 7, "bus": 1000, "car": 26001}
    assert np.array_equal(labels_of(build(tmp_path, {"classes": classes})), TRUTH)
    with pytest.raises(SampleError, match="holds the value 26001, which is no class"):
        build(tmp_path, {"classes": {"road": 7, "bus": 1000}}).load("1")
    ignored = build(tmp_path, {"classes": {"road": 7, "bus": 1000}, "ignore": [26001]})
    assert np.array_equal(labels_of(ignored), np.where(TRUTH == 2, 255, TRUTH))
    with pytest.raises(SampleError, match="holds the value 1000"):
        build(tmp_path, {"classes": {"road": 7}}).load("1")


def test_palette_indices(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir(parents=True)
    image = Image.fromarray(TRUTH.astype(np.uint8), "P")
    image.putpalette([200, 0, 0, 0, 200, 0, 0, 0, 200])
    image.save(tmp_path / "labels/1.png")
    assert np.array_equal(labels_of(build(tmp_path, {"classes": ["a", "b", "c"]})), TRUTH)


def test_a_palette_of_greys_is_read_where_they_are_their_indices(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir(parents=True)
    image = Image.fromarray(TRUTH.astype(np.uint8), "P")
    image.putpalette([level for index in range(256) for level in [index] * 3])
    image.save(tmp_path / "labels/1.png")
    classes = {"classes": ["a", "b", "c"]}
    assert np.array_equal(labels_of(build(tmp_path, classes)), TRUTH)
    image.putpalette([*[0] * 3, *[2] * 3, *[1] * 3])  # as a writer that sorts by frequency does
    image.save(tmp_path / "labels/1.png")
    with pytest.raises(SampleError, match="shows the index 1 as the grey 2, and either may be"):
        build(tmp_path, classes).load("1")
    greys = {"a": "#000000", "b": "#010101", "c": "#020202"}
    expected = np.array([0, 2, 1])[TRUTH]
    assert np.array_equal(labels_of(build(tmp_path, {"colours": greys})), expected)
    image.putpalette([*[0] * 3, 0, 0, 200, *[1] * 3])  # colours: the indices are meant
    image.save(tmp_path / "labels/1.png")
    assert np.array_equal(labels_of(build(tmp_path, classes)), TRUTH)


COLOURS = np.array([[128, 64, 128], [0, 0, 142], [0, 0, 0]], np.uint8)


@pytest.mark.parametrize(
    "colours",
    [
        {"road": [128, 64, 128], "car": "#00008e"},
        {"road": ["#804080"], "car": [[0, 0, 142], [1, 2, 3]]},
        "table.csv",
        "table.txt",
    ],
)
def test_colours_of_a_table(tmp_path: Path, colours: Any) -> None:
    write_array(tmp_path / "labels/1.png", COLOURS[TRUTH])
    (tmp_path / "table.csv").write_text(
        "\ufeffname,r,g,b\nroad,128,64,128\ncar,0,0,142\nvoid,0,0,0\n"
    )
    (tmp_path / "table.txt").write_text("128 64 128\troad\n0 0 142\tcar\n0 0 0\tvoid\n")
    rain_set = build(tmp_path, {"colours": colours, "ignore": ["#000000"]})
    assert rain_set.label_classes == ("road", "car")
    assert np.array_equal(labels_of(rain_set), np.array([0, 1, 255])[TRUTH])


def test_a_colour_that_is_nobodys(tmp_path: Path) -> None:
    write_array(tmp_path / "labels/1.png", COLOURS[TRUTH])
    colours = {"road": "#804080", "car": "#00008e"}
    with pytest.raises(SampleError, match=r"holds the colour #000000, which is no class"):
        build(tmp_path, {"colours": colours}).load("1")
    with pytest.raises(ConfigError, match="#804080 stands twice"):
        build(tmp_path, {"colours": colours, "ignore": ["#804080"]})


@pytest.mark.parametrize(
    ("known", "values"),
    [("cityscapes", [7, 26, 3]), ("cityscapes-train-ids", [0, 13, 255])],
)
def test_known_classes(tmp_path: Path, known: str, values: list[int]) -> None:
    write_array(tmp_path / "labels/1.png", np.array(values, np.uint8)[TRUTH])
    rain_set = build(tmp_path, {"classes": known})
    assert rain_set.label_classes == tuple(CITYSCAPES_CLASSES)
    assert np.array_equal(labels_of(rain_set), np.array([0, 13, 255])[TRUTH])


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        ("jpg", {"quality": 100}),
        ("webp", {"quality": 100}),
        ("jp2", {}),
        ("avif", {}),
        ("tif", {"compression": "jpeg"}),
    ],
)
@pytest.mark.parametrize("classes", [{"classes": ["a", "b", "c"]}, {"colours": {"a": "#000000"}}])
def test_what_was_compressed_with_loss_is_refused(
    tmp_path: Path, suffix: str, options: dict[str, Any], classes: dict[str, Any]
) -> None:
    (tmp_path / "labels").mkdir()
    Image.fromarray(TRUTH.astype(np.uint8)).save(tmp_path / f"labels/1.{suffix}", **options)
    with pytest.raises(SampleError, match=r"labels/1\..* was compressed with loss"):
        build(tmp_path, classes).load("1")


@pytest.mark.parametrize(
    ("suffix", "options"),
    [("webp", {"lossless": True}), ("tif", {"compression": "tiff_lzw"}), ("bmp", {}), ("gif", {})],
)
def test_what_keeps_every_value_is_read(
    tmp_path: Path, suffix: str, options: dict[str, Any]
) -> None:
    (tmp_path / "labels").mkdir()
    pixels = COLOURS[TRUTH]
    Image.fromarray(pixels).save(tmp_path / f"labels/1.{suffix}", **options)
    colours = {"a": "#804080", "b": "#00008e", "c": "#000000"}
    assert np.array_equal(labels_of(build(tmp_path, {"colours": colours})), TRUTH)


@pytest.mark.parametrize(
    ("label_maps", "cause"),
    [
        ({"classes": ["a", "a"]}, "each once"),
        ({"classes": ["a"], "ignore": [0]}, "the value 0 stands for a class and in `ignore`"),
        ({"classes": {"a": 3, "b": 3}}, "a value of its own"),
        ({"classes": ["a"], "ignore": ["#000000"]}, "`ignore` holds values"),
        ({"colours": {"a": "#000000"}, "ignore": [3]}, "holds colours"),
        ({"classes": "camvid", "reduce_zero_label": True}, "a list of names"),
    ],
)
def test_contradictions(tmp_path: Path, label_maps: dict[str, Any], cause: str) -> None:
    write_array(tmp_path / "labels/1.png", TRUTH.astype(np.uint8))
    with pytest.raises(ConfigError, match=cause):
        build(tmp_path, label_maps)
