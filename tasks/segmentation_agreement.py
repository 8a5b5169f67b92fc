"""Does a segmentor see in restored pictures what it sees in others? No label map is looked at.

What the same segmentor sees in the clean picture, or in the rainy one, is taken for true:
pseudo-truth. It tells what changed, not what is right.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa

from harness.digests import digest_json
from harness.metric import Metric
from harness.samples import ImageArray, RainSet, Sample
from harness.task import FloatArray, Legend, Value
from tasks.class_colours import label_colours
from tasks.confusion import confusion_matrix
from tasks.overlays import Overlay, draw_label_map
from tasks.pseudo_truth import AgainstPseudoTruth, Compared, Reference
from tasks.segmentation import Prediction, SegmentationTask

VERSION = 1
"""Raised whenever the same pictures and model would give other figures."""


def pseudo_truth_metrics(reference: Reference, ranked: bool) -> dict[str, Metric]:
    """Return what is known of the metrics.

    Args:
        reference: The picture whose labels are taken for true.
        ranked: Whether more agreement is better.
    """
    more = True if ranked else None
    pseudo = f"(pseudo: {reference})"
    truth = f"what the same model sees in the {reference} image (pseudo-truth)"
    return {
        "miou": Metric(
            f"mIoU {pseudo}",
            f"Mean over classes of intersection over union with {truth}, not with annotated "
            "pixels, from the confusion matrix of the whole set: 1 where it sees the same.",
            higher_is_better=more,
        ),
        "macc": Metric(
            f"mAcc {pseudo}",
            f"Mean over classes of the share of the pixels of {truth} that got the same class.",
            higher_is_better=more,
        ),
        "pixel_acc": Metric(
            f"pixels alike {pseudo}",
            f"Share of all pixels that got the class of {truth}.",
            higher_is_better=more,
        ),
        "iou": Metric(
            f"IoU {pseudo}", f"Intersection over union with {truth}.", higher_is_better=more
        ),
        "acc": Metric(
            f"kept {pseudo}",
            f"Share of the class's pixels of {truth} that got the class again.",
            higher_is_better=more,
        ),
    }


class SegmentationAgainst(AgainstPseudoTruth[Prediction]):
    """What both tasks below have in common; all classes of the model count.

    Args:
        name: As it stands in the tables; the registered name by default.
        model: A config of this project (``unet_streets``), a name of mmsegmentation's own index,
            or a path to a config that ends in ``.py``.
        weights: The model's weight file; None for those that this project ships or that the
            framework's index names, which are fetched where they are not on this disk.
        trust: Unpickle arbitrary objects in the weight file.

    Raises:
        ConfigError: If the model is unknown, or nobody gives its weights.
        TaskError: If the weights do not fit.
    """

    model_task: SegmentationTask
    columns: ClassVar[Mapping[str, pa.DataType]] = SegmentationTask.columns
    headline: ClassVar[tuple[str, ...]] = ("miou", "pixel_acc")
    drawn: ClassVar[str] = (
        "Agreement of label maps is drawn as the pixels that are seen otherwise than in the "
        "picture compared with, in the colour of the class that they have now."
    )

    def __init__(
        self,
        name: str = "",
        model: str = "unet_streets",
        weights: Path | None = None,
        trust: bool = False,
    ) -> None:
        super().__init__(SegmentationTask(name or self.kind, model, weights, trust))

    def look(self, pictures: Sequence[ImageArray]) -> list[Prediction]:
        """Return a label map of each picture."""
        return self.model_task.label(pictures)

    def score(
        self, prediction: Compared[Prediction], sample: Sample, rain_set: RainSet
    ) -> dict[str, Any]:
        """Count pixels by the class in the reference and the present one; see `Task.score`."""
        classes = list(self.model_task.model.classes)
        matrix = confusion_matrix(prediction.restored, prediction.reference, len(classes))
        return {"confusion": matrix.ravel().tolist(), "classes": classes}

    @classmethod
    def summarise(cls, rows: pd.DataFrame) -> list[Value]:
        """Compute IoU as for annotated label maps; see `Task.summarise`."""
        return SegmentationTask.summarise(rows)

    @classmethod
    def resampled(cls, rows: pd.DataFrame, weights: FloatArray) -> Mapping[str, FloatArray]:
        """Compute all metrics under weights; see `Task.resampled`."""
        return SegmentationTask.resampled(rows, weights)

    @classmethod
    def by_image(cls, rows: pd.DataFrame) -> Mapping[str, FloatArray]:
        """Compute mIoU of each image alone; see `Task.by_image`."""
        return SegmentationTask.by_image(rows)

    def protocol(self) -> str:
        """Return what is taken for true, then model and weights."""
        return f"truth:pseudo-{self.reference}|{self.model_task.protocol()}|agreement-v:{VERSION}"

    def fingerprint(self) -> str:
        """Return a digest of the model, its weights and the options."""
        return digest_json([self.kind, VERSION, self.model_task.fingerprint()])

    def draw(
        self, prediction: Compared[Prediction], sample: Sample, rain_set: RainSet
    ) -> Overlay | None:
        """Draw the pixels that the model sees otherwise, in the colour of their present class."""
        colours = list(self.legend(rain_set).values())
        restored, reference = prediction
        return draw_label_map(np.where(restored == reference, len(colours), restored), colours)

    def legend(self, rain_set: RainSet) -> Legend:
        """Return the colours of the model's classes."""
        return label_colours(self.model_task.model.classes)


class SegmentationAgreement(SegmentationAgainst):
    """How far a segmentor sees in the restored picture what it sees in the clean one."""

    kind: ClassVar[str] = "segmentation-agreement"
    metrics: ClassVar[Mapping[str, Metric]] = pseudo_truth_metrics("clean", ranked=True)
    reference: ClassVar[Reference] = "clean"
    can_lose: ClassVar[bool] = True
    judge: ClassVar[str] = "the segmentation model, held to what it sees in the clean image,"


class SegmentationChange(SegmentationAgainst):
    """What deraining changes of what a segmentor sees, against the rainy picture left as it is.

    Neither direction is better: a derainer that does nothing changes nothing.
    """

    kind: ClassVar[str] = "segmentation-change"
    metrics: ClassVar[Mapping[str, Metric]] = pseudo_truth_metrics("rainy", ranked=False)
    reference: ClassVar[Reference] = "rainy"
    can_lose: ClassVar[bool] = False
    judge: ClassVar[str] = ""
