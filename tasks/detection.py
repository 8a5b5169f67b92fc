"""Object detection: does a detector that knows clean scenes find the objects in restored ones?"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import torch
from torch import Tensor

from harness.device import Device
from harness.digests import digest_json
from harness.errors import TaskError
from harness.known_weights import known_weights
from harness.metric import Metric
from harness.provenance import KnownWeights
from harness.samples import Boxes, ImageArray, RainSet, Sample
from harness.task import Batch, FloatArray, Legend, Mark, Task, Value
from tasks.box_marks import box_marks
from tasks.class_colours import box_colours
from tasks.class_map import (
    checked_class_map,
    chosen_classes,
    evaluated_classes,
    judged_in_signature,
    objection_to,
    unevaluated,
)
from tasks.coco_ap import (
    Detections,
    average_precision,
    average_precision_of_each,
    resampled_average_precision,
)
from tasks.fetched_answers import fetched
from tasks.mm_configs import find_test_option, type_name
from tasks.mm_models import build_model
from tasks.overlays import Overlay, boxes_of, draw_boxes
from tasks.shared_predictions import SharedPredictions, predictions_of

KNOWN_DETECTORS = known_weights(Path(__file__).with_name("known_weights.yaml"), "detection")
"""What is known of the weight files of detectors."""

VERSION = 1
"""Raised whenever the same pictures and model would give other figures."""

LEAST_DRAWN_SCORE = 0.3
"""Detections below it are not drawn; they count in AP all the same."""


class DetectionTask(Task):
    """COCO's average precision of an mmdetection model.

    Only classes that both the model and the rain set have are evaluated.

    Args:
        name: As it stands in the tables.
        model: A config of this project (``rtmdet_streets``), a name of mmdetection's own index,
            or a path to a config that ends in ``.py``.
        weights: The model's weight file; None for those that this project ships or that the
            framework's index names, which are fetched where they are not on this disk.
        trust: Unpickle arbitrary objects in the weight file.
        class_map: From names of the model's classes to the rain set's, where they differ.
        score_threshold: The lowest score that counts; the config's own where None.
        max_detections: The best of an image that count.
        classes: Those of the model's classes that count; all where None.

    Raises:
        ConfigError: If the model is unknown, nobody gives its weights, or `class_map` or `classes`
            name a class that it does not have.
        TaskError: If the weights or the names of the classes do not fit.
    """

    kind: ClassVar[str] = "detection"
    known_weights: ClassVar[KnownWeights] = KNOWN_DETECTORS
    columns: ClassVar[Mapping[str, pa.DataType]] = {
        "boxes": pa.list_(pa.float32()),  # x1, y1, x2, y2 of one box after the other
        "scores": pa.list_(pa.float32()),
        "labels": pa.list_(pa.string()),
        "truth_boxes": pa.list_(pa.float32()),
        "truth_labels": pa.list_(pa.string()),
        "truth_ignore": pa.list_(pa.bool_()),
        "truth_areas": pa.list_(pa.float64()),
        "classes": pa.list_(pa.string()),  # the evaluated ones
        "max_detections": pa.int32(),
    }
    metrics: ClassVar[Mapping[str, Metric]] = {
        "ap": Metric(
            "AP",
            "COCO's average precision: the mean over classes and over the ten overlaps 0.50, 0.55 "
            "to 0.95 at which a detection counts as correct.",
            higher_is_better=True,
        ),
        "ap50": Metric(
            "AP50",
            "Average precision where an overlap of 0.50 counts as correct.",
            higher_is_better=True,
        ),
        "ap75": Metric(
            "AP75",
            "Average precision where only an overlap of 0.75 counts as correct.",
            higher_is_better=True,
        ),
        "ap_small": Metric(
            "AP small",
            "Average precision over objects below 32 x 32 pixels.",
            higher_is_better=True,
        ),
        "ap_medium": Metric(
            "AP medium",
            "Average precision over objects between 32 x 32 and 96 x 96 pixels.",
            higher_is_better=True,
        ),
        "ap_large": Metric(
            "AP large",
            "Average precision over objects above 96 x 96 pixels.",
            higher_is_better=True,
        ),
    }
    headline: ClassVar[tuple[str, ...]] = ("ap", "ap50")
    looks_at: ClassVar[Literal["picture", "perception"]] = "perception"
    can_lose: ClassVar[bool] = True
    judge: ClassVar[str] = "the detector"
    drawn: ClassVar[str] = f"Detections are drawn from a score of {LEAST_DRAWN_SCORE}."

    def __init__(
        self,
        name: str = "detection",
        model: str = "rtmdet_streets",
        weights: Path | None = None,
        trust: bool = False,
        class_map: dict[str, str] | None = None,
        score_threshold: float | None = None,
        max_detections: int = 100,
        classes: list[str] | None = None,
    ) -> None:
        self.name = name
        self.max_detections = max_detections
        overrides: dict[str, Any] = {"max_per_img": max_detections}
        if score_threshold is not None:
            overrides["score_thr"] = score_threshold
        self.model = build_model(model, "mmdet", weights, trust, overrides)
        self.class_map = checked_class_map(class_map, self.model.classes)
        self.classes = chosen_classes(classes, self.model.name, self.model.classes)
        configured = find_test_option(self.model.config.model, "score_thr")
        self.score_threshold = (
            float(configured or 0) if score_threshold is None else score_threshold
        )
        asked = [self.model.fingerprint, self.score_threshold, self.max_detections]
        self.shared: SharedPredictions[Any] = predictions_of(digest_json(["mmdet", *asked]))

    def refusal(self, rain_set: RainSet) -> str | None:
        """Refuse sets without boxes, and sets that share no class with the model."""
        if rain_set.box_classes is None:
            return f"{rain_set.name} has no boxes"
        if self.judged_classes(rain_set):
            return None
        if not rain_set.box_classes:
            return (
                f"{rain_set.name} has no object of any class: its annotations hold none, or none "
                "of them can be read, which `rdmc-bench check` tells of each"
            )
        return (
            f"no class of {rain_set.name} ({', '.join(rain_set.box_classes)}) is one of "
            f"{self.model.name}'s ({', '.join(self.classes)}); name them in `class_map`"
        )

    def objection(self, rain_sets: Sequence[RainSet]) -> str | None:
        """Object to a `class_map` that names what no rain set has."""
        return objection_to(self.class_map, (one.box_classes for one in rain_sets))

    def judged_classes(self, rain_set: RainSet) -> list[str]:
        """Return the chosen classes that both the rain set and the model have."""
        return evaluated_classes(self.classes, self.class_map, rain_set.box_classes)

    def remarks(self, rain_set: RainSet) -> list[str]:
        """Say whom the model knows, and name the classes of the rain set that are not evaluated."""
        known = self.model.classes, self.class_map, rain_set.box_classes
        of_both, judged = evaluated_classes(*known), self.judged_classes(rain_set)
        not_chosen = ", ".join(name for name in of_both if name not in judged)
        told = not_chosen and f"not evaluated, as `classes` does not name them: {not_chosen}"
        said = (self.model.remark_on(rain_set), self.model.remark, unevaluated(*known), told)
        return [remark for remark in said if remark]

    def predict(self, batch: Batch) -> Sequence[Detections]:
        """Detect objects; see `Task.predict`. Boxes are in the restored images' pixels."""
        if self.shared.users > 1:
            return self.shared.predict(batch.restored, batch.device, self.detect)
        return self.detect(batch.restored)

    def detect(self, pictures: Sequence[ImageArray]) -> list[Detections]:
        """Return what the detector finds in pictures of one size, the surest first."""
        answers = [_as_rows(sample.pred_instances) for sample in self.model.predict(pictures)]
        predictions = []
        for rows in fetched(answers):
            scores = rows[:, 4]
            best = np.argsort(-scores, kind="stable")[: self.max_detections]
            kept = rows[best[scores[best] >= self.score_threshold]]
            boxes, labels = np.ascontiguousarray(kept[:, :4]), kept[:, 5].astype(np.int64)
            predictions.append(Detections(boxes, kept[:, 4].copy(), labels))
        return predictions

    def score(self, prediction: Detections, sample: Sample, rain_set: RainSet) -> dict[str, Any]:
        """Put detections and truth side by side; AP itself needs all images; see `Task.score`.

        Raises:
            TaskError: If the sample has no boxes.
        """
        if sample.boxes is None or rain_set.box_classes is None:
            raise TaskError(f"{sample.id}: has no boxes to compare with")
        classes = self.judged_classes(rain_set)
        found = self._names(prediction)
        kept = [i for i, name in enumerate(found) if name in classes]
        truth = sample.boxes
        truth_names = [rain_set.box_classes[label] for label in truth.labels]
        asked = [i for i, name in enumerate(truth_names) if name in classes]
        return {
            "boxes": prediction.boxes[kept].ravel().tolist(),
            "scores": prediction.scores[kept].tolist(),
            "labels": [found[i] for i in kept],
            "truth_boxes": truth.xyxy[asked].ravel().tolist(),
            "truth_labels": [truth_names[i] for i in asked],
            "truth_ignore": truth.ignore[asked].tolist(),
            "truth_areas": truth.areas[asked].tolist(),
            "classes": classes,
            "max_detections": self.max_detections,
        }

    @classmethod
    def summarise(cls, rows: pd.DataFrame) -> list[Value]:
        """Compute AP over all images; see `Task.summarise`."""
        detections, truths, classes = _both_sides(rows)
        ap = average_precision(detections, truths, classes, int(rows["max_detections"].iloc[0]))
        protocol, quantiser = rows["protocol"].iloc[0], rows["quantiser"].iloc[0]
        signature = f"{protocol}|{judged_in_signature(classes)}|quant:{quantiser}"
        return [
            Value(metric, value, len(rows), f"{_meaning(metric)}|{signature}")
            for metric, value in ap.items()
        ]

    @classmethod
    def resampled(cls, rows: pd.DataFrame, weights: FloatArray) -> Mapping[str, FloatArray]:
        """Match once, and accumulate under each of the weights; see `Task.resampled`."""
        detections, truths, classes = _both_sides(rows)
        most = int(rows["max_detections"].iloc[0])
        return resampled_average_precision(detections, truths, classes, weights, most)

    @classmethod
    def by_image(cls, rows: pd.DataFrame) -> Mapping[str, FloatArray]:
        """Compute AP of each image alone, over the classes that are in it."""
        most = int(rows["max_detections"].iloc[0])
        return {"ap": average_precision_of_each(*_both_sides(rows), most)}

    @classmethod
    def marks(cls, row: Mapping[str, Any]) -> Sequence[Mark]:
        """Match what was found with enough confidence to the truth; see `Task.marks`."""
        return marks_of_row(row, LEAST_DRAWN_SCORE)

    def protocol(self) -> str:
        """Return model, weights, thresholds and matching."""
        nms = find_test_option(self.model.config.model, "nms") or {}
        suppression = (
            f"{type_name({'type': 'nms', **nms})}@{nms['iou_threshold']:g}" if nms else "none"
        )
        return (
            f"model:{self.model.name}@{self.model.weights_digest[:8]}|score:"
            f"{self.score_threshold:g}|nms:{suppression}|maxdets:{self.max_detections}"
            f"{self._choice_in_protocol()}|v:{VERSION}"
        )

    def fingerprint(self) -> str:
        """Return a digest of the model, its weights and the options."""
        options: list[object] = [self.class_map, self.score_threshold, self.max_detections]
        options += [self.classes] if self._choice_in_protocol() else []
        return digest_json([self.kind, VERSION, self.model.fingerprint, options])

    def place(self, device: Device) -> None:
        """Move the detector to the device."""
        self.model.place(device)

    def weights_digests(self) -> dict[str, str]:
        """Return the digest of the detector's weight file."""
        return {self.model.weights.name: self.model.weights_digest}

    def reads(self, rain_set: RainSet) -> object:
        """Return the names of the boxes' classes."""
        return {"boxes": rain_set.box_classes}

    def draw(self, prediction: Detections, sample: Sample, rain_set: RainSet) -> Overlay | None:
        """Draw what was found with enough confidence, the surest last so that it is on top."""
        names, colours = self._names(prediction), self.legend(rain_set)
        order = [
            index
            for index in np.argsort(prediction.scores, kind="stable")
            if prediction.scores[index] >= LEAST_DRAWN_SCORE and names[index] in colours
        ]
        boxes = boxes_of(prediction.boxes[order], [names[index] for index in order])
        height, width, _ = sample.rainy.shape
        return draw_boxes((height, width), boxes, colours)

    def draw_truth(self, sample: Sample, rain_set: RainSet) -> Overlay | None:
        """Draw the annotated objects that must be found."""
        if sample.boxes is None or rain_set.box_classes is None:
            return None
        names, colours = rain_set.box_classes, self.legend(rain_set)
        asked = [
            index
            for index, (label, ignored) in enumerate(
                zip(sample.boxes.labels, sample.boxes.ignore, strict=True)
            )
            if not ignored and names[label] in colours
        ]
        labels = [names[sample.boxes.labels[index]] for index in asked]
        boxes = boxes_of(sample.boxes.xyxy[asked], labels)
        height, width, _ = sample.rainy.shape
        return draw_boxes((height, width), boxes, colours)

    def legend(self, rain_set: RainSet) -> Legend:
        """Return the colours of the evaluated classes."""
        return box_colours(self.judged_classes(rain_set))

    def _choice_in_protocol(self) -> str:
        """Return which classes were chosen, "" where all are."""
        all_of_them = len(self.classes) == len(self.model.classes)
        return "" if all_of_them else f"|classes:{','.join(self.classes)}"

    def _names(self, prediction: Detections) -> list[str]:
        """Return the class of each detection, as the rain set calls it."""
        names = [self.class_map.get(name, name) for name in self.model.classes]
        return [names[label] for label in prediction.labels]


def _as_rows(found: Any) -> Tensor:
    """Return (K, 6) float32 with the sides, the score and the label of each box that was found.

    Labels are exact: float32 counts to 16 million.
    """
    columns = (found.bboxes.float(), found.scores[:, None].float(), found.labels[:, None].float())
    return torch.cat(columns, dim=1)


def _both_sides(rows: pd.DataFrame) -> tuple[list[Detections], list[Boxes], list[str]]:
    """Return what was found and what is true in each image, and the evaluated classes."""
    classes = list(rows["classes"].iloc[0])
    detections = [_detections(row, classes) for _, row in rows.iterrows()]
    return detections, [_truth(row, classes) for _, row in rows.iterrows()], classes


def _detections(row: pd.Series, classes: list[str]) -> Detections:
    return Detections(
        boxes=np.asarray(row["boxes"], np.float32).reshape(-1, 4),
        scores=np.asarray(row["scores"], np.float32),
        labels=np.array([classes.index(name) for name in row["labels"]], np.int64),
    )


def _truth(row: pd.Series, classes: list[str]) -> Boxes:
    return Boxes(
        xyxy=np.asarray(row["truth_boxes"], np.float32).reshape(-1, 4),
        labels=np.array([classes.index(name) for name in row["truth_labels"]], np.int64),
        ignore=np.asarray(row["truth_ignore"], np.bool_),
        areas=np.asarray(row["truth_areas"], np.float64),
    )


def marks_of_row(row: Mapping[str, Any], least_score: float) -> list[Mark]:
    """Return the boxes of a row of `DetectionTask.columns`, detections from a score."""
    cells, classes = pd.Series(dict(row)), list(row["classes"])
    return box_marks(_detections(cells, classes), _truth(cells, classes), classes, least_score)


def _meaning(metric: str) -> str:
    """Return which IoU thresholds and sizes a metric averages, as a signature says it."""
    iou = {"ap50": "0.50", "ap75": "0.75"}.get(metric, "0.50:0.95")
    size = metric.removeprefix("ap_") if metric.startswith("ap_") else "all"
    return f"ap|iou:{iou}|area:{size}"
