"""NIQE: how far a picture is from natural photographs, without any truth."""

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from harness.digests import digest_file, digest_json
from harness.errors import TaskError
from harness.metric import Metric
from harness.per_image_task import PerImageTask
from harness.samples import ImageArray, RainSet, Sample
from harness.task import Batch, FloatArray
from tasks.scene_statistics import BLOCK, block_features, rgb_to_grey

VERSION = 1
"""Raised whenever the same pictures would give other figures."""

MODEL = Path(__file__).with_name("niqe_model") / "live_2012.npz"
"""Of pristine photographs, as NIQE's authors published it; its licence lies beside it."""

LEAST_BLOCKS = 2
"""A covariance needs them."""


class PristineModel(NamedTuple):
    """The features of pristine photographs as a multivariate Gaussian.

    Attributes:
        mean: (36,).
        covariance: (36, 36).
    """

    mean: FloatArray
    covariance: FloatArray


@functools.cache
def pristine_model() -> PristineModel:
    """Return the authors' model of pristine photographs."""
    with np.load(MODEL) as arrays:
        return PristineModel(arrays["mean"], arrays["covariance"])


def niqe(picture: ImageArray) -> float:
    """Return the naturalness image quality evaluator of a picture.

    Args:
        picture: (H, W, 3) uint8 RGB.

    Returns:
        The distance of its blocks' statistics to those of pristine photographs: 0 or more.

    Raises:
        TaskError: If it has fewer than two whole blocks of 96x96 pixels, or fewer than two with
            any texture.
    """
    height, width = picture.shape[:2]
    if (height // BLOCK) * (width // BLOCK) < LEAST_BLOCKS:
        raise TaskError(
            f"NIQE needs {LEAST_BLOCKS} whole blocks of {BLOCK}x{BLOCK} pixels or more, this image "
            f"has {width}x{height}"
        )
    features = block_features(rgb_to_grey(picture))
    complete = features[~np.isnan(features).any(axis=1)]
    if len(complete) < LEAST_BLOCKS:
        raise TaskError(
            f"NIQE is not defined: of the image's blocks of {BLOCK}x{BLOCK} pixels "
            f"{len(complete)} {'has' if len(complete) == 1 else 'have'} texture at all"
        )
    return _distance(np.nanmean(features, axis=0), np.cov(complete, rowvar=False))


def _distance(mean: FloatArray, covariance: FloatArray) -> float:
    """Return the distance of two Gaussians, the second being the pristine one; (10)."""
    pristine = pristine_model()
    difference = pristine.mean - mean
    pooled = (pristine.covariance + covariance) / 2
    smallest = len(pooled) * np.finfo(np.float64).eps  # below which MATLAB's `pinv` sees 0
    return float(np.sqrt(difference @ np.linalg.pinv(pooled, smallest) @ difference))


class NiqeTask(PerImageTask):
    """NIQE of the restored image, which needs no clean one.

    Args:
        name: As it stands in the tables.
    """

    kind: ClassVar[str] = "niqe"
    metrics: ClassVar[Mapping[str, Metric]] = {
        "niqe": Metric(
            "NIQE",
            "Naturalness image quality evaluator: the distance of the statistics of the picture's "
            "blocks to those of pristine photographs; no truth is looked at, so a picture that was "
            "smoothed or invented well scores well too. Averaged over images.",
            digits=3,
            higher_is_better=False,
        )
    }
    headline: ClassVar[tuple[str, ...]] = ("niqe",)
    looks_at: ClassVar[Literal["picture", "perception"]] = "picture"
    is_reentrant: ClassVar[bool] = True

    def __init__(self, name: str = "niqe") -> None:
        self.name = name
        self._model_digest = digest_file(MODEL)

    def refusal(self, rain_set: RainSet) -> str | None:
        """Refuse no set: the restored picture is all that is looked at."""
        return None

    def predict(self, batch: Batch) -> Sequence[ImageArray]:
        """Return the images as they are: the restored image is what is judged."""
        return batch.restored

    def score(
        self, prediction: ImageArray, sample: Sample, rain_set: RainSet
    ) -> Mapping[str, float]:
        """Compute NIQE; see `Task.score`.

        Raises:
            TaskError: If the image is too small, or without texture.
        """
        return {"niqe": niqe(prediction)}

    def protocol(self) -> str:
        """Return how luma, blocks and scales are made, and of whom the pristine model is."""
        return (
            f"luma:rgb2gray-rounded|block:{BLOCK}|scales:2|half:bicubic-antialiased|"
            f"model:{MODEL.stem}|v:{VERSION}"
        )

    def fingerprint(self) -> str:
        """Return a digest of the version and the model."""
        return digest_json([self.kind, VERSION, self._model_digest])

    def reads(self, rain_set: RainSet) -> object:
        """Return nothing: the sample is not looked at either."""
        return None
