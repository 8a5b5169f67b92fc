"""Bootstrap intervals over images, where the records allow an exact resample."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from harness.run_folder.manifest import TaskEntry
from harness.run_folder.run_data import CLEAN, RAINY, SEGMENTATION, RunData
from harness.statistics.recovery import LEAST_LOSS

RESAMPLES = 1000
PERCENTILES = (2.5, 97.5)

MOST_IMAGES = 20_000
"""Above this the interval is narrower than what is printed, and resampling not worth its time."""


class Interval(NamedTuple):
    """A 95 % bootstrap interval over images."""

    low: float
    high: float


def _resamples(images: int) -> npt.NDArray[np.float64]:
    """Return (RESAMPLES, images): how often each image was drawn. The same for every derainer."""
    generator = np.random.default_rng(0)
    counts = np.empty((RESAMPLES, images))
    for row in counts:
        row[:] = np.bincount(generator.integers(0, images, images), minlength=images)
    return counts


def mean_interval(values: npt.NDArray[np.float64]) -> Interval | None:
    """Return the interval of the mean of (images,) values, None for one image or too many."""
    if not 1 < len(values) <= MOST_IMAGES:
        return None
    means = _resamples(len(values)) @ values / len(values)
    low, high = np.percentile(means, PERCENTILES)
    return Interval(float(low), float(high))


def mean_iou(confusion: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the mean over the classes that occur of intersection over union.

    Args:
        confusion: (..., K, K) or (..., K, K + 1), rows by truth; a last column more than there
            are rows holds predictions of classes that the truth does not have.

    Returns:
        (...,), NaN where no class occurs.
    """
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    predicted = confusion.sum(-2)[..., : hits.shape[-1]]
    union = confusion.sum(-1) + predicted - hits
    iou = np.divide(hits, union, out=np.zeros_like(hits), where=union > 0)
    occurring = (union > 0).sum(-1)
    total = iou.sum(-1)
    mean: npt.NDArray[np.float64] = np.divide(
        total, occurring, out=np.full_like(total, np.nan), where=occurring > 0
    )
    return mean


def share_intervals(run: RunData, rain_set: str, task: TaskEntry) -> dict[str, Interval]:
    """Return the interval of each derainer's recovered share of mIoU, by the derainer's name.

    The records hold the confusion matrix of every image, so mIoU of a resample is exact. A derainer
    with failed images is left out, and so is one whose matrices do not reproduce the summary's
    mIoU (a plugin may define it in another way).
    """
    if task.kind != SEGMENTATION:
        return {}
    condition = [("rain_set", "==", rain_set), ("status", "==", "ok")]
    rows = run.records(task.name, ["rain_set", "derainer", "image", "confusion"], condition)
    if rows.empty or "confusion" not in rows:
        return {}
    resampled = _resampled_miou(run, rain_set, task.name, rows)
    if not {RAINY, CLEAN} <= resampled.keys():
        return {}
    loss = resampled[CLEAN] - resampled[RAINY]
    if float(np.min(loss)) < LEAST_LOSS:
        return {}
    intervals = {}
    for name in resampled.keys() - {RAINY, CLEAN}:
        low, high = np.percentile((resampled[name] - resampled[RAINY]) / loss, PERCENTILES)
        intervals[name] = Interval(float(low), float(high))
    return intervals


def _resampled_miou(
    run: RunData, rain_set: str, task: str, rows: pd.DataFrame
) -> dict[str, npt.NDArray[np.float64]]:
    cells = {str(name): cell for name, cell in rows.groupby("derainer", sort=False)}
    if RAINY not in cells or not 1 < len(cells[RAINY]) <= MOST_IMAGES:
        return {}
    images = list(cells[RAINY]["image"])
    counts = _resamples(len(images))
    resampled = {}
    for name, cell in cells.items():
        matrices = np.stack([np.asarray(flat, dtype=np.float64) for flat in cell["confusion"]])
        side = math.isqrt(matrices.shape[1])  # of K x K as of K x (K + 1)
        whole = float(mean_iou(matrices.sum(0).reshape(side, -1)))
        stated = run.value(rain_set, name, task, "miou")
        if list(cell["image"]) == images and math.isclose(whole, stated, abs_tol=1e-6):
            resampled[name] = mean_iou((counts @ matrices).reshape(RESAMPLES, side, -1))
    return resampled
