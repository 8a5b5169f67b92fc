"""Rendered street scenes as files that mmdetection and mmsegmentation train on."""

import functools
import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from harness.images import png_bytes, write_bytes
from harness.rain_sets.streets import FIRST_TEST_SEED
from harness.streets.scenes import BOX_CLASSES, SCENE_VERSION, render_scene


@dataclass(frozen=True)
class SceneRange:
    """Consecutive seeds of scenes of one size.

    Attributes:
        first: The first seed.
        count: How many.
        width: Pixels.
        height: Pixels.
    """

    first: int
    count: int
    width: int = 384
    height: int = 224


def scenes_folder(root: Path, scenes: SceneRange) -> Path:
    """Return where a range lies; the renderer's version, the size and the seeds name the folder.

    >>> str(scenes_folder(Path("data"), SceneRange(0, 1200))).replace(str(SCENE_VERSION), "N", 1)
    'data/scenes-vN-384x224/seeds-0-1199'
    """
    last = scenes.first + scenes.count - 1
    size = f"{scenes.width}x{scenes.height}"
    return root / f"scenes-v{SCENE_VERSION}-{size}" / f"seeds-{scenes.first}-{last}"


def write_scenes(root: Path, scenes: SceneRange, workers: int = 1) -> Path:
    """Render a range of scenes to files, going on where an earlier call stopped.

    The folder then holds ``images/<seed>.png`` (RGB), ``label_maps/<seed>.png`` (class indices)
    and ``boxes.json`` (COCO's format, ``iscrowd`` for objects that need not be found).

    Args:
        root: Parent of the folders of all ranges.
        scenes: What to render.
        workers: Processes that render beside each other.

    Returns:
        The folder, `scenes_folder`.

    Raises:
        ValueError: If the range is empty or reaches the benchmark's test seeds.
    """
    if scenes.count < 1 or scenes.first < 0:
        raise ValueError(f"{scenes}: needs a seed of at least 0 and one scene or more")
    if scenes.first + scenes.count > FIRST_TEST_SEED:
        raise ValueError(
            f"{scenes}: seeds from {FIRST_TEST_SEED} on are the test scenes; train below them"
        )
    folder = scenes_folder(root, scenes)
    if (folder / "boxes.json").exists():
        return folder
    seeds = range(scenes.first, scenes.first + scenes.count)
    missing = [seed for seed in seeds if not _record_path(folder, seed).exists()]
    write = functools.partial(_write_scene, folder, scenes)
    if workers > 1 and len(missing) > 1:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            for _ in pool.map(write, missing, chunksize=4):
                pass
    else:
        for seed in missing:
            write(seed)
    write_bytes(folder / "boxes.json", json.dumps(_gather(folder, scenes)).encode())
    return folder


def _record_path(folder: Path, seed: int) -> Path:
    return folder / "boxes" / f"{seed}.json"


def _write_scene(folder: Path, scenes: SceneRange, seed: int) -> None:
    """Render one scene to files, the record of its boxes last: it says that the rest is there."""
    cv2.setNumThreads(1)
    scene = render_scene(seed, scenes.width, scenes.height)
    write_bytes(folder / "images" / f"{seed}.png", png_bytes(scene.image))
    write_bytes(folder / "label_maps" / f"{seed}.png", png_bytes(scene.label_map))
    record = {
        "xyxy": scene.boxes_xyxy.tolist(),
        "labels": scene.labels.tolist(),
        "ignore": scene.ignore.tolist(),
    }
    write_bytes(_record_path(folder, seed), json.dumps(record).encode())


def _gather(folder: Path, scenes: SceneRange) -> dict[str, Any]:
    """Join the scenes' records to one COCO annotation file."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for seed in range(scenes.first, scenes.first + scenes.count):
        size = {"width": scenes.width, "height": scenes.height}
        images.append({"id": seed, "file_name": f"{seed}.png", **size})
        record = json.loads(_record_path(folder, seed).read_text())
        for (x1, y1, x2, y2), label, ignore in zip(
            record["xyxy"], record["labels"], record["ignore"], strict=True
        ):
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": seed,
                    "category_id": label + 1,
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "area": (x2 - x1) * (y2 - y1),
                    "iscrowd": int(ignore),
                }
            )
    categories = [{"id": i, "name": name} for i, name in enumerate(BOX_CLASSES, start=1)]
    return {"images": images, "annotations": annotations, "categories": categories}
