"""Files of every kind that a run reads, changed at random: used, or refused in a line."""

import io
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from hostile_pictures import encoded, photo
from hypothesis import example, given
from mutations import (
    CHANGES,
    FUZZED,
    Change,
    changed,
    is_a_line,
    is_used_or_told,
    what_is_told,
    written,
)
from PIL import Image
from torch import nn

from harness.checkpoints import read_checkpoint
from harness.config import read_run_config
from harness.errors import BenchError
from harness.images import read_colour_map, read_label_map, read_rgb, read_size, read_values
from harness.picture_colours import picture_digest
from harness.plugins.options import bind_options
from harness.rain_sets.coco import CocoRainSet
from harness.rain_sets.files_layout import FilesRainSet
from harness.rain_sets.yolo_boxes import read_names
from harness.samples import RainSet
from harness.training.data_settings import DataSettings
from harness.weights import fit_state_dict, plain_tensors
from harness.yaml_text import parse_yaml


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("changed")
    for number in range(3):
        written(root, f"pictures/{number}.png", encoded("PNG", photo().rotate(90 * number)))
    return root


CONFIG = b"""\
name: my-run
description: "two sets"
rain_sets:
  - &set {name: A, layout: unpaired, root: pictures, description: sets}
  - {<<: *set, name: B}
  - {name: S, layout: streets-light, scenes: 3, first_seed: 1000001, width: 64, height: 48}
derainers: [rainy, {name: G, use: guided-filter, radius: 4}]
tasks: [{use: niqe, quantiser: floor}]
quantiser: round
tile: 512
tile_overlap: 64
call_limit: 12.5
examples: 2
published_as: {G: null}
"""


@FUZZED
@given(changes=CHANGES)
@example(changes=[])
def test_configurations(folder: Path, changes: list[Change]) -> None:
    path = written(folder, "run.yaml", changed(CONFIG, changes))

    def read() -> None:
        config = read_run_config(path)
        json.dumps(config.model_dump(mode="json"), allow_nan=False).encode()
        for entry in config.rain_sets:
            if entry.use == "files":
                bind_options("rain_sets", FilesRainSet, entry.options, folder)

    assert is_used_or_told(read, changes)


@FUZZED
@given(changes=CHANGES)
@example(changes=[])
def test_yaml_of_classes(folder: Path, changes: list[Change]) -> None:
    content = b"path: ../a\nnames: {0: car, 1: bus, 2: 'person'}\nnc: 3\n"
    path = written(folder, "data.yaml", changed(content, changes))
    assert is_used_or_told(lambda: read_names("mine", path), changes)


def use(rain_set: RainSet) -> None:
    """Go through a set as a run does; a sample that fails says why in a line."""
    for sample_id in rain_set.ids():
        sample_id.encode()
        for ask in (rain_set.key, rain_set.load):
            told = what_is_told(partial(ask, sample_id))
            assert is_a_line(told)
            if told:
                break
    json.dumps([rain_set.box_classes, rain_set.notices], ensure_ascii=False).encode()


def coco() -> bytes:
    images = [
        {"id": number, "file_name": f"pictures/{number}.png", "width": 32, "height": 24}
        for number in range(3)
    ]
    boxes = [
        {"id": 7 + n, "image_id": n, "category_id": 5, "bbox": [1, 2, 8.5, 6], "iscrowd": "0"}
        for n in range(3)
    ]
    content = {
        "images": images,
        "annotations": boxes,
        "categories": [{"id": 5, "name": "car"}, {"id": 9, "name": "bus"}],
    }
    return json.dumps(content).encode()


@FUZZED
@given(changes=CHANGES)
@example(changes=[])
def test_coco(folder: Path, changes: list[Change]) -> None:
    path = written(folder, "coco.json", changed(coco(), changes))
    assert is_used_or_told(lambda: use(CocoRainSet("mine", folder, path)), changes)


VOC = (
    b'<?xml version="1.0" encoding="utf-8"?><annotation><filename>0.png</filename>'
    b"<size><width>32</width><height>24</height></size><object><name>car</name><difficult>0"
    b"</difficult><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>9.5</xmax><ymax>8</ymax></bndbox>"
    b"</object></annotation>"
)
YOLO = b"0 0.5 0.5 0.25 0.25\n1 0.4 0.6 0.1 0.2\n"
BDD = json.dumps(
    [
        {
            "name": f"{number}.png",
            "attributes": {"weather": "rainy"},
            "labels": [
                {"id": 1, "category": "car", "box2d": {"x1": 1, "y1": 2, "x2": 8, "y2": 9}},
                {"id": 2, "category": "lane", "poly2d": []},
            ],
        }
        for number in range(3)
    ]
).encode()


@pytest.mark.parametrize(
    ("name", "content", "boxes"),
    [
        ("xml/0.xml", VOC, {"voc": "xml/{id}.xml", "missing_is_empty": True}),
        (
            "txt/0.txt",
            YOLO,
            {"yolo": "txt/{id}.txt", "names": ["a", "b"], "missing_is_empty": True},
        ),
        ("bdd.json", BDD, {"bdd100k": "bdd.json"}),
        ("boxes.json", coco(), {"coco": "boxes.json"}),
    ],
    ids=["voc", "yolo", "bdd100k", "coco"],
)
def test_boxes_beside_pictures(
    folder: Path, name: str, content: bytes, boxes: dict[str, object]
) -> None:
    options = {"root": str(folder), "pictures": "pictures/{id}.png", "truths": {"boxes": boxes}}

    def build() -> FilesRainSet:
        return FilesRainSet("mine", **bind_options("rain_sets[0]", FilesRainSet, options, folder))

    @FUZZED
    @given(changes=CHANGES)
    @example(changes=[])
    def one(changes: list[Change]) -> None:
        written(folder, name, changed(content, changes))
        assert is_used_or_told(lambda: use(build()), changes)

    one()


def orientation() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


PICTURES: dict[str, Callable[[], bytes]] = {
    "a.png": lambda: encoded("PNG"),
    "palette.png": lambda: encoded("PNG", photo().quantize(9)),
    "a.jpg": lambda: encoded("JPEG", exif=orientation()),
    "progressive.jpg": lambda: encoded("JPEG", progressive=True),
    "a.gif": lambda: encoded("GIF"),
    "a.tif": lambda: encoded("TIFF"),
    "deflated.tif": lambda: encoded("TIFF", compression="tiff_adobe_deflate"),
    "a.webp": lambda: encoded("WEBP"),
    "a.bmp": lambda: encoded("BMP"),
    "a.ppm": lambda: encoded("PPM"),
    "a.jp2": lambda: encoded("JPEG2000"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures(tmp_path: Path, name: str) -> None:
    content = PICTURES[name]()

    @FUZZED
    @given(changes=CHANGES)
    @example(changes=[])
    def one(changes: list[Change]) -> None:
        path = written(tmp_path, name, changed(content, changes))
        for read in (read_rgb, read_label_map, read_colour_map, read_values, read_size):
            assert is_a_line(what_is_told(partial(read, path)))
        assert len(picture_digest(path)) >= 64

    one()


def saved(new_format: bool) -> bytes:
    torch.manual_seed(0)
    buffer = io.BytesIO()
    content = {"state_dict": network().state_dict(), "meta": {"epoch": 3}}
    torch.save(content, buffer, _use_new_zipfile_serialization=new_format)
    return buffer.getvalue()


def network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2))


def as_safetensors() -> bytes:
    header, body = {}, b""
    for name, value in network().state_dict().items():
        content = value.numpy().tobytes()
        kind = "I64" if value.dtype == torch.int64 else "F32"
        span = [len(body), len(body) + len(content)]
        header[name] = {"dtype": kind, "shape": list(value.shape), "data_offsets": span}
        body += content
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


CHECKPOINTS: dict[str, Callable[[], bytes]] = {
    "zip": lambda: saved(True),
    "old": lambda: saved(False),
    "safetensors": as_safetensors,
}


@pytest.mark.parametrize("kind", CHECKPOINTS)
def test_checkpoints(tmp_path: Path, kind: str) -> None:
    content = CHECKPOINTS[kind]()

    def fit(path: Path) -> None:
        fit_state_dict(network(), plain_tensors(read_checkpoint(path)), path)

    @FUZZED
    @given(changes=CHANGES)
    @example(changes=[])
    def one(changes: list[Change]) -> None:
        path = written(tmp_path, "w.pth", changed(content, changes))
        assert is_used_or_told(lambda: fit(path), changes)

    one()


def test_arrays_of_depth(folder: Path) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.ones((24, 32)))
    content = buffer.getvalue()
    options = {
        "root": str(folder),
        "pictures": "pictures/{id}.png",
        "truths": {"depth": "depth/{id}.npy"},
        "spare_pictures": True,
    }

    @FUZZED
    @given(changes=CHANGES)
    @example(changes=[])
    def one(changes: list[Change]) -> None:
        written(folder, "depth/0.npy", changed(content, changes))
        given_options = bind_options("rain_sets[0]", FilesRainSet, options, folder)
        assert is_used_or_told(lambda: use(FilesRainSet("mine", **given_options)), changes)

    one()


@FUZZED
@given(changes=CHANGES)
@example(changes=[])
def test_settings_of_trainings(changes: list[Change]) -> None:
    content = (
        b"sources:\n  - {share: 1.0, scenes: [0, 500], sizes: [[640, 360]], rain: {heavy: 1}}\n"
    )

    def read() -> None:
        text = changed(content, changes).decode("utf-8", "replace")
        values = parse_yaml(text, "train.yaml")
        if isinstance(values, dict):
            try:
                DataSettings.model_validate(values, context={"base": Path()})
            except ValueError as error:
                raise BenchError(str(error).splitlines()[0]) from error

    assert is_used_or_told(read, changes)
