"""COCO's average precision, computed by pycocotools from boxes alone, each set matched once."""

import contextlib
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from harness.samples import Boxes
from tasks.defined_means import lacking_one_of_few, mean_of_defined
from tasks.weighted_ap import (
    FloatArray,
    Matches,
    matches_by_class,
    of_images,
    weighted_precision,
)

AREAS = ("all", "small", "medium", "large")
"""COCO's object sizes, in the order of pycocotools: below 32x32, to 96x96, and above."""

IMAGES_AT_A_TIME = 64
"""Weighted together where each image is judged alone."""


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
    precision = _matched(_Asked(detections, truths, len(classes), max_detections)).precision
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
        The same metrics, (R,) each; NaN where a resample has nothing that a metric needs, or lacks
        one of few classes that others have.
    """
    matched = _matched(_Asked(detections, truths, len(classes), max_detections)).by_class
    by_class = [weighted_precision(sizes, weights) for sizes in matched]
    precision = np.stack(by_class, axis=-1)  # (R, area, T, class)
    every = slice(None)
    of_metric = {"ap": (0, every), "ap50": (0, slice(0, 1)), "ap75": (0, slice(5, 6))}
    of_metric |= {f"ap_{size}": (AREAS.index(size), every) for size in AREAS[1:]}
    summary = {
        metric: _mean_of_resamples(precision[:, area, thresholds], weights)
        for metric, (area, thresholds) in of_metric.items()
    }
    per_class = {f"ap/{name}": precision[:, 0, :, i].mean(axis=1) for i, name in enumerate(classes)}
    return summary | per_class


def _mean_of_resamples(precision: FloatArray, weights: FloatArray) -> FloatArray:
    """Return (R,) means of (R, T, class), NaN in resamples that lack one of few classes."""
    mean = mean_of_defined(precision.reshape(len(precision), -1))
    mean[lacking_one_of_few(precision[:, 0], weights)] = np.nan
    return mean


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
    asked = _Asked(detections, truths, len(classes), max_detections)
    known = _LATEST.get(asked.digest())
    if known is not None:
        by_class = known.by_class
    else:
        evaluation = _evaluated(asked, sizes=1)
        by_class = list(matches_by_class(evaluation))
    return _of_each([of_all for of_all, *_ in by_class], len(truths))


def _of_each(by_class: Sequence[Matches], count: int) -> FloatArray:
    """Return the (N,) mean over classes, and over thresholds, of each image's precision."""
    parts: list[FloatArray] = [np.zeros(0)]
    for start in range(0, count, IMAGES_AT_A_TIME):
        stop = min(start + IMAGES_AT_A_TIME, count)
        alone = np.eye(stop - start)
        found = [weighted_precision([of_images(one, start, stop)], alone) for one in by_class]
        parts.append(mean_of_defined(np.stack(found, axis=-1).reshape(stop - start, -1)))
    return np.concatenate(parts)


class _Asked(NamedTuple):
    """All that matches follow from; see `average_precision`."""

    detections: Sequence[Detections]
    truths: Sequence[Boxes]
    class_count: int
    max_detections: int

    def digest(self) -> str:
        """Return a digest of it."""
        digest = hashlib.blake2b(f"{self.class_count} {self.max_detections}".encode())
        for found, true in zip(self.detections, self.truths, strict=True):
            sides = (found.boxes, found.scores, found.labels)
            for part in (*sides, true.xyxy, true.labels, true.ignore, true.areas):
                digest.update(f"{part.dtype.str}{part.shape}".encode())
                digest.update(np.ascontiguousarray(part).data)
        return digest.hexdigest()


class _Matched(NamedTuple):
    """What pycocotools makes of detections and truths.

    Attributes:
        precision: (T, recall, class, area), -1 where nothing is annotated.
        by_class: For each class, its matches by object size.
    """

    precision: FloatArray
    by_class: list[list[Matches]]


_LATEST: dict[str, _Matched] = {}
"""The last one, by what was asked: AP, its resamples and that of each image come in turn."""


def _matched(asked: _Asked) -> _Matched:
    """Match every detection, once for all that is asked of the same ones in a row."""
    key = asked.digest()
    matched = _LATEST.get(key)
    if matched is None:
        evaluation = _evaluated(asked)
        with contextlib.redirect_stdout(io.StringIO()):  # pycocotools reports its progress
            evaluation.accumulate()
        precision = evaluation.eval["precision"][..., 0]
        matched = _Matched(precision, list(matches_by_class(evaluation)))
        _LATEST.clear()
        _LATEST[key] = matched
    return matched


def _evaluated(asked: _Asked, sizes: int = len(AREAS)) -> Any:
    """Return pycocotools' evaluation with every detection matched, and nothing accumulated.

    Args:
        asked: Of whom.
        sizes: How many of COCO's object sizes are told apart, that of all objects first.
    """
    from tasks.coco_matching import QuickEvaluation

    images = [{"id": index} for index in range(len(asked.truths))]
    categories = [{"id": index} for index in range(asked.class_count)]
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = QuickEvaluation(
            _coco(images, categories, _truth_annotations(asked.truths)),
            _coco(images, categories, _detection_annotations(asked.detections)),
        )
        evaluation.params.maxDets = [asked.max_detections]
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
