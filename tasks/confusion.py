"""The confusion matrix of label maps, and what mmsegmentation's IoUMetric computes from one."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from harness.samples import IGNORE_LABEL
from tasks.defined_means import mean_of_defined

LabelMap = npt.NDArray[np.integer]
Matrix = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


def confusion_matrix(predicted: LabelMap, truth: LabelMap, class_count: int) -> Matrix:
    """Count the pixels of each (true class, predicted class).

    Args:
        predicted: (H, W), class indices; any other value is a class that the truth does not
            have and goes to the last column.
        truth: (H, W), class indices; any other value (255 by custom) is left out.
        class_count: Number of classes K.

    Returns:
        (K, K + 1) int64, rows by truth.

    >>> confusion_matrix(np.array([[0, 1, 1]]), np.array([[0, 0, 255]]), 2).tolist()
    [[1, 1, 0], [0, 0, 0]]
    """
    known = truth < class_count
    columns = np.minimum(predicted[known].astype(np.int64), class_count)
    rows = truth[known].astype(np.int64)
    cells = np.bincount(
        rows * (class_count + 1) + columns, minlength=class_count * (class_count + 1)
    )
    return cells.reshape(class_count, class_count + 1).astype(np.int64)


def index_table(
    source: Sequence[str], target: Sequence[str], renamed: dict[str, str] | None = None
) -> npt.NDArray[np.uint8]:
    """Return a table that turns indices of one list of classes into those of another.

    Args:
        source: At most 65536 names.
        target: At most 255 names.
        renamed: Names of ``source`` that mean another name of ``target``.

    Returns:
        (65536,) uint8, `IGNORE_LABEL` for what ``target`` does not have.

    >>> index_table(["person", "road"], ["road", "pedestrian"], {"person": "pedestrian"})[:3]
    array([  1,   0, 255], dtype=uint8)
    """
    table = np.full(65536, IGNORE_LABEL, np.uint8)
    for index, name in enumerate(source):
        name = (renamed or {}).get(name, name)
        if name in target:
            table[index] = target.index(name)
    return table


def mean_iou(matrix: Matrix | FloatArray, classes: Sequence[str]) -> dict[str, FloatArray]:
    """Compute IoU and accuracy from the confusion matrix of a whole set, or of several.

    Args:
        matrix: (..., K, K + 1), as `confusion_matrix` returns it, summed over images.
        classes: The K names.

    Returns:
        ``miou``, ``macc``, ``pixel_acc``, ``iou/<class>`` and ``acc/<class>``, each (...),
        fractions of 1; NaN for a class that is neither in the truth nor predicted, which no mean
        counts.
    """
    counts = matrix.astype(np.float64)
    correct = np.diagonal(counts, axis1=-2, axis2=-1)
    of_truth = counts.sum(axis=-1)
    predicted = counts[..., : len(classes)].sum(axis=-2)
    with np.errstate(invalid="ignore"):
        iou = correct / (of_truth + predicted - correct)
        accuracy = correct / of_truth
        pixel_accuracy = correct.sum(axis=-1) / of_truth.sum(axis=-1)
    return {
        "miou": mean_of_defined(iou),
        "macc": mean_of_defined(accuracy),
        "pixel_acc": pixel_accuracy,
        **{f"iou/{name}": iou[..., index] for index, name in enumerate(classes)},
        **{f"acc/{name}": accuracy[..., index] for index, name in enumerate(classes)},
    }
