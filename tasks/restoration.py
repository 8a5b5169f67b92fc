"""Restoration quality: PSNR and SSIM of the restored image against the clean one."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import pandas as pd

from harness.digests import digest_json
from harness.errors import TaskError
from harness.metric import Metric
from harness.per_image_task import PerImageTask
from harness.samples import ImageArray, RainSet, Sample
from harness.task import Batch
from tasks.image_quality import psnr, rgb_to_y, ssim

VERSION = 1
"""Raised whenever the same pictures would give other figures."""

CHANNELS = {"y": "ch:Y|range:16-235|luma:unrounded", "rgb": "ch:RGB|range:0-255"}
"""As signatures say them, by the end of a metric's name."""


class RestorationTask(PerImageTask):
    """PSNR and SSIM, on MATLAB's luma (as the papers of the field) and on RGB.

    The PSNR of an image that equals the clean one is infinite: such images are counted apart.
    """

    kind: ClassVar[str] = "restoration"
    metrics: ClassVar[Mapping[str, Metric]] = {
        "psnr_y": Metric(
            "PSNR-Y",
            "Peak signal-to-noise ratio of the luma channel against the clean image, averaged "
            "over images. The clean image itself has no error, hence ∞.",
            digits=2,
            unit="dB",
            higher_is_better=True,
            infinite_apart=True,
            published=("psnr", "Y"),
        ),
        "ssim_y": Metric(
            "SSIM-Y",
            "Structural similarity of the luma channel to the clean image, averaged over images.",
            digits=4,
            higher_is_better=True,
            published=("ssim", "Y"),
        ),
        "psnr_rgb": Metric(
            "PSNR-RGB",
            "Peak signal-to-noise ratio over the three colour channels, averaged over images.",
            digits=2,
            unit="dB",
            higher_is_better=True,
            infinite_apart=True,
            published=("psnr", "RGB"),
        ),
        "ssim_rgb": Metric(
            "SSIM-RGB",
            "Structural similarity, the mean of the three colour channels, averaged over images.",
            digits=4,
            higher_is_better=True,
            published=("ssim", "RGB"),
        ),
    }
    headline: ClassVar[tuple[str, ...]] = ("psnr_y", "ssim_y")
    looks_at: ClassVar[Literal["picture", "perception"]] = "picture"
    is_reentrant: ClassVar[bool] = True

    def __init__(self, name: str = "restoration") -> None:
        self.name = name

    def refusal(self, rain_set: RainSet) -> str | None:
        """Refuse sets without clean images."""
        return None if rain_set.has_clean else f"{rain_set.name} has no clean images"

    def predict(self, batch: Batch) -> Sequence[ImageArray]:
        """Return the images as they are: the restored image is what is judged."""
        return batch.restored

    def score(
        self, prediction: ImageArray, sample: Sample, rain_set: RainSet
    ) -> Mapping[str, float]:
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
    def signature(cls, metric: str, rows: pd.DataFrame) -> str:
        """Return channel, range, quantiser, crop and aggregation of a metric."""
        measure, _, channel = metric.partition("_")
        quantiser = rows["quantiser"].iloc[0]
        return f"{measure}|{CHANNELS[channel]}|quant:{quantiser}|crop:0|agg:image|v:{VERSION}"

    def protocol(self) -> str:
        """Return the version alone: nothing else distinguishes two instances."""
        return f"v:{VERSION}"

    def fingerprint(self) -> str:
        """Return a digest of the kind and version."""
        return digest_json([self.kind, VERSION])

    def reads(self, rain_set: RainSet) -> object:
        """Return nothing: the clean image is all that is read, and of the sample."""
        return None
