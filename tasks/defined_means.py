"""Means over what is defined, as over the classes that occur."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

FEW_CLASSES = 10
"""With fewer, one of them moves a mean over classes by more than a tenth of its own figure."""


def mean_of_defined(values: FloatArray) -> FloatArray:
    """Return the mean over the last axis of what is not NaN, NaN where nothing is.

    >>> mean_of_defined(np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, np.nan]])).tolist()
    [2.0, nan]
    """
    defined = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        mean: FloatArray = np.where(defined, values, 0).sum(axis=-1) / defined.sum(axis=-1)
    return mean


def lacking_one_of_few(values: FloatArray, weights: FloatArray) -> npt.NDArray[np.bool_]:
    """Tell which resamples lack one of few classes, so that their mean is over other ones.

    Args:
        values: (R, C), the figure of each class in each resample, NaN where it has none.
        weights: (R, N), how often each image is in it. A single image is no resample: its mean is
            over the classes that are in it.

    Returns:
        (R,), all False where `FEW_CLASSES` classes or more are in any resample.

    >>> values = np.array([[0.5, 0.1, np.nan], [0.4, np.nan, np.nan], [0.3, np.nan, np.nan]])
    >>> lacking_one_of_few(values, np.array([[1, 1], [2, 0], [1, 0]])).tolist()
    [False, True, False]
    """
    defined = ~np.isnan(values)
    resamples = weights.sum(axis=1) > 1
    of_sample = defined[resamples].any(axis=0)
    if np.count_nonzero(of_sample) >= FEW_CLASSES:
        return np.zeros(len(values), bool)
    lacking: npt.NDArray[np.bool_] = (defined != of_sample).any(axis=1) & resamples
    return lacking
