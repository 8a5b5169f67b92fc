"""One set of files is judged by every task at once, with the figures of the scenes it came from."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from harness.config import read_run_config
from harness.device import Device
from harness.images import png_bytes
from harness.rain_sets.streets import StreetsRainSet
from harness.run.whole_run import run
from harness.samples import Sample

SCENES = StreetsRainSet("streets", "heavy", scenes=2, width=192, height=112)

CONFIG = """
name: all-three
rain_sets:
  - {name: streets, layout: streets-heavy, scenes: 2, width: 192, height: 112}
  - name: files
    layout: files
    root: .
    pictures: {rainy: rainy, clean: clean}
    truths:
      boxes: {coco: boxes.json}
      label_maps: {files: "labels/{id}.png", classes: @CLASSES@}
      depth: {files: "depth/{id}.npy"}
  - name: small
    layout: files
    root: .
    pictures: {rainy: rainy, clean: clean}
    truths: {boxes: {coco: boxes.json}}
    max_side: 96
  - {name: unpaired, layout: files, root: ., pictures: rainy}
derainers: [rainy, clean]
tasks: [restoration, detection, segmentation]
"""


def write(root: Path, sample: Sample) -> list[dict[str, Any]]:
    """Write a sample into files and return its boxes as COCO has them."""
    assert sample.clean is not None and sample.boxes is not None and sample.label_map is not None
    pictures = {"rainy": sample.rainy, "clean": sample.clean, "labels": sample.label_map}
    for folder, pixels in pictures.items():
        (root / folder).mkdir(exist_ok=True)
        (root / folder / f"{sample.id}.png").write_bytes(png_bytes(pixels))
    (root / "depth").mkdir(exist_ok=True)
    np.save(root / f"depth/{sample.id}.npy", sample.truths["depth"])
    sides = sample.boxes.xyxy[:, 2:] - sample.boxes.xyxy[:, :2]
    return [
        {
            "category_id": int(label),
            "bbox": [*map(float, corners[:2]), *map(float, size)],
            "iscrowd": int(ignored),
            "area": float(area),
        }
        for corners, size, label, ignored, area in zip(
            sample.boxes.xyxy,
            sides,
            sample.boxes.labels,
            sample.boxes.ignore,
            sample.boxes.areas,
            strict=True,
        )
    ]


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    import torch

    root = tmp_path_factory.mktemp("all-three")
    content: dict[str, Any] = {"images": [], "annotations": []}
    content["categories"] = [
        {"id": number, "name": name} for number, name in enumerate(SCENES.box_classes or ())
    ]
    for number, sample_id in enumerate(SCENES.ids()):
        sample = SCENES.load(sample_id)
        content["images"].append(
            {"id": number, "file_name": f"{sample_id}.png", "width": 192, "height": 112}
        )
        content["annotations"] += [{"image_id": number, **one} for one in write(root, sample)]
    (root / "boxes.json").write_text(json.dumps(content))
    classes = json.dumps(SCENES.label_classes)
    (root / "run.yaml").write_text(CONFIG.replace("@CLASSES@", classes))
    device = Device(torch.device("cpu"))
    result = run(read_run_config(root / "run.yaml"), root, root / "out", device)
    assert not result.failures
    return pd.read_csv(root / "out/summary.csv")


def of(figures: pd.DataFrame, rain_set: str) -> pd.DataFrame:
    return figures[figures["rain_set"] == rain_set].set_index(["derainer", "task", "metric"])


def test_figures_are_those_of_the_scenes(figures: pd.DataFrame) -> None:
    files, streets = of(figures, "files"), of(figures, "streets")
    assert {"restoration", "detection", "segmentation"} == set(files.reset_index()["task"])
    pd.testing.assert_series_equal(files["value"], streets["value"])
    assert files["signature"].tolist() == streets["signature"].tolist()


def test_the_scale_stands_in_every_signature(figures: pd.DataFrame) -> None:
    small = of(figures, "small")
    measured = small[small["signature"].notna()]
    assert len(measured) and measured["signature"].str.contains(r"\|max_side:96").all()
    assert not of(figures, "files")["signature"].str.contains("max_side").any()


def test_real_rain_without_truth_is_left_out_by_tasks_that_need_one(figures: pd.DataFrame) -> None:
    assert of(figures, "unpaired").empty


def test_every_picture_was_written_without_loss(tmp_path: Path) -> None:
    sample = SCENES.load(SCENES.ids()[0])
    write(tmp_path, sample)
    stored = np.asarray(Image.open(tmp_path / f"rainy/{sample.id}.png"))
    assert np.array_equal(stored, sample.rainy)
