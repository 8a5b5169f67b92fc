"""Does a detector see in restored pictures what it sees in others? No annotation is looked at.

What the same detector finds with enough confidence in the clean picture, or in the rainy one, is
taken for true: pseudo-truth. It tells what changed, not what is right: a detector may be wrong
twice in the same way.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from harness.digests import digest_json
from harness.errors import ConfigError
from harness.metric import Metric
from harness.provenance import KnownWeights
from harness.samples import ImageArray, RainSet, Sample
from harness.task import Batch, FloatArray, Legend, Mark, Value
from tasks.box_matching import match_boxes
from tasks.class_colours import RGB
from tasks.class_map import chosen_classes
from tasks.coco_ap import Detections
from tasks.detection import KNOWN_DETECTORS, LEAST_DRAWN_SCORE, DetectionTask, marks_of_row
from tasks.object_counts import lost_and_invented, object_counts
from tasks.overlays import Box, Overlay, boxes_of, draw_boxes
from tasks.pseudo_truth import AgainstPseudoTruth, Compared, Reference

VERSION = 1
"""Raised whenever the same pictures and model would give other figures."""

OVERLAP = 0.5
"""The least intersection over union of two boxes of one object."""

COLOURS: Mapping[str, RGB] = {
    "kept": (120, 255, 120),
    "lost": (255, 70, 70),
    "invented": (255, 194, 10),
}

_PSEUDO_SCORE = re.compile(r"^truth:pseudo-\w+@score>=([0-9.e+-]+)")
"""Where a row's protocol says from which score an object counts."""

AP = ("ap", "ap50")
"""Of the metrics of detection, those that are told of pseudo-truth."""


def pseudo_truth_metrics(reference: str, ranked: bool) -> dict[str, Metric]:
    """Return what is known of the metrics.

    Args:
        reference: The picture whose detections are taken for true: ``clean`` or ``rainy``.
        ranked: Whether more agreement is better.
    """
    more, less = (True, False) if ranked else (None, None)
    pseudo = f"(pseudo: {reference})"
    truth = f"what the same detector sees in the {reference} image (pseudo-truth)"
    return {
        "ap": Metric(
            f"AP {pseudo}",
            f"COCO's average precision against {truth}, not against annotated objects: 1 where it "
            "sees the same.",
            higher_is_better=more,
        ),
        "ap50": Metric(
            f"AP50 {pseudo}",
            f"Average precision against {truth}, where an overlap of 0.50 counts as correct.",
            higher_is_better=more,
        ),
        "lost": Metric(
            f"lost {pseudo}",
            f"Share of the objects of {truth} that are not found again in the restored image.",
            higher_is_better=less,
        ),
        "invented": Metric(
            f"invented {pseudo}",
            "Share of the objects found in the restored image that are not among "
            f"{truth}: they may be there, or be made up.",
            higher_is_better=less,
        ),
        "objects": Metric(
            f"objects {pseudo}", f"Number of objects of {truth}.", digits=0, higher_is_better=None
        ),
    }


class DetectionAgainst(AgainstPseudoTruth[Detections]):
    """What both tasks below have in common.

    Args:
        name: As it stands in the tables; the registered name by default.
        model: A config of this project (``rtmdet_streets``), a name of mmdetection's own index,
            or a path to a config that ends in ``.py``.
        weights: The model's weight file; None for those that this project ships or that the
            framework's index names, which are fetched where they are not on this disk.
        trust: Unpickle arbitrary objects in the weight file.
        classes: Those of the model's classes that count; all where None.
        pseudo_score: The least score of an object of the pseudo-truth, and of one that counts as
            invented.
        score_threshold: The lowest score that counts in AP; the config's own where None.
        max_detections: The best of an image that count.

    Raises:
        ConfigError: If the model or a class is unknown, or nobody gives its weights.
        TaskError: If the weights do not fit.
    """

    model_task: DetectionTask
    columns: ClassVar[Mapping[str, pa.DataType]] = {
        **DetectionTask.columns,
        "lost_labels": pa.list_(pa.string()),  # the class of each lost object
        "invented_labels": pa.list_(pa.string()),
    }
    known_weights: ClassVar[KnownWeights] = KNOWN_DETECTORS
    headline: ClassVar[tuple[str, ...]] = ("ap", "lost", "invented")
    drawn: ClassVar[str] = (
        "Objects that count as kept, lost or invented are drawn in these colours, by default from "
        f"a score of {LEAST_DRAWN_SCORE}."
    )

    def __init__(
        self,
        name: str = "",
        model: str = "rtmdet_streets",
        weights: Path | None = None,
        trust: bool = False,
        classes: list[str] | None = None,
        pseudo_score: float = LEAST_DRAWN_SCORE,
        score_threshold: float | None = None,
        max_detections: int = 100,
    ) -> None:
        detector = DetectionTask(
            name or self.kind, model, weights, trust, None, score_threshold, max_detections
        )
        super().__init__(detector)
        lowest, self.known = detector.score_threshold, list(detector.model.classes)
        if not lowest <= pseudo_score <= 1:
            raise ConfigError(
                f"pseudo_score: {pseudo_score:g}: take one from the detector's score threshold, "
                f"{lowest:g}, to 1"
            )
        self.pseudo_score = pseudo_score
        self.classes = chosen_classes(classes, detector.model.name, self.known)

    def look(self, pictures: Sequence[ImageArray]) -> list[Detections]:
        """Return what the detector finds in each picture."""
        return self.model_task.detect(pictures)

    def predict(self, batch: Batch) -> Sequence[Compared[Detections]]:
        """Keep of what is found the classes that count, of the reference the surest alone."""
        return [
            Compared(self._of_classes(found), self._surest(self._of_classes(true)))
            for found, true in super().predict(batch)
        ]

    def score(
        self, prediction: Compared[Detections], sample: Sample, rain_set: RainSet
    ) -> dict[str, Any]:
        """Put both side by side, as if the reference were annotated; see `Task.score`."""
        found, reference = prediction
        sure = self._surest(found)
        matched = match_boxes(sure, reference, OVERLAP)
        sides = reference.boxes[:, 2:] - reference.boxes[:, :2]
        return {
            "boxes": found.boxes.ravel().tolist(),
            "scores": found.scores.tolist(),
            "labels": self._names(found),
            "truth_boxes": reference.boxes.ravel().tolist(),
            "truth_labels": self._names(reference),
            "truth_ignore": [False] * len(sides),
            "truth_areas": sides.astype(np.float64).prod(axis=1).tolist(),
            "classes": self.classes,
            "max_detections": self.model_task.max_detections,
            "lost_labels": self._names(_only(reference, matched.lost)),
            "invented_labels": self._names(_only(sure, matched.invented)),
        }

    @classmethod
    def summarise(cls, rows: pd.DataFrame) -> list[Value]:
        """Compute AP over all images, and count what was lost and invented, also by class."""
        counts = object_counts(rows)
        occurring = list(counts)
        told = [
            value
            for value in DetectionTask.summarise(rows)
            if value.metric in AP or value.metric.removeprefix("ap/") in occurring
        ]
        protocol, quantiser = rows["protocol"].iloc[0], rows["quantiser"].iloc[0]
        once = np.ones((1, len(rows)))
        for metric, values in lost_and_invented(counts, once, len(rows)).items():
            base = metric.partition("/")[0]
            matching = "" if base == "objects" else f"|iou:{OVERLAP:g}"
            signature = f"{base}{matching}|agg:dataset|{protocol}|quant:{quantiser}"
            told.append(Value(metric, float(values[0]), len(rows), signature))
        return told

    @classmethod
    def resampled(cls, rows: pd.DataFrame, weights: FloatArray) -> Mapping[str, FloatArray]:
        """Compute AP, and what was lost and invented, under weights; see `Task.resampled`."""
        counted = lost_and_invented(object_counts(rows), weights, len(rows))
        return {**DetectionTask.resampled(rows, weights), **counted}

    @classmethod
    def marks(cls, row: Mapping[str, Any]) -> Sequence[Mark]:
        """Match what counts in both pictures; see `Task.marks`."""
        stated = _PSEUDO_SCORE.search(str(row["protocol"]))
        return marks_of_row(row, float(stated[1]) if stated else LEAST_DRAWN_SCORE)

    def protocol(self) -> str:
        """Return what is taken for true, then model, weights, thresholds and matching."""
        among = ""
        if len(self.classes) < len(self.known):
            among = f"|classes:{','.join(self.classes)}"
        return (
            f"truth:pseudo-{self.reference}@score>={self.pseudo_score:g}{among}|"
            f"{self.model_task.protocol()}|agreement-v:{VERSION}"
        )

    def fingerprint(self) -> str:
        """Return a digest of the model, its weights and the options."""
        options = [self.classes, self.pseudo_score, OVERLAP]
        return digest_json([self.kind, VERSION, self.model_task.fingerprint(), options])

    def draw(
        self, prediction: Compared[Detections], sample: Sample, rain_set: RainSet
    ) -> Overlay | None:
        """Draw what was kept, invented and lost, the lost on top."""
        found, reference = self._surest(prediction.restored), prediction.reference
        matched = match_boxes(found, reference, OVERLAP)
        kinds = {
            "kept": _only(found, matched.kept),
            "invented": _only(found, matched.invented),
            "lost": _only(reference, matched.lost),
        }
        boxes: list[Box] = []
        colours: dict[str, RGB] = {}
        for kind, seen in kinds.items():
            labels = [f"{kind} {name}" for name in self._names(seen)]
            boxes += boxes_of(seen.boxes, labels)
            colours |= dict.fromkeys(labels, COLOURS[kind])
        height, width, _ = sample.rainy.shape
        return draw_boxes((height, width), boxes, colours)

    def legend(self, rain_set: RainSet) -> Legend:
        """Return what the colours say."""
        return COLOURS

    def _names(self, found: Detections) -> list[str]:
        return [self.known[label] for label in found.labels]

    def _of_classes(self, found: Detections) -> Detections:
        """Return what is of the classes that count."""
        counted = [self.known.index(name) for name in self.classes]
        return _only(found, np.flatnonzero(np.isin(found.labels, counted)))

    def _surest(self, found: Detections) -> Detections:
        return _only(found, np.flatnonzero(found.scores >= self.pseudo_score))


class DetectionAgreement(DetectionAgainst):
    """How far a detector sees in the restored picture what it sees in the clean one."""

    kind: ClassVar[str] = "detection-agreement"
    metrics: ClassVar[Mapping[str, Metric]] = pseudo_truth_metrics("clean", ranked=True)
    reference: ClassVar[Reference] = "clean"
    can_lose: ClassVar[bool] = True
    judge: ClassVar[str] = "the detector, held to what it sees in the clean image,"


class DetectionChange(DetectionAgainst):
    """What deraining changes of what a detector sees, against the rainy picture left as it is.

    Neither direction is better: a derainer that does nothing changes nothing.
    """

    kind: ClassVar[str] = "detection-change"
    metrics: ClassVar[Mapping[str, Metric]] = pseudo_truth_metrics("rainy", ranked=False)
    reference: ClassVar[Reference] = "rainy"
    can_lose: ClassVar[bool] = False
    judge: ClassVar[str] = ""


def _only(found: Detections, indices: npt.NDArray[np.intp]) -> Detections:
    return Detections(found.boxes[indices], found.scores[indices], found.labels[indices])
