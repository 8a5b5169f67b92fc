"""Semantic segmentation: does a segmentor that knows clean scenes label restored ones right?"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import torch

from harness.device import Device
from harness.digests import digest_json
from harness.errors import TaskError
from harness.metric import Metric
from harness.samples import IGNORE_LABEL, ImageArray, RainSet, Sample
from harness.task import Batch, FloatArray, Legend, Task, Value
from tasks.class_colours import label_colours
from tasks.class_map import (
    checked_class_map,
    evaluated_classes,
    judged_in_signature,
    objection_to,
    unevaluated,
)
from tasks.confusion import confusion_matrix, index_table, mean_iou
from tasks.defined_means import lacking_one_of_few
from tasks.fetched_answers import fetched
from tasks.mm_models import build_model
from tasks.overlays import Overlay, draw_label_map
from tasks.shared_predictions import SharedPredictions, predictions_of

VERSION = 1
"""Raised whenever the same pictures and model would give other figures."""

RESAMPLES_AT_A_TIME = 100
"""Bounds the memory: a matrix of 150 classes takes 181 kB."""

Prediction = npt.NDArray[np.uint16]
"""(H, W), indices into the model's classes."""


class SegmentationTask(Task):
    """Mean IoU of an mmsegmentation model, from the confusion matrix of the whole set.

    Only classes that both the model and the rain set have are evaluated. Pixels whose true class
    the model does not know are left out; a predicted class that the set does not have is wrong.

    Args:
        name: As it stands in the tables.
        model: A config of this project (``unet_streets``), a name of mmsegmentation's own index,
            or a path to a config that ends in ``.py``.
        weights: The model's weight file; None for those that this project ships or that the
            framework's index names, which are fetched where they are not on this disk.
        trust: Unpickle arbitrary objects in the weight file.
        class_map: From names of the model's classes to the rain set's, where they differ.

    Raises:
        ConfigError: If the model is unknown, nobody gives its weights, or `class_map` renames a
            class that it does not have.
        TaskError: If the weights or the names of the classes do not fit.
    """

    kind: ClassVar[str] = "segmentation"
    columns: ClassVar[Mapping[str, pa.DataType]] = {
        "confusion": pa.list_(pa.int64()),  # (K, K + 1) row by row, as confusion_matrix returns
        "classes": pa.list_(pa.string()),  # the K evaluated ones
    }
    metrics: ClassVar[Mapping[str, Metric]] = {
        "miou": Metric(
            "mIoU",
            "Mean over classes of intersection over union, from the confusion matrix of the whole "
            "set.",
            higher_is_better=True,
        ),
        "macc": Metric(
            "mAcc",
            "Mean over classes of the share of their pixels that were found.",
            higher_is_better=True,
        ),
        "pixel_acc": Metric(
            "pixel acc.",
            "Share of all pixels that got the right class.",
            higher_is_better=True,
        ),
        "iou": Metric("IoU", "Intersection over union.", higher_is_better=True),
        "acc": Metric(
            "accuracy", "Share of the class's pixels that were found.", higher_is_better=True
        ),
    }
    headline: ClassVar[tuple[str, ...]] = ("miou",)
    looks_at: ClassVar[Literal["picture", "perception"]] = "perception"
    can_lose: ClassVar[bool] = True
    judge: ClassVar[str] = "the segmentation model"

    def __init__(
        self,
        name: str = "segmentation",
        model: str = "unet_streets",
        weights: Path | None = None,
        trust: bool = False,
        class_map: dict[str, str] | None = None,
    ) -> None:
        self.name = name
        self.model = build_model(model, "mmseg", weights, trust, {})
        self.class_map = checked_class_map(class_map, self.model.classes)
        asked = digest_json(["mmseg", self.model.fingerprint])
        self.shared: SharedPredictions[Any] = predictions_of(asked)

    def refusal(self, rain_set: RainSet) -> str | None:
        """Refuse sets without label maps, and sets that share no class with the model."""
        if rain_set.label_classes is None:
            return f"{rain_set.name} has no label maps"
        if self.judged_classes(rain_set):
            return None
        return (
            f"no class of {rain_set.name} ({', '.join(rain_set.label_classes)}) is one of "
            f"{self.model.name}'s ({', '.join(self.model.classes)}); name them in `class_map`"
        )

    def objection(self, rain_sets: Sequence[RainSet]) -> str | None:
        """Object to a `class_map` that names what no rain set has."""
        return objection_to(self.class_map, (one.label_classes for one in rain_sets))

    def judged_classes(self, rain_set: RainSet) -> list[str]:
        """Return the classes that both the rain set and the model have."""
        return evaluated_classes(self.model.classes, self.class_map, rain_set.label_classes)

    def remarks(self, rain_set: RainSet) -> list[str]:
        """Say whom the model knows, and name the classes of the rain set that are not evaluated."""
        left_out = unevaluated(self.model.classes, self.class_map, rain_set.label_classes)
        said = (self.model.remark_on(rain_set), self.model.remark, left_out)
        return [remark for remark in said if remark]

    def predict(self, batch: Batch) -> Sequence[Prediction]:
        """Label every pixel of the restored images; see `Task.predict`."""
        if self.shared.users > 1:
            return self.shared.predict(batch.restored, batch.device, self.label)
        return self.label(batch.restored)

    def label(self, pictures: Sequence[ImageArray]) -> list[Prediction]:
        """Return what the segmentor sees in pictures of one size, a label map each."""
        samples = self.model.predict(pictures)
        # Torch counts to 32767 in 16 bits; the bits of labels beyond that are numpy's all the same.
        maps = fetched([one.pred_sem_seg.data[0].to(torch.int16) for one in samples])
        return [one.view(np.uint16) for one in maps]

    def score(self, prediction: Prediction, sample: Sample, rain_set: RainSet) -> dict[str, Any]:
        """Count pixels by true and predicted class; see `Task.score`.

        Raises:
            TaskError: If the sample has no label map, or one of another shape.
        """
        if sample.label_map is None or rain_set.label_classes is None:
            raise TaskError(f"{sample.id}: has no label map to compare with")
        if sample.label_map.shape != prediction.shape:
            raise TaskError(
                f"{sample.id}: its label map is {sample.label_map.shape}, the image "
                f"{prediction.shape} (height, width)"
            )
        classes = self.judged_classes(rain_set)
        predicted = index_table(self.model.classes, classes, self.class_map)[prediction]
        truth = index_table(rain_set.label_classes, classes)[sample.label_map]
        matrix = confusion_matrix(predicted, truth, len(classes))
        return {"confusion": matrix.ravel().tolist(), "classes": classes}

    @classmethod
    def summarise(cls, rows: pd.DataFrame) -> list[Value]:
        """Compute IoU from the summed confusion matrix; see `Task.summarise`."""
        classes = list(rows["classes"].iloc[0])
        metrics = mean_iou(_matrices(rows, classes).sum(axis=0), classes)
        protocol, quantiser = rows["protocol"].iloc[0], rows["quantiser"].iloc[0]
        how = f"agg:dataset|ignore:{IGNORE_LABEL}|{protocol}|{judged_in_signature(classes)}"
        signature = f"{how}|quant:{quantiser}"
        return [
            Value(metric, float(value), len(rows), f"{metric.partition('/')[0]}|{signature}")
            for metric, value in metrics.items()
        ]

    @classmethod
    def resampled(cls, rows: pd.DataFrame, weights: FloatArray) -> Mapping[str, FloatArray]:
        """Compute all metrics from weighted sums of the matrices; see `Task.resampled`."""
        classes = list(rows["classes"].iloc[0])
        matrices = _matrices(rows, classes)
        flat = matrices.reshape(len(rows), -1).astype(np.float64)
        chunks = [
            mean_iou((some @ flat).reshape(-1, *matrices.shape[1:]), classes)
            for some in np.array_split(weights, max(1, len(weights) // RESAMPLES_AT_A_TIME))
        ]
        metrics = {metric: np.concatenate([one[metric] for one in chunks]) for metric in chunks[0]}
        for mean, part in (("miou", "iou"), ("macc", "acc")):
            of_classes = np.stack([metrics[f"{part}/{name}"] for name in classes], axis=1)
            metrics[mean][lacking_one_of_few(of_classes, weights)] = np.nan
        return metrics

    @classmethod
    def by_image(cls, rows: pd.DataFrame) -> Mapping[str, FloatArray]:
        """Compute mIoU of each image alone, over the classes that occur in it."""
        classes = list(rows["classes"].iloc[0])
        return {"miou": mean_iou(_matrices(rows, classes), classes)["miou"]}

    def protocol(self) -> str:
        """Return model and weights."""
        return f"model:{self.model.name}@{self.model.weights_digest[:8]}|v:{VERSION}"

    def fingerprint(self) -> str:
        """Return a digest of the model, its weights and the options."""
        return digest_json([self.kind, VERSION, self.model.fingerprint, self.class_map])

    def place(self, device: Device) -> None:
        """Move the segmentor to the device."""
        self.model.place(device)

    def weights_digests(self) -> dict[str, str]:
        """Return the digest of the segmentor's weight file."""
        return {self.model.weights.name: self.model.weights_digest}

    def reads(self, rain_set: RainSet) -> object:
        """Return the names of the label maps' classes."""
        return {"labels": rain_set.label_classes}

    def draw(self, prediction: Prediction, sample: Sample, rain_set: RainSet) -> Overlay | None:
        """Draw the predicted label map in the rain set's classes, and nothing for one it lacks."""
        classes = rain_set.label_classes or ()
        table = index_table(self.model.classes, classes, self.class_map)
        return draw_label_map(table[prediction], list(label_colours(classes).values()))

    def draw_truth(self, sample: Sample, rain_set: RainSet) -> Overlay | None:
        """Draw the true label map."""
        if sample.label_map is None:
            return None
        colours = label_colours(rain_set.label_classes or ())
        return draw_label_map(sample.label_map, list(colours.values()))

    def legend(self, rain_set: RainSet) -> Legend:
        """Return the colours of the label maps' classes."""
        return label_colours(rain_set.label_classes or ())


def _matrices(rows: pd.DataFrame, classes: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the confusion matrices of the images, (N, K, K + 1)."""
    flat = np.stack([np.asarray(one, np.int64) for one in rows["confusion"]])
    return flat.reshape(len(rows), len(classes), len(classes) + 1)
