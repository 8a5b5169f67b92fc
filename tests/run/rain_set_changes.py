"""Every built-in rain set with another value for each of its options."""

import functools
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from box_changes import BOXES
from changes import DESCRIPTION, NAME, Part, counts, idle

from harness.images import png_bytes
from harness.plugins import registry
from harness.plugins.registry import BUILT_IN
from harness.rain_sets.layout_options import PicturesOptions, TruthsOptions
from harness.rain_sets.name_patterns import NamePattern
from harness.rain_sets.public_sets import PUBLIC_SETS
from harness.samples import RainSet
from harness.streets.rain import RainParameters

FIRST_ID, SECOND_ID = 1, 2
RAIN = {
    "rain": [counts("light"), counts("heavy"), counts(RainParameters(angle=9))],
    "rain_seed": [counts(1, rain="light"), idle(1)],
}
"""Options of sets on which our rain is drawn; without rain its seed is nobody's business."""


def build_rain_set(name: str, options: Mapping[str, Any]) -> RainSet:
    target: Any = registry.load("rain-sets", name)
    return target(**{"name": name, **options})


def write_picture(path: Path, seed: int) -> None:
    """Write a small noise picture as PNG, whatever its extension."""
    pixels = np.random.default_rng(seed).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png_bytes(pixels))


def write_labels(path: Path, seed: int, values: int = 2) -> None:
    """Write a label map of the values from 0."""
    labels = np.random.default_rng(seed).integers(0, values, (24, 32), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png_bytes(labels))


def write_depth(path: Path, seed: int) -> None:
    """Write a depth map of 8 bits."""
    write_labels(path, seed, 200)


def write_pictures(root: Path, *folders: str) -> None:
    """Write two pictures into each of some folders, all different."""
    for number, folder in enumerate(folders):
        for index in (FIRST_ID, SECOND_ID):
            write_picture(root / folder / f"{index}.png", 10 * number + index)


def moved(root: Path) -> Path:
    """Return a copy of a folder."""
    return Path(shutil.copytree(root, root.with_name(f"{root.name}-moved")))


def streets(level: str | None, root: Path) -> Part:
    """Rendered scenes, which are not rendered here."""
    options: dict[str, Any] = {"scenes": 2, "width": 96, "height": 64}
    changes = {
        **NAME,
        "scenes": [idle(3)],
        "first_seed": [counts(7)],
        "width": [counts(128)],
        "height": [counts(48)],
    }
    if level:
        return Part(
            {**options, "level": level},
            {**changes, "level": [counts("light"), counts(RainParameters(angle=9))]},
        )
    return Part(options, changes)


def pairs(root: Path) -> Part:
    write_pictures(root, "rainy", "wet", "clean", "dry")
    return Part(
        {"root": root, "rainy": "rainy/{id}.png", "clean": "clean/{id}.png"},
        {
            **NAME,
            **DESCRIPTION,
            "root": [idle(moved(root))],
            "rainy": [counts("wet/{id}.png"), idle("rainy/{id}.*")],
            "clean": [counts("dry/{id}.png"), idle("clean/{id}.*")],
        },
    )


def side_by_side(root: Path) -> Part:
    write_pictures(root, "halves", "others")
    return Part(
        {"root": root, "pictures": "halves/{id}.png", "clean_side": "left"},
        {
            **NAME,
            **DESCRIPTION,
            "root": [idle(moved(root))],
            "pictures": [counts("others/{id}.png"), idle("halves/*")],
            "clean_side": [counts("right")],
        },
    )


def unpaired(root: Path) -> Part:
    write_pictures(root, "", "others")
    return Part(
        {"root": root},
        {
            **NAME,
            **DESCRIPTION,
            "root": [idle(moved(root)), counts(root / "others")],
            "pattern": [counts("others/*"), idle("*.png")],
        },
    )


def coco(root: Path) -> Part:
    write_pictures(root, "images", "clean", "others")
    for name in ("boxes.json", "same.json"):
        (root / name).write_text(json.dumps(BOXES))
    changed = json.loads(json.dumps(BOXES))
    changed["annotations"][0]["bbox"][0] += 1
    (root / "changed.json").write_text(json.dumps(changed))
    copy = moved(root)
    return Part(
        {"root": root / "images", "annotations": root / "boxes.json"},
        {
            **NAME,
            **DESCRIPTION,
            **RAIN,
            "root": [idle(copy / "images"), counts(root / "others")],
            "annotations": [idle(root / "same.json"), counts(root / "changed.json")],
            "clean_root": [
                counts(root / "clean"),
                counts(root / "others", clean_root=root / "clean"),
                idle(copy / "clean", clean_root=root / "clean"),
            ],
        },
    )


def labelled(root: Path) -> Part:
    write_pictures(root, "images", "clean", "others")
    for index in (FIRST_ID, SECOND_ID):
        write_labels(root / f"labels/{index}.png", index)
        write_labels(root / f"other_labels/{index}.png", 10 + index)
    clean = "clean/{id}.png"
    return Part(
        {
            "root": root,
            "images": "images/{id}.png",
            "labels": "labels/{id}.png",
            "classes": ["road", "car"],
        },
        {
            **NAME,
            **DESCRIPTION,
            **RAIN,
            "root": [idle(moved(root))],
            "images": [counts("others/{id}.png"), idle("images/{id}.*")],
            "labels": [counts("other_labels/{id}.png"), idle("labels/{id}.*")],
            "classes": [
                counts(["car", "road"]),
                counts(["road", "bicyclist"]),
                counts(["road", "car", "sky"]),
            ],
            "ignore": [counts([7])],
            "values": [counts([1, 0]), idle([0, 1])],
            "clean": [counts(clean), counts("others/{id}.png", clean=clean)],
            "spare_truth": [idle(True)],
        },
    )


def public(key: str, root: Path) -> Part:
    """A public set as its first layout lays it out, with all its parts."""
    facts = PUBLIC_SETS[key]
    for seed, split in enumerate(facts.splits or ("",)):
        write_public(root, facts.layouts[0], split, 100 * seed)
    changes: dict[str, Any] = {
        **NAME,
        "root": [idle(moved(root))],
        "only": [idle({"weather": "rainy"} if "only" in facts.layouts[0] else "*k1*")],
        "exclude": [idle("*k2*")],
        "every": [idle(2)],
        "max_side": [counts(40)],
        "crop_multiple": [counts(7)],
    }
    if facts.splits:
        changes["split"] = [counts(split) for split in facts.splits[1:]]
    if facts.rain_is_drawn:
        changes |= RAIN
    return Part({"root": root}, changes)


def write_public(root: Path, layout: Mapping[str, Any], split: str, seed: int) -> None:
    """Write two pictures with the truths that a layout has."""
    chosen = json.loads(json.dumps(layout).replace("{split}", split))
    pictures, truths = chosen["pictures"], chosen.get("truths", {})
    sides = {"rainy": pictures} if isinstance(pictures, str) else pictures
    patterns = [sides[key] for key in ("rainy", "side_by_side", "clean") if key in sides]
    boxes, names = truths.get("boxes", {}), []
    for index in (FIRST_ID, SECOND_ID):

        def at(pattern: str, index: int = index) -> Path:
            fields = NamePattern(pattern).fields
            filled = NamePattern(pattern).fill(dict.fromkeys(fields, f"k{index}"))
            return root / filled.replace("*", f"k{index}.png" if filled == "*" else "png")

        for number, pattern in enumerate(patterns):
            write_picture(at(pattern), seed + 10 * number + index)
        names.append(at(patterns[0]).name)
        if "voc" in boxes:
            at(boxes["voc"]).parent.mkdir(parents=True, exist_ok=True)
            box = "<xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax>"
            one = f"<object><name>motorbike</name><bndbox>{box}</bndbox></object>"
            at(boxes["voc"]).write_text(f"<annotation>{one}</annotation>")
        if "label_maps" in truths:
            few = 12 if truths["label_maps"]["classes"] == "camvid" else 19
            write_labels(at(truths["label_maps"]["files"]), seed + index, few)
        if "cityscapes" in boxes:
            write_labels(at(boxes["cityscapes"]), seed + index, 34)
    if "coco" in boxes:
        images = [{"id": number, "file_name": name} for number, name in enumerate(names)]
        cars = [{"id": 1, "name": "car"}]
        content: Any = {"images": images, "annotations": [], "categories": cars}
        (root / boxes["coco"]).write_text(json.dumps(content))
    if "bdd100k" in boxes:
        label = {"category": "motor", "box2d": {"x1": 1, "y1": 1, "x2": 8, "y2": 8}}
        weather = {"weather": "rainy"}
        content = [{"name": name, "attributes": weather, "labels": [label]} for name in names]
        (root / boxes["bdd100k"]).parent.mkdir(parents=True, exist_ok=True)
        (root / boxes["bdd100k"]).write_text(json.dumps(content))


def files(root: Path) -> Part:
    write_pictures(root, "rainy", "wet", "clean", "others")
    for index in (FIRST_ID, SECOND_ID):
        write_labels(root / f"labels/{index}.png", index)
        write_depth(root / f"depth/{index}.png", index)
    (root / "boxes.json").write_text(json.dumps(BOXES))
    changed = json.loads(json.dumps(BOXES))
    changed["annotations"][0]["bbox"][0] += 1
    (root / "changed.json").write_text(json.dumps(changed))
    drawn = {"clean": "clean", "rain": "light"}
    boxes, labels = {"coco": "boxes.json"}, {"files": "labels", "classes": ["road", "car"]}
    depth = {"files": "depth", "metres": 0.1}
    every = {"boxes": boxes, "label_maps": labels, "depth": depth}
    return Part(
        {"root": root, "pictures": pictures_of("rainy"), "truths": truths_of(every)},
        {
            **NAME,
            **DESCRIPTION,
            "root": [idle(moved(root))],
            "pictures": [
                idle(pictures_of("rainy/{id}.png")),
                counts(pictures_of("wet")),
                counts(pictures_of({"rainy": "rainy", "clean": "clean"})),
                counts(pictures_of({"side_by_side": "rainy", "clean_side": "left"}), truths=None),
                counts(pictures_of(drawn)),
                counts(pictures_of({**drawn, "rain": "heavy"}), pictures=pictures_of(drawn)),
                counts(pictures_of({**drawn, "rain_seed": 1}), pictures=pictures_of(drawn)),
                counts(pictures_of({**drawn, "rain": {"level": "light", "tint": 0.9}})),
            ],
            "truths": [
                counts(None),
                counts(truths_of({**every, "boxes": {"coco": "changed.json"}})),
                counts(truths_of({**every, "boxes": {**boxes, "classes": ["car"]}})),
                counts(truths_of({**every, "label_maps": {**labels, "classes": ["car", "road"]}})),
                counts(truths_of({**every, "label_maps": {**labels, "ignore": [7]}})),
                counts(truths_of({**every, "depth": {**depth, "metres": 0.2}})),
                counts(truths_of({**every, "depth": {**depth, "far": 50}})),
                idle(truths_of({**every, "boxes": {**boxes, "named": "{id}.png"}})),
            ],
            "only": [idle(str(FIRST_ID))],
            "exclude": [idle(str(SECOND_ID))],
            "every": [idle(2)],
            "max_side": [counts(24), counts(20, max_side=24), idle(None)],
            "crop_multiple": [counts(7), counts(5, crop_multiple=7), idle(None)],
            "spare_truth": [idle(True)],
            "spare_pictures": [idle(True)],
            "follow_links": [idle(True)],
        },
    )


def pictures_of(stated: Any) -> PicturesOptions:
    return PicturesOptions.model_validate(stated)


def truths_of(stated: Any) -> TruthsOptions:
    return TruthsOptions.model_validate(stated)


RAIN_SETS: Mapping[str, Callable[[Path], Part]] = {
    "streets-light": functools.partial(streets, None),
    "streets-heavy": functools.partial(streets, None),
    "streets": functools.partial(streets, "heavy"),
    "files": files,
    "pairs": pairs,
    "side-by-side": side_by_side,
    "unpaired": unpaired,
    "coco": coco,
    "labelled": labelled,
    **{
        name: functools.partial(public, name.lower())
        for name in BUILT_IN["rain-sets"]
        if name.lower() in PUBLIC_SETS
    },
}
"""By the registered name: writes a set's files below a folder, and returns it."""
