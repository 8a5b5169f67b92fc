"""COCO's average precision, computed by pycocotools from boxes alone."""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.samples import Boxes
from tasks.defined_means import mean_of_defined
from tasks.weighted_ap import FloatArray, matches_by_class, weighted_precision

AREAS = ("all", "small", "medium", "large")
"""COCO's object sizes, in the order of pycocotools: below 32x32, to 96x96, and above."""

IMAGES_AT_A_TIME = 64
"""Matched together where each image is judged alone."""


@dataclass(frozen=True)
class Detections:
    """What a detector found in one image.

    Attributes:
        boxes: (N, 4) float32, ``x1, y1, x2, y2``.
        scores: (N,) float32.
        labels: (N,) int64, indices into a list of classes: the evaluated ones, or the model's.
    """

    boxes: npt.NDArray[np.float32]
    scores: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]


def average_precision(
    detections: Sequence[Detections],
    truths: Sequence[Boxes],
    classes: Sequence[str],
    max_detections: int = 100,
) -> dict[str, float]:
    """Return COCO's box AP over IoU thresholds from 0.50 to 0.95.

    Args:
        detections: An entry an image.
        truths: Of the same images in the same order.
        classes: The evaluated classes.
        max_detections: The best of each class and image that count.

    Returns:
        ``ap``, ``ap50``, ``ap75``, ``ap_small``, ``ap_medium``, ``ap_large`` and ``ap/<class>``,
        each in [0, 1], or NaN where no such object is annotated.
    """
    evaluation = _matched(detections, truths, len(classes), max_detections)
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools reports its progress
        evaluation.accumulate()
    precision: FloatArray = evaluation.eval["precision"][..., 0]  # (T, recall, class, area)
    summary = {
        "ap": _mean(precision[..., 0]),
        "ap50": _mean(precision[0, ..., 0]),
        "ap75": _mean(precision[5, ..., 0]),
        **{f"ap_{size}": _mean(precision[..., AREAS.index(size)]) for size in AREAS[1:]},
    }
    per_class = {f"ap/{name}": _mean(precision[:, :, i, 0]) for i, name in enumerate(classes)}
    return summary | per_class


def resampled_average_precision(
    detections: Sequence[Detections],
    truths: Sequence[Boxes],
    classes: Sequence[str],
    weights: FloatArray,
    max_detections: int = 100,
) -> dict[str, FloatArray]:
    """Return what `average_precision` gives of the images as often as each of several weights says.

    Args:
        detections: As for `average_precision`.
        truths: Likewise.
        classes: Likewise.
        weights: (R, N), whole numbers from 0, of the N images.
        max_detections: As for `average_precision`.

    Returns:
        The same metrics, (R,) each.
    """
    evaluation = _matched(detections, truths, len(classes), max_detections)
    by_class = [weighted_precision(sizes, weights) for sizes in matches_by_class(evaluation)]
    precision = np.stack(by_class, axis=-1)  # (R, area, T, class)
    summary = {
        "ap": mean_of_defined(precision[:, 0].reshape(len(weights), -1)),
        "ap50": mean_of_defined(precision[:, 0, 0]),
        "ap75": mean_of_defined(precision[:, 0, 5]),
        **{
            f"ap_{size}": mean_of_defined(precision[:, place].reshape(len(weights), -1))
            for place, size in enumerate(AREAS[1:], start=1)
        },
    }
    per_class = {f"ap/{name}": precision[:, 0, :, i].mean(axis=1) for i, name in enumerate(classes)}
    return summary | per_class


def average_precision_of_each(
    detections: Sequence[Detections],
    truths: Sequence[Boxes],
    classes: Sequence[str],
    max_detections: int = 100,
) -> FloatArray:
    """Return the ``ap`` of each image alone, over the classes that are in it.

    Args:
        detections: As for `average_precision`.
        truths: Likewise.
        classes: Likewise.
        max_detections: Likewise.

    Returns:
        (N,), NaN where nothing is annotated.
    """
    parts: list[FloatArray] = [np.zeros(0)]
    for start in range(0, len(truths), IMAGES_AT_A_TIME):
        some = slice(start, start + IMAGES_AT_A_TIME)
        there = truths[some]
        evaluation = _matched(detections[some], there, len(classes), max_detections, sizes=1)
        alone = np.eye(len(there))
        by_class = [weighted_precision(sizes, alone) for sizes in matches_by_class(evaluation)]
        parts.append(mean_of_defined(np.stack(by_class, axis=-1).reshape(len(alone), -1)))
    return np.concatenate(parts)


def _matched(
    detections: Sequence[Detections],
    truths: Sequence[Boxes],
    class_count: int,
    max_detections: int,
    sizes: int = len(AREAS),
) -> Any:
    """Return pycocotools' evaluation with every detection matched, and nothing accumulated.

    Args:
        detections: As for `average_precision`.
        truths: Likewise.
        class_count: How many classes are evaluated.
        max_detections: As for `average_precision`.
        sizes: How many of COCO's object sizes are told apart, that of all objects first.
    """
    from pycocotools.cocoeval import COCOeval

    images = [{"id": index} for index in range(len(truths))]
    categories = [{"id": index} for index in range(class_count)]
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(
            _coco(images, categories, _truth_annotations(truths)),
            _coco(images, categories, _detection_annotations(detections)),
            "bbox",
        )
        evaluation.params.maxDets = [max_detections]
        evaluation.params.areaRng = evaluation.params.areaRng[:sizes]
        evaluation.evaluate()
    return evaluation


def _coco(images: list[Any], categories: list[Any], annotations: list[Any]) -> Any:
    from pycocotools.coco import COCO

    coco = COCO()
    coco.dataset = {"images": images, "categories": categories, "annotations": annotations}
    coco.createIndex()
    return coco


def _truth_annotations(truths: Sequence[Boxes]) -> list[dict[str, Any]]:
    annotations: list[dict[str, Any]] = []
    for image_id, truth in enumerate(truths):
        for box, label, ignore, area in zip(
            truth.xyxy.tolist(), truth.labels, truth.ignore, truth.areas, strict=True
        ):
            annotation = {"iscrowd": int(ignore), "area": float(area)}
            annotations.append(_annotation(len(annotations), image_id, label, box) | annotation)
    return annotations


def _detection_annotations(detections: Sequence[Detections]) -> list[dict[str, Any]]:
    annotations: list[dict[str, Any]] = []
    for image_id, found in enumerate(detections):
        for box, score, label in zip(found.boxes.tolist(), found.scores, found.labels, strict=True):
            annotation = _annotation(len(annotations), image_id, label, box)
            area = annotation["bbox"][2] * annotation["bbox"][3]
            annotations.append(annotation | {"iscrowd": 0, "area": area, "score": float(score)})
    return annotations


def _annotation(index: int, image_id: int, label: Any, box: list[float]) -> dict[str, Any]:
    x1, y1, x2, y2 = box
    return {
        "id": index + 1,  # pycocotools takes the id 0 for "matched to nothing"
        "image_id": image_id,
        "category_id": int(label),
        "bbox": [x1, y1, x2 - x1, y2 - y1],
    }


def _mean(precision: FloatArray) -> float:
    defined = precision[precision > -1]
    return float(defined.mean()) if defined.size else float("nan")
