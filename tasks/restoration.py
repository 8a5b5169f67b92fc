"""Restoration quality: PSNR and SSIM of the restored image against the clean one."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import pandas as pd
import pyarrow as pa

from harness.digests import digest_json
from harness.errors import TaskError
from harness.samples import ImageArray, RainSet, Sample
from harness.task import Task, Value
from tasks.image_quality import psnr, rgb_to_y, ssim

VERSION = 1
"""Raised whenever the same pictures would give other figures."""


class RestorationTask(Task):
    """PSNR and SSIM, on MATLAB's luma (as the papers of the field) and on RGB.

    The PSNR of an image that equals the clean one is infinite, and so is a mean that holds one.
    """

    kind: ClassVar[str] = "restoration"
    columns: ClassVar[Mapping[str, pa.DataType]] = {
        "psnr_y": pa.float64(),
        "ssim_y": pa.float64(),
        "psnr_rgb": pa.float64(),
        "ssim_rgb": pa.float64(),
    }
    headline: ClassVar[tuple[str, ...]] = ("psnr_y", "ssim_y")
    is_reentrant: ClassVar[bool] = True

    def __init__(self, name: str = "restoration") -> None:
        self.name = name

    def refusal(self, rain_set: RainSet) -> str | None:
        """Refuse sets without clean images."""
        return None if rain_set.has_clean else f"{rain_set.name} has no clean images"

    def predict(self, images: Sequence[ImageArray]) -> list[ImageArray]:
        """Return the images as they are: the restored image is what is judged."""
        return list(images)

    def score(self, prediction: ImageArray, sample: Sample, rain_set: RainSet) -> dict[str, Any]:
        """Compare a restored image with the clean one; see `Task.score`.

        Raises:
            TaskError: If the sample has no clean image, or one of another shape.
        """
        if sample.clean is None:
            raise TaskError(f"{sample.id}: has no clean image to compare with")
        restored_y, clean_y = rgb_to_y(prediction), rgb_to_y(sample.clean)
        return {
            "psnr_y": psnr(restored_y, clean_y),
            "ssim_y": ssim(restored_y, clean_y),
            "psnr_rgb": psnr(prediction, sample.clean),
            "ssim_rgb": ssim(prediction, sample.clean),
        }

    @classmethod
    def summarise(cls, rows: pd.DataFrame) -> list[Value]:
        """Average each metric over the images; see `Task.summarise`."""
        quantiser = rows["quantiser"].iloc[0]
        channels = {"y": "ch:Y|range:16-235|luma:unrounded", "rgb": "ch:RGB|range:0-255"}
        values = []
        for metric in cls.columns:
            measure, _, channel = metric.partition("_")
            signature = (
                f"{measure}|{channels[channel]}|quant:{quantiser}|crop:0|agg:image|v:{VERSION}"
            )
            values.append(Value(metric, float(rows[metric].mean()), len(rows), signature))
        return values

    def protocol(self) -> str:
        """Return the version alone: nothing else distinguishes two instances."""
        return f"v:{VERSION}"

    def fingerprint(self) -> str:
        """Return a digest of the kind and version."""
        return digest_json([self.kind, VERSION])
