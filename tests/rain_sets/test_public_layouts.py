"""Every entry of the public sets, tried on a miniature of each of its layouts."""

import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import write_array, write_picture

from harness.errors import ConfigError
from harness.plugins import registry
from harness.plugins.options import bind_options
from harness.rain_sets.name_patterns import NamePattern
from harness.rain_sets.public_files import PUBLIC_FILES, Layout
from harness.samples import RainSet

CASES = [
    pytest.param(key, layout, id=f"{key}-{number}")
    for key, facts in PUBLIC_FILES.items()
    for number, layout in enumerate(facts.layouts)
]


def build(key: str, root: Path, **options: Any) -> RainSet:
    target = registry.load("rain-sets", key)
    rain_set = target("mine", **bind_options("s", target, {"root": str(root), **options}, root))
    assert isinstance(rain_set, RainSet)
    return rain_set


def write_miniature(root: Path, layout: Layout, split: str) -> None:
    """Write two pictures, and each truth that the layout has, as it lays them out."""
    layout = json.loads(json.dumps(layout).replace("{split}", split))
    pictures, truths = layout["pictures"], layout.get("truths", {})
    patterns = [pictures] if isinstance(pictures, str) else list(pictures.values())
    boxes: Mapping[str, Any] = truths.get("boxes", {})
    for number in (1, 2):
        fields = ("id", "scene", "frame", "name", "sequence", "rain")
        values = {field: f"{field[0]}{number}" for field in fields}

        def at(pattern: str, values: Mapping[str, str] = values) -> Path:
            return root / NamePattern(pattern).fill(values).replace("*", "png")

        for seed, pattern in enumerate(patterns):
            write_picture(at(pattern), 10 * number + seed)
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
            write_array(at(truths["label_maps"]["files"]), np.full((24, 32), 7, np.uint8))
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


def at_name(pattern: str, number: int) -> str:
    return Path(NamePattern(pattern).fill({"id": f"i{number}"})).name


def write_json(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(("key", "layout"), CASES)
def test_every_layout_is_recognised(tmp_path: Path, key: str, layout: Layout) -> None:
    facts = PUBLIC_FILES[key]
    write_miniature(tmp_path, layout, (facts.splits or ("",))[0])
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


@pytest.mark.parametrize("key", PUBLIC_FILES)
def test_every_entry_says_what_is_published(key: str) -> None:
    facts = PUBLIC_FILES[key]
    assert facts.licence and facts.source and facts.description and facts.layouts
    target = registry.load("rain-sets", key)
    assert facts.title in (inspect.getdoc(target) or "")
    assert ("split" in inspect.signature(target).parameters) == bool(facts.splits)


def test_a_folder_that_is_another_set(tmp_path: Path) -> None:
    write_picture(tmp_path / "elsewhere/1.png")
    with pytest.raises(ConfigError, match=r"a picture that is there: 'elsewhere/1\.png'"):
        build("gt-rain", tmp_path)


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
