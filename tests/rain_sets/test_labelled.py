from pathlib import Path

import numpy as np
import pytest
from pictures import write_array, write_picture

from harness.errors import ConfigError, SampleError
from harness.rain_sets.labelled import LabelledRainSet

PATTERNS = {"images": "images/{id}.png", "labels": "labels/{id}.png"}
CLASSES = ["road", "car"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number in range(3):
        write_picture(tmp_path / f"images/{number}.png", number)
        write_array(tmp_path / f"labels/{number}.png", np.full((24, 32), number % 2, np.uint8))
    return tmp_path


def test_values_become_classes(root: Path) -> None:
    values = np.zeros((24, 32), np.uint8)
    values[0, :5] = [7, 26, 0, 255, 26]
    values[1:] = 7
    values[0, 5:] = 7
    write_array(root / "labels/0.png", values)
    rain_set = LabelledRainSet(
        "mine", root, **PATTERNS, classes=CLASSES, values=[7, 26], ignore=[0]
    )
    assert rain_set.label_classes == ("road", "car")
    assert not rain_set.has_clean
    sample = rain_set.load("0")
    assert sample.label_map is not None
    assert sample.label_map.dtype == np.uint8
    assert sample.label_map[0, :6].tolist() == [0, 1, 255, 255, 1, 0]


def test_an_unknown_value_is_named(root: Path) -> None:
    write_array(root / "labels/1.png", np.full((24, 32), 9, np.uint8))
    rain_set = LabelledRainSet("mine", root, **PATTERNS, classes=CLASSES)
    with pytest.raises(SampleError, match=r"1\.png: holds the value 9, .*known are 0, 1, 255"):
        rain_set.load("1")
    rain_set.load("2")


def test_a_label_map_of_another_size_is_refused(root: Path) -> None:
    write_array(root / "labels/1.png", np.zeros((24, 30), np.uint8))
    with pytest.raises(SampleError, match=r"1\.png is 30x24 but .*1\.png is 32x24"):
        LabelledRainSet("mine", root, **PATTERNS, classes=CLASSES).load("1")


def test_drawn_rain_is_of_the_picture_and_not_of_its_neighbours(root: Path) -> None:
    light = LabelledRainSet("mine", root, **PATTERNS, classes=CLASSES, rain="light")
    heavy = LabelledRainSet("mine", root, **PATTERNS, classes=CLASSES, rain="heavy")
    other = LabelledRainSet("mine", root, **PATTERNS, classes=CLASSES, rain="light", rain_seed=1)
    assert light.has_clean
    sample = light.load("1")
    assert sample.clean is not None
    assert not np.array_equal(sample.rainy, sample.clean)
    assert len({rain_set.key("1") for rain_set in (light, heavy, other)}) == 3
    (root / "images/0.png").unlink()
    (root / "labels/0.png").unlink()
    again = LabelledRainSet("mine", root, **PATTERNS, classes=CLASSES, rain="light")
    assert np.array_equal(again.load("1").rainy, sample.rainy)
    assert again.key("1") == light.key("1")


def test_a_picture_too_small_for_rain_fails_alone(root: Path) -> None:
    write_picture(root / "images/1.png", size=(4, 4))
    write_array(root / "labels/1.png", np.zeros((4, 4), np.uint8))
    rain_set = LabelledRainSet("mine", root, **PATTERNS, classes=CLASSES, rain="light")
    with pytest.raises(SampleError, match="1: no rain can be drawn on it"):
        rain_set.load("1")


def test_lost_files_show_and_spare_truth_does_not(root: Path) -> None:
    (root / "images/1.png").unlink()
    rain_set = LabelledRainSet("mine", root, **PATTERNS, classes=CLASSES)
    with pytest.raises(SampleError, match=r"there is no image .*images/1\.png for this label map"):
        rain_set.load("1")
    spare = LabelledRainSet("mine", root, **PATTERNS, classes=CLASSES, spare_truth=True)
    assert spare.ids() == ("0", "2")


def test_clean_pictures_of_a_rainy_set(root: Path) -> None:
    for number in range(2):
        write_picture(root / f"clean/{number}.png", 50 + number)
    rain_set = LabelledRainSet("mine", root, **PATTERNS, classes=CLASSES, clean="clean/{id}.png")
    assert rain_set.has_clean
    assert rain_set.load("0").clean is not None
    with pytest.raises(SampleError, match=r"its clean image .*clean/2\.png is missing"):
        rain_set.load("2")


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        ({"classes": []}, "`classes` needs"),
        ({"classes": ["car", "car"]}, "each once"),
        ({"classes": CLASSES, "values": [1]}, "each of the 2 classes a value"),
        ({"classes": CLASSES, "ignore": [1]}, "value 1 stands for a class and in `ignore`"),
        ({"classes": CLASSES, "clean": "c/{id}.png", "rain": "light"}, "`clean` or `rain`"),
    ],
)
def test_contradictions(root: Path, options: dict[str, object], cause: str) -> None:
    with pytest.raises(ConfigError, match=cause):
        LabelledRainSet("mine", root, **PATTERNS, **options)  # type: ignore[arg-type]
