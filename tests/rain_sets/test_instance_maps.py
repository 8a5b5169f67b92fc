"""Boxes around the objects of instance maps, against pycocotools on the same masks."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pictures import write_array, write_picture
from pycocotools import mask as coco_mask

from harness.errors import ConfigError, SampleError
from harness.rain_sets.files_layout import FilesRainSet
from harness.rain_sets.instance_maps import boxes_of_instances
from harness.rain_sets.layout_options import BoxesOptions, PicturesOptions, TruthsOptions

CLASSES = {24: "person", 25: "rider", 26: "car", 33: "bicycle"}


def noise_map(seed: int) -> npt.NDArray[np.uint16]:
    """Return rectangles over each other: stuff, objects of four classes, groups and a caravan."""
    rng = np.random.default_rng(seed)
    values = np.full((90, 120), 7, np.uint16)
    for number in range(25):
        top, left = rng.integers(0, 85), rng.integers(0, 115)
        value = int(rng.choice([11, 24, 26, 29001, *(1000 * one + number for one in CLASSES)]))
        values[top : top + rng.integers(1, 40), left : left + rng.integers(1, 50)] = value
    return values


@pytest.mark.parametrize("seed", range(5))
def test_boxes_and_areas_are_those_of_pycocotools(seed: int) -> None:
    values = noise_map(seed)
    label_of = {value: label for label, value in enumerate(CLASSES)}
    found = boxes_of_instances(values, label_of)
    expected = []
    for value in np.unique(values):
        class_value = value // 1000 if value >= 1000 else value
        if class_value not in CLASSES:
            continue
        run_lengths = coco_mask.encode(np.asfortranarray(values == value).astype(np.uint8))
        left, top, width, height = coco_mask.toBbox(run_lengths)
        expected.append(
            (
                [left, top, left + width, top + height],
                label_of[int(class_value)],
                value < 1000,
                float(coco_mask.area(run_lengths)),
            )
        )
    stated = zip(found.xyxy.tolist(), found.labels, found.ignore, found.areas, strict=True)
    assert [tuple(one) for one in stated] == expected
    assert len(expected) > 5


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number in (1, 2):
        write_picture(tmp_path / f"pictures/{number}.png", number, (90, 120))
        write_array(tmp_path / f"objects/{number}_instanceIds.png", noise_map(number))
    return tmp_path


def build(root: Path, **boxes: Any) -> FilesRainSet:
    stated = {"cityscapes": "objects/{id}_instanceIds.png", **boxes}
    truths = TruthsOptions(boxes=BoxesOptions.model_validate(stated))
    return FilesRainSet("mine", root, PicturesOptions.model_validate("pictures"), truths)


def test_classes_are_those_that_cityscapes_scores(root: Path) -> None:
    rain_set = build(root)
    assert rain_set.box_classes == (
        *("person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle"),
    )
    assert not rain_set.notices
    chosen = build(root, classes={"car": "vehicle", "caravan": "vehicle", "person": "person"})
    assert chosen.box_classes == ("vehicle", "person")
    assert any("rider, truck" in line for line in chosen.notices)
    assert chosen.key("1") != rain_set.key("1")
    caravans = chosen.load("1").boxes
    whole = rain_set.load("1").boxes
    assert caravans is not None and whole is not None
    vehicles = (noise_map(1) // 1000 == 26) | (noise_map(1) == 26) | (noise_map(1) == 29001)
    assert caravans.areas[caravans.labels == 0].sum() == vehicles.sum()
    with pytest.raises(ConfigError, match=r"called 'lorry'.*called so are person, rider"):
        build(root, classes=["lorry"])
    renamed = build(root, rename={"rider": "person"})
    assert "rider" not in (renamed.box_classes or ())


def test_the_key_follows_the_map(root: Path) -> None:
    before = build(root).key("1")
    write_array(root / "objects/1_instanceIds.png", noise_map(7))
    assert build(root).key("1") != before


def test_maps_that_do_not_fit(root: Path) -> None:
    write_array(root / "objects/1_instanceIds.png", noise_map(1)[:50])
    with pytest.raises(SampleError, match=r"1_instanceIds.png is 120x50 but .*1.png is 120x90"):
        build(root).load("1")
    (root / "objects/2_instanceIds.png").unlink()
    with pytest.raises(SampleError, match=r"its instance map .* is missing"):
        build(root).load("2")


def test_maxima_and_crops_move_the_boxes(root: Path) -> None:
    truths = TruthsOptions(boxes=BoxesOptions(cityscapes="objects/{id}_instanceIds.png"))
    pictures = PicturesOptions.model_validate("pictures")
    part = FilesRainSet("mine", root, pictures, truths, crop_multiple=32)
    assert part.protocol == "crop_multiple:32"
    sample = part.load("1")
    assert sample.rainy.shape == (64, 96, 3) and sample.boxes is not None
    assert sample.notes[-1] == "cropped from 120x90 to 96x64"
    found, expected = sample.boxes, boxes_of_instances(noise_map(1)[:64, :96], {24: 0})
    assert (found.xyxy[:, 2] <= 96).all() and (found.xyxy[:, 3] <= 64).all()
    assert len(expected.labels) <= (found.labels == 0).sum()
