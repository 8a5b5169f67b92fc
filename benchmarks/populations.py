"""Populations of images whose figures are known; `interval_coverage.py` draws sets from them."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from harness.samples import Boxes
from harness.statistics.resampling import FloatArray
from tasks.coco_ap import Detections, resampled_average_precision
from tasks.confusion import mean_iou

POPULATION = 1500
"""Images in the populations of detections and label maps."""

IndexArray = npt.NDArray[np.int64]

Resample = Callable[[FloatArray], FloatArray]
"""From (R, N) weights of the images that were drawn to (R,) figures."""


class Mean(NamedTuple):
    """A distribution of the images' own figures."""

    draw: Callable[[np.random.Generator, int], FloatArray]
    truth: float


MEANS = {
    "mean, as PSNR (normal)": Mean(lambda rng, images: rng.normal(30, 2, images), 30.0),
    "mean, as SSIM (skewed)": Mean(lambda rng, images: rng.beta(12, 1.5, images), 12 / 13.5),
    "mean, exponential": Mean(lambda rng, images: rng.exponential(1.0, images), 1.0),
    "mean, long tails": Mean(lambda rng, images: rng.standard_t(3, images), 0.0),
}
"""The third has a few images with most of the figure, the last some far off on either side."""


class Seen(NamedTuple):
    """What a task makes of one population: rainy, restored and clean pictures of the same scenes.

    Attributes:
        resample: From who sees (0, 1, 2) and the images drawn to what their figure is with weights.
        truths: The figure of the whole population, by who sees.
    """

    resample: Callable[[int, IndexArray], Resample]
    truths: tuple[float, float, float]


CLASSES = ("road", "building", "car", "pole")
RIGHT = ((0.8, 0.6, 0.35, 0.15), (0.88, 0.75, 0.5, 0.28), (0.92, 0.85, 0.7, 0.5))
"""Pixels of each class that are seen right: in the rain, restored, in the clean picture."""


def label_maps() -> Seen:
    """Return mIoU over label maps in which classes fill unequal shares of images."""
    matrices = [_matrices(right).reshape(POPULATION, -1) for right in RIGHT]

    def resample(who: int, chosen: IndexArray) -> Resample:
        flat = matrices[who][chosen]
        return lambda w: mean_iou((w @ flat).reshape(-1, 4, 5), CLASSES)["miou"]

    return _seen(resample)


def _matrices(right: tuple[float, ...]) -> FloatArray:
    """Return (N, K, K + 1) confusion matrices; what is hard in the rain stays so when restored."""
    rng, own = np.random.default_rng(1), np.random.default_rng(int(1000 * right[0]))
    pixels = rng.dirichlet([6, 4, 1, 0.5], POPULATION) * 10_000  # (N, K)
    hardness = rng.normal(0, 0.08, (POPULATION, 4)) + own.normal(0, 0.06, (POPULATION, 4))
    share = np.clip(np.asarray(right) + hardness, 0.02, 0.98)
    astray = own.dirichlet(np.ones(4), (POPULATION, 4)) * (pixels * (1 - share))[..., None]
    made: FloatArray = np.zeros((POPULATION, 4, 5))
    made[..., :4] = astray
    made[:, range(4), range(4)] += pixels * share
    return made


def boxes() -> Seen:
    """Return COCO's AP over boxes of three classes, four an image."""
    seen = [_detections(share, jitter) for share, jitter in ((0.3, 8), (0.5, 6), (0.7, 5))]

    def resample(who: int, chosen: IndexArray) -> Resample:
        detections, truths = seen[who]
        mine = [detections[index] for index in chosen], [truths[index] for index in chosen]
        return lambda w: resampled_average_precision(*mine, ("a", "b", "c"), w)["ap"]

    return _seen(resample)


def _detections(seen: float, jitter: float) -> tuple[list[Detections], list[Boxes]]:
    """Return what a detector finds in a population's images; the objects depend on nothing.

    Args:
        seen: Share of the objects that it finds at all.
        jitter: Of the corners, in pixels.
    """
    objects, rng = np.random.default_rng(2), np.random.default_rng(int(1000 * seen))
    detections, truths = [], []
    for _ in range(POPULATION):
        count, hardness = int(objects.poisson(4)), objects.beta(2, 2)
        corners = objects.uniform(0, 400, (count, 2))
        there = np.hstack([corners, corners + objects.uniform(20, 140, (count, 2))])
        labels = objects.integers(0, 3, count)
        sides = there[:, 2:] - there[:, :2]
        truths.append(
            Boxes(there.astype(np.float32), labels, np.zeros(count, bool), sides.prod(axis=1))
        )
        found = rng.random(count) < np.clip(seen + 0.5 - hardness, 0, 1)
        near = there[found] + rng.normal(0, jitter * (0.5 + hardness), (int(found.sum()), 4))
        false = int(rng.poisson(2))
        places = rng.uniform(0, 400, (false, 2))
        wrong = np.hstack([places, places + rng.uniform(20, 140, (false, 2))])
        scores = np.concatenate([rng.beta(4, 2, len(near)), rng.beta(2, 4, false)])
        kinds = np.concatenate([labels[found], rng.integers(0, 3, false)])
        both = np.concatenate([near, wrong]).astype(np.float32)
        detections.append(Detections(both, scores.astype(np.float32), kinds))
    return detections, truths


def _seen(resample: Callable[[int, IndexArray], Resample]) -> Seen:
    whole, each = np.ones((1, POPULATION)), np.arange(POPULATION)
    rainy, restored, clean = (float(resample(who, each)(whole)[0]) for who in range(3))
    return Seen(resample, (rainy, restored, clean))
