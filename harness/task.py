"""The interface of a task: what judges a restored image."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from harness.device import Device
from harness.samples import ImageArray, RainSet, Sample


class Value(NamedTuple):
    """One figure of a table.

    Attributes:
        metric: For example ``psnr_y``, ``ap50``, ``iou/road``.
        value: dB for PSNR, a fraction of 1 for the others; NaN where it is not defined.
        n: Number of images behind the figure.
        signature: The protocol, printed with the figure.
    """

    metric: str
    value: float
    n: int
    signature: str


class Task(ABC):
    """Judges restored images: predict on an image, score against the truth, summarise the rows.

    Predicting needs the model and its device; scoring needs the truth alone; summarising needs
    the rows alone, so that a report is made from records without any model.

    Attributes:
        kind: The registry name of the class, for example ``detection``; it stands in each row
            so that the rows find ``summarise`` again.
        columns: What ``score`` returns, with the Parquet type of each.
        headline: The metrics that the joint table shows, the first being the one that plots use.
        name: As it stands in the configuration and in the tables.
    """

    kind: ClassVar[str]
    columns: ClassVar[Mapping[str, pa.DataType]]
    headline: ClassVar[tuple[str, ...]]
    is_reentrant: ClassVar[bool] = False
    """True if several threads may be in ``predict`` at a time, which fills a CPU's cores."""
    name: str

    @abstractmethod
    def refusal(self, rain_set: RainSet) -> str | None:
        """Return why this task cannot judge that rain set, or None if it can.

        For example "SIRR-real has no clean images". Such a cell is left out and named so.
        """

    @abstractmethod
    def predict(self, images: Sequence[ImageArray]) -> list[Any]:
        """Predict on images that share one size.

        Args:
            images: Each (H, W, 3) uint8 RGB.

        Returns:
            One prediction an image, on the CPU, of the task's own type.
        """

    @abstractmethod
    def score(self, prediction: Any, sample: Sample, rain_set: RainSet) -> dict[str, Any]:
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

    @abstractmethod
    def protocol(self) -> str:
        """Return the part of the signature that this instance determines (model, thresholds)."""

    @abstractmethod
    def fingerprint(self) -> str:
        """Return a digest of all that determines a row's values, given the image."""

    def place(self, device: Device) -> None:  # noqa: B027 - a task without a model needs none
        """Move the model to the device, once, before the first ``predict``."""

    def weights_digests(self) -> dict[str, str]:
        """Return the SHA-256 of every weight file in use, by the file's name."""
        return {}

    def picture(self, prediction: Any, rain_set: RainSet) -> npt.NDArray[np.uint8] | None:
        """Return a predicted label map for the report's examples, or None.

        Returns:
            (H, W) uint8, indices into the rain set's ``label_classes``.
        """
        return None

    def truth_picture(self, sample: Sample) -> npt.NDArray[np.uint8] | None:
        """Return the true label map (H, W) uint8 for the report's examples, or None."""
        return None
