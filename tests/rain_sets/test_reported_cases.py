"""Inputs on which people got a wrong figure, or none, with the figure that is right.

The right values were computed with pycocotools, mmdetection's CocoMetric, mmsegmentation's
IoUMetric or scikit-image on the same files. The pictures come from the folder of real pictures.
"""

import copy
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageFilter

from harness.config import read_run_config
from harness.device import Device
from harness.errors import ConfigError
from harness.run.whole_run import RunResult, run

Content = dict[str, Any]

CAMVID = "[sky, building, pole, road, pavement, tree, sign, fence, car, pedestrian, bicyclist]"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cases")


def coco_part(data: Path, number: int, needed: int = 1) -> Content:
    """Return the first images that show a person and an object of another category."""
    whole = json.loads((data / "coco_val128/instances_val128.json").read_text())
    of_image: dict[int, set[int]] = {}
    for annotation in whole["annotations"]:
        of_image.setdefault(annotation["image_id"], set()).add(annotation["category_id"])
    fitting = [one for one in whole["images"] if {1, needed} <= of_image.get(one["id"], set())]
    images = fitting[:number]
    ids = {image["id"] for image in images}
    return {
        "images": images,
        "annotations": [one for one in whole["annotations"] if one["image_id"] in ids],
        "categories": whole["categories"],
    }


def write_clean(data: Path, folder: Path, content: Content) -> None:
    folder.mkdir(parents=True)
    for image in content["images"]:
        picture = Image.open(data / "coco_val128/images" / image["file_name"]).convert("RGB")
        picture.save(folder / image["file_name"], quality=95)


def write_rainy(pictures: Path, rainy: Path, content: Content) -> None:
    """Draw slanted bright streaks, the same at every call."""
    rng = np.random.default_rng(7)
    rainy.mkdir()
    for image in content["images"]:
        picture = Image.open(pictures / image["file_name"]).convert("RGB")
        levels = np.asarray(picture.filter(ImageFilter.GaussianBlur(1.2))).astype(np.float32)
        drops = rng.random(levels.shape[:2]) > 0.985
        streaks = sum(
            np.roll(np.roll(drops, step, 0), step // 4, 1).astype(np.float32) for step in range(14)
        )
        levels += 70 * np.clip(streaks, 0, 1)[..., None]
        Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8)).save(
            rainy / image["file_name"], quality=95
        )


def write_json(path: Path, content: Content) -> None:
    path.write_text(json.dumps(content))


def write_run(folder: Path, rain_sets: Sequence[str], tasks: str, derainers: str = "rainy") -> Path:
    path = folder / "run.yaml"
    lines = "".join(f"  - {{{one}}}\n" for one in rain_sets)
    path.write_text(f"name: cases\nrain_sets:\n{lines}derainers: [{derainers}]\ntasks: [{tasks}]\n")
    return path


def yolox(weights: Path, more: str = "") -> str:
    model = "model: yolox_nano_8xb8-300e_coco"
    return f"{{name: det, use: detection, {model}, weights: {weights}/yolox_nano_coco.pth{more}}}"


def measured(config: Path, device: Device) -> tuple[dict[tuple[str, str, str], float], RunResult]:
    """Run a configuration and return its figures by rain set, derainer and metric."""
    out = config.parent / "out"
    shutil.rmtree(out, ignore_errors=True)
    result = run(read_run_config(config), config.parent, out, device)
    table = pd.read_csv(out / "summary.csv")
    keys = zip(table["rain_set"], table["derainer"], table["metric"], strict=True)
    return dict(zip(keys, table["value"], strict=True)), result


def with_a_parent_category(content: Any) -> Any:
    """04: two categories are called `person`."""
    twice = copy.deepcopy(content)
    kept = [one for one in content["categories"] if one["id"] in (1, 3)]
    twice["categories"] = [{"id": 0, "name": "person"}, *kept]
    twice["annotations"] = [one for one in content["annotations"] if one["category_id"] in (1, 3)]
    return twice


def named_people(content: Any, name: str) -> Any:
    """09: `Person` where the model says `person`."""
    names = copy.deepcopy(content)
    called = {1: name, 3: "car", 27: "backpack", 28: "umbrella"}
    names["categories"] = [{"id": key, "name": called[key]} for key in called]
    names["annotations"] = [one for one in content["annotations"] if one["category_id"] in called]
    return names


def frames_of_one_name(content: Any, bench_data: Path, video: Path) -> Any:
    """10: frames of one name in two folders, which are written."""
    frames = copy.deepcopy(content)
    for image, part in zip(frames["images"], "ab", strict=True):
        (video / part).mkdir(parents=True)
        source = bench_data / "coco_val128/images" / image["file_name"]
        shutil.copy(source, video / part / "000001.jpg")
        image["file_name"] = f"{part}/000001.jpg"
    return frames


def whole_bodies(content: Any) -> Any:
    """16: the first person of each picture goes on beyond it."""
    body = copy.deepcopy(content)
    sizes = {image["id"]: image for image in body["images"]}
    seen = set()
    for one in body["annotations"]:
        if one["category_id"] == 1 and one["image_id"] not in seen:
            seen.add(one["image_id"])
            x, y, width, _ = one["bbox"]
            height = sizes[one["image_id"]]["height"] - y + 12
            one["bbox"], one["area"] = [x - 6, y, width + 6, height], (width + 6) * height
    return body


def with_back_slashes(content: Any) -> Any:
    """19: names of files as Windows writes them."""
    windows = copy.deepcopy(content)
    for image in windows["images"]:
        image["file_name"] = f"two\\{image['file_name']}"
    return windows


def test_boxes_of_people(
    folder: Path, bench_data: Path, authors_weights: Path, cpu: Device, capsys: Any
) -> None:
    root = folder / "boxes"
    five, six, two = (coco_part(bench_data, *one) for one in ((5,), (6, 3), (2,)))
    for name, content in (("five", five), ("six", six), ("two", two)):
        write_clean(bench_data, root / name, content)

    write_json(root / "04.json", with_a_parent_category(six))
    wrong_name, right_name = (named_people(six, name) for name in ("Person", "person"))
    write_json(root / "09.json", wrong_name)
    write_json(root / "09right.json", right_name)
    write_json(root / "10.json", frames_of_one_name(two, bench_data, root / "video"))
    write_json(root / "16.json", whole_bodies(five))
    (root / "18.json").write_bytes(json.dumps(two).encode("utf-8-sig"))  # a byte order mark
    write_json(root / "19.json", with_back_slashes(two))

    sets = [("04", "six"), ("09", "six"), ("09right", "six"), ("10", "video"), ("16", "five")]
    entries = [
        f"name: c{case}, layout: coco, root: {where}, annotations: {case}.json"
        for case, where in [*sets, ("18", "two"), ("19", ".")]
    ]
    figures, result = measured(write_run(root, entries, yolox(authors_weights)), cpu)
    said = capsys.readouterr()
    assert not result.failures
    assert figures["c04", "rainy", "ap/person"] == pytest.approx(0.2399, abs=2e-4)
    assert figures["c09right", "rainy", "ap"] == pytest.approx(0.3612, abs=2e-4)
    assert ("c09", "rainy", "ap/Person") not in figures
    assert "of that name: Person (it has person)" in said.out + said.err
    assert "of that name: Person (it has person)" in (root / "out/report.html").read_text()
    assert figures["c10", "rainy", "ap"] == pytest.approx(0.3046, abs=2e-4)
    assert figures["c16", "rainy", "ap"] == pytest.approx(0.2863, abs=2e-4)
    assert figures["c18", "rainy", "ap"] == figures["c19", "rainy", "ap"]

    wrong = yolox(authors_weights, ", class_map: {persn: Person, bus: Lorry}")
    with pytest.raises(ConfigError, match="no class 'persn'; did you mean 'person'"):
        measured(write_run(root, entries[1:2], wrong), cpu)
    wrong = yolox(authors_weights, ", class_map: {person: Person, bus: Lorry}")
    with pytest.raises(ConfigError, match=r"has a class 'Lorry' \(for bus\)"):
        measured(write_run(root, entries[1:2], wrong), cpu)


def test_names_that_leave_the_folder(
    folder: Path, bench_data: Path, authors_weights: Path, cpu: Device
) -> None:
    root, content = folder / "leaving", coco_part(bench_data, 5)
    write_clean(bench_data, root / "clean", content)
    write_rainy(bench_data / "coco_val128/images", root / "rainy", content)
    write_json(root / "plain.json", content)
    for name, before in (("absolute", f"{root}/clean/"), ("up", "../clean/")):
        changed = copy.deepcopy(content)
        for image in changed["images"]:
            image["file_name"] = before + image["file_name"]
        write_json(root / f"{name}.json", changed)
    entries = [
        f"name: {name}, layout: coco, root: rainy, clean_root: clean, annotations: {name}.json"
        for name in ("plain", "absolute", "up")
    ]
    config = write_run(root, entries, f"restoration, {yolox(authors_weights)}")
    figures, result = measured(config, cpu)
    assert figures["plain", "rainy", "psnr_y"] == pytest.approx(19.78, abs=0.01)
    assert figures["plain", "rainy", "ap"] == pytest.approx(0.0818, abs=2e-4)
    for name, cause in (("absolute", "is an absolute path"), ("up", "leaves the folder with `..`")):
        assert (name, "rainy", "psnr_y") not in figures
        assert any(name in line and cause in line for line in result.failures)


def test_sizes_as_text(folder: Path, bench_data: Path, authors_weights: Path, cpu: Device) -> None:
    root, content = folder / "sizes", coco_part(bench_data, 5)
    (root / "half").mkdir(parents=True)
    for image in content["images"]:
        picture = Image.open(bench_data / "coco_val128/images" / image["file_name"]).convert("RGB")
        smaller = picture.resize((picture.width * 3 // 4, picture.height * 3 // 4))
        smaller.save(root / "half" / image["file_name"], quality=95)
        image["width"], image["height"] = str(image["width"]), str(image["height"])
    write_json(root / "text.json", content)
    entry = "name: Small, layout: coco, root: half, annotations: text.json"
    figures, result = measured(write_run(root, [entry], yolox(authors_weights)), cpu)
    assert ("Small", "rainy", "ap") not in figures
    assert "5 of 5 images failed" in result.failures[0]
    assert "the boxes would miss their objects" in result.failures[0]


def test_files_that_were_passed_over(folder: Path, bench_data: Path, cpu: Device) -> None:
    root = folder / "files"
    for number in range(1, 7):
        for side, source in (("rainy", "rainy/rain"), ("clean", "norain/norain")):
            picture = Image.open(bench_data / f"Rain100L/{source}-{number:03d}.png")
            picture = picture.crop((0, 0, 96, 96))
            for where, suffix in (("case", "PNG"), ("links", "png")):
                path = root / where / side / f"{number}.{suffix if number in (2, 5) else 'png'}"
                path.parent.mkdir(parents=True, exist_ok=True)
                if where == "links" and number in (2, 5):
                    path.symlink_to(f"../.git/annex/objects/gone-{number}.png")
                else:
                    picture.save(path)
    (root / "copy/rainy_image").mkdir(parents=True)
    (root / "copy/ground_truth").mkdir()
    for scene, number in ((901, 1), (902, 2)):
        clean = Image.open(root / f"case/clean/{number}.{'PNG' if number == 2 else 'png'}")
        rainy = Image.open(root / f"case/rainy/{number}.{'PNG' if number == 2 else 'png'}")
        clean.save(root / f"copy/ground_truth/{scene}.jpg", quality=95)
        for more in (0, 20):
            brighter = rainy.point(lambda level, more=more: min(255, level + more))
            brighter.save(root / f"copy/rainy_image/{scene}_{more // 20 + 1}.jpg", quality=95)
    second = root / "copy/rainy_image/902_2.jpg"
    shutil.copy(second, second.with_name("902_2(1).jpg"))
    patterns = 'layout: pairs, rainy: "rainy/{id}.png", clean: "clean/{id}.png"'
    entries = [f"name: {where}, root: {where}, {patterns}" for where in ("case", "links")]
    entries.append("name: copy, layout: Rain1400, root: copy")
    figures, result = measured(write_run(root, entries, "restoration"), cpu)
    assert figures["case", "rainy", "psnr_y"] == pytest.approx(28.550, abs=1e-3)
    assert figures["links", "rainy", "failed"] == 2
    assert any("gone-2.png, which is not there" in line for line in result.failures)
    assert figures["copy", "rainy", "psnr_y"] == pytest.approx(23.838, abs=1e-3)


def test_label_maps_as_jpeg(folder: Path, bench_data: Path, cpu: Device) -> None:
    root = folder / "labels"
    values = np.array([23, 11, 17, 7, 8, 21, 20, 13, 26, 24, 25, 0])
    chosen = sorted((bench_data / "camvid/test/images").iterdir())[::40][:4]
    for name in ("images", "png", "jpg"):
        (root / name).mkdir(parents=True)
    for path in chosen:
        shutil.copy(path, root / "images" / path.name)
        labels = np.asarray(Image.open(bench_data / f"camvid/test/labels/{path.stem}.png"))
        picture = Image.fromarray(values[labels].astype(np.uint8))
        picture.save(root / f"png/{path.stem}.png")
        picture.save(root / f"jpg/{path.stem}.jpg", quality=95)
    ignored = [value for value in range(64) if value not in values[:11]]
    entries = [
        f'name: {kind}, layout: labelled, root: ., images: "images/{{id}}.*", '
        f'labels: "{kind}/{{id}}.*", classes: {CAMVID}, values: {values[:11].tolist()}, '
        f"ignore: {ignored}"
        for kind in ("png", "jpg")
    ]
    figures, result = measured(write_run(root, entries, "segmentation"), cpu)
    assert figures["png", "rainy", "miou"] == pytest.approx(0.2945, abs=2e-4)
    assert figures["jpg", "rainy", "failed"] == 4
    assert all("compressed with loss" in line for line in result.failures)
