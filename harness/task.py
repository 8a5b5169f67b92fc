"""The interface of a task: what judges a restored image, and all that is known of its figures."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from torch import Tensor

from harness.device import Device
from harness.metric import Metric
from harness.samples import ImageArray, RainSet, Sample

FloatArray = npt.NDArray[np.float64]

Legend = Mapping[str, tuple[int, int, int]]
"""What is drawn, by name, and in which colour: red, green and blue in 0..255."""


class Value(NamedTuple):
    """One figure of a table.

    Attributes:
        metric: For example ``psnr_y``, ``ap50``, ``iou/road``.
        value: In the metric's unit; NaN where it is not defined.
        n: Number of images behind the figure.
        signature: The protocol, printed with the figure.
        infinite: Of these images, those whose value is infinite and counted apart.
    """

    metric: str
    value: float
    n: int
    signature: str
    infinite: int = 0


class Mark(NamedTuple):
    """A box of the report's page: what is true, or what a task found in a restored image.

    Attributes:
        left: In the image's pixels, as the other sides.
        top: See ``left``.
        right: See ``left``.
        bottom: See ``left``.
        label: The object's class.
        kind: ``true`` for each object that must be found; ``found`` and ``invented`` for what is
            there, ``missed`` for a true object that is not.
        score: Of what was found; 1 for what is true.
    """

    left: float
    top: float
    right: float
    bottom: float
    label: str
    kind: Literal["true", "found", "missed", "invented"]
    score: float = 1.0


@dataclass(frozen=True)
class Batch:
    """Restored images of one size, with the samples that they came from.

    Attributes:
        restored: Each (H, W, 3) uint8 RGB.
        samples: One for each: with the rainy image, and the clean one where there is one.
        device: Where the task's model is.
    """

    restored: Sequence[ImageArray]
    samples: Sequence[Sample]
    device: Device

    def __len__(self) -> int:
        """Return how many images there are."""
        return len(self.restored)

    def on_device(self, images: Sequence[ImageArray]) -> Tensor:
        """Return images of one size as (N, 3, H, W) float32 in [0, 1], on the device.

        Args:
            images: (H, W, 3) uint8 each: ``restored``, or the samples' rainy or clean ones.
        """
        return self.device.upload(images)

    def only(self, index: int) -> "Batch":
        """Return the batch of one of the images."""
        return Batch([self.restored[index]], [self.samples[index]], self.device)


class Task(ABC):
    """Judges restored images: predict on an image, score against the truth, summarise the rows.

    Predicting needs the model and its device; scoring needs the truth alone; summarising needs
    the rows alone, so that a report is made from records without any model. What a report says of
    a task follows from the attributes: it knows no task by name.

    Attributes:
        kind: The registry name of the class, for example ``detection``; it stands in each row
            so that the rows find ``summarise`` again.
        columns: What ``score`` returns, with the Parquet type of each. A metric that has a column
            of its own name is known of each image.
        metrics: What is known of each metric. ``iou`` speaks for ``iou/road`` too.
        headline: The metrics that the joint table shows, the first being the one that plots use.
        looks_at: ``picture`` if the restored picture is judged for itself, ``perception`` if what
            a machine sees in it is.
        can_lose: Whether rain can cost it something that a derainer may give back: the share that
            is given back, harm, and whether a better picture serves it, are told of such tasks.
        drawn: One sentence on what ``draw`` shows and leaves out, where a reader must know it.
        judge: How sentences call what judges, for example ``the detector``; its name where "".
        is_reentrant: True if several threads may be in ``predict`` at a time, which fills a
            CPU's cores.
        name: As it stands in the configuration and in the tables.
    """

    kind: ClassVar[str]
    columns: ClassVar[Mapping[str, pa.DataType]]
    metrics: ClassVar[Mapping[str, Metric]] = {}
    headline: ClassVar[tuple[str, ...]]
    looks_at: ClassVar[Literal["picture", "perception"]] = "picture"
    can_lose: ClassVar[bool] = False
    judge: ClassVar[str] = ""
    drawn: ClassVar[str] = ""
    is_reentrant: ClassVar[bool] = False
    name: str

    @abstractmethod
    def refusal(self, rain_set: RainSet) -> str | None:
        """Return why this task cannot judge that rain set, or None if it can.

        For example "SIRR-real has no clean images". Such a cell is left out and named so.
        """

    def objection(self, rain_sets: Sequence[RainSet]) -> str | None:
        """Return what is wrong with the options for all rain sets of a run together, or None.

        Such a run is refused before it starts, as one with a wrong configuration.
        """
        return None

    def judged_classes(self, rain_set: RainSet) -> Sequence[str] | None:
        """Return the classes of the rain set that figures are made of; None where none are."""
        return None

    def remarks(self, rain_set: RainSet) -> list[str]:
        """Return what a user should know of how it judges a rain set that it does not refuse.

        For example the classes that are not evaluated. Said before the run, and in its report.
        """
        return []

    @abstractmethod
    def predict(self, batch: Batch) -> Sequence[Any]:
        """Predict on restored images.

        Returns:
            One prediction an image, on the CPU, of the task's own type.
        """

    @abstractmethod
    def score(self, prediction: Any, sample: Sample, rain_set: RainSet) -> Mapping[str, Any]:
        """Compare one prediction with the truth.

        Returns:
            The values of ``columns`` for this image.
        """

    @classmethod
    @abstractmethod
    def summarise(cls, rows: pd.DataFrame) -> list[Value]:
        """Compute the metrics of one cell from its rows that did not fail.

        Args:
            rows: At least one row with ``columns`` and ``protocol``, sorted by image.
        """

    @classmethod
    def resampled(cls, rows: pd.DataFrame, weights: FloatArray) -> Mapping[str, FloatArray]:
        """Compute metrics of a cell anew with each image counted as often as a weight says.

        Intervals and paired comparisons of any task are made of this, and with every weight but
        one 0 the figure of an image by itself. By default there are none.

        Args:
            rows: As for ``summarise``.
            weights: (R, N), how often each of the N rows counts in each of R resamples.

        Returns:
            For each metric that allows it the R values, NaN where one is not defined. With every
            weight 1 that is what ``summarise`` gives.
        """
        return {}

    @classmethod
    def by_image(cls, rows: pd.DataFrame) -> Mapping[str, FloatArray]:
        """Return the metrics that are known of single images; by default those with a column.

        Args:
            rows: As for ``summarise``.

        Returns:
            By metric (N,), a value for each row, NaN where it is not defined.
        """
        known = [name for name in cls.metrics if name in cls.columns and name in rows]
        return {name: rows[name].to_numpy(np.float64) for name in known}

    @classmethod
    def marks(cls, row: Mapping[str, Any]) -> Sequence[Mark]:
        """Return the boxes that the report's page draws on an image, from its row alone.

        Of a task that has these, ``draw`` is asked for the report's examples alone.
        """
        return ()

    @abstractmethod
    def protocol(self) -> str:
        """Return the part of the signature that this instance determines (model, thresholds)."""

    @abstractmethod
    def fingerprint(self) -> str:
        """Return a digest of all that determines a row's values, given the sample and `reads`."""

    def reads(self, rain_set: RainSet) -> object:
        """Return what ``score`` reads of the rain set, beside the sample (JSON types).

        It stands in the key of every row, so that a row is made anew when it changes, and in the
        row itself. By default all classes of the set.
        """
        return {"boxes": rain_set.box_classes, "labels": rain_set.label_classes}

    def metrics_as_built(self) -> Mapping[str, Metric]:
        """Return what is known of the metrics where the options decide that; else ``metrics``."""
        return self.metrics

    def place(self, device: Device) -> None:  # noqa: B027 - a task without a model needs none
        """Move the model to the device, once, before the first ``predict``."""

    def weights_digests(self) -> dict[str, str]:
        """Return the SHA-256 of every weight file in use, by the file's name."""
        return {}

    def draw(
        self, prediction: Any, sample: Sample, rain_set: RainSet
    ) -> npt.NDArray[np.uint8] | None:
        """Draw a prediction for the report's examples and, small, its browser, or return None.

        It may be called while other threads predict, score and draw.

        Returns:
            (h, w, 4) uint8 RGBA, transparent where the picture shows through. It is stretched over
            the picture, so h and w have the proportions of H and W and may be larger.
        """
        return None

    def draw_truth(self, sample: Sample, rain_set: RainSet) -> npt.NDArray[np.uint8] | None:
        """Draw the truth as ``draw`` draws a prediction, or return None."""
        return None

    def legend(self, rain_set: RainSet) -> Legend:
        """Return what the drawn colours mean, empty where they need no words."""
        return {}


def is_drawn_small(task: Task) -> bool:
    """Return whether the page's browser needs pictures of what a task draws: it has no marks."""
    return _own_method(task, "marks") is None and _own_method(task, "draw") is not None


def _own_method(task: Task, name: str) -> object:
    """Return what a task's class has in the place of a method of `Task`, None where nothing."""
    above = (one for one in type(task).__mro__ if name in vars(one))
    return next((vars(one)[name] for one in above if one is not Task), None)
