"""COCO's AP by pycocotools, of the original boxes and of what a rain set made of them."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from harness.samples import RainSet


def evaluate(truth: COCO, detections: list[dict[str, Any]]) -> np.ndarray:
    evaluation = COCOeval(truth, truth.loadRes(copy.deepcopy(detections)), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return np.asarray(evaluation.stats)


def detections_near(original: dict[str, Any]) -> list[dict[str, Any]]:
    """Shake the true boxes and mix the scores, so that AP is neither 0 nor 1."""
    rng = np.random.default_rng(0)
    found = []
    for annotation in original["annotations"]:
        for _ in range(2):
            x, y, width, height = annotation["bbox"]
            shake = rng.normal(0, 0.12, 4) * [width, height, width, height]
            box = np.array([x, y, width, height]) + shake
            box[2:] = np.maximum(box[2:], 1)
            found.append(
                {
                    "image_id": annotation["image_id"],
                    "category_id": annotation["category_id"],
                    "bbox": box.tolist(),
                    "score": float(rng.uniform()),
                }
            )
    return found


def truth_from_samples(rain_set: RainSet, original: dict[str, Any]) -> COCO:
    """Write the samples' boxes back as COCO, with what `Sample` carries and nothing else."""
    ids = {category["name"]: category["id"] for category in original["categories"]}
    category_ids = [ids[name] for name in rain_set.box_classes or ()]
    truth: dict[str, Any] = {"info": {}}
    truth |= {key: original[key] for key in ("images", "categories")}
    truth["annotations"] = []
    for image in original["images"]:
        boxes = rain_set.load(Path(image["file_name"]).stem).boxes
        assert boxes is not None
        corners = boxes.xyxy.astype(np.float64)
        for (x1, y1, x2, y2), label, crowd, area in zip(
            corners, boxes.labels, boxes.ignore, boxes.areas, strict=True
        ):
            truth["annotations"].append(
                {
                    "id": len(truth["annotations"]) + 1,
                    "image_id": image["id"],
                    "category_id": category_ids[label],
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "area": area,
                    "iscrowd": int(crowd),
                }
            )
    coco = COCO()
    coco.dataset = truth
    coco.createIndex()
    return coco
