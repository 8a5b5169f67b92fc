"""Means over what is defined, as over the classes that occur."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def mean_of_defined(values: FloatArray) -> FloatArray:
    """Return the mean over the last axis of what is not NaN, NaN where nothing is.

    >>> mean_of_defined(np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, np.nan]])).tolist()
    [2.0, nan]
    """
    defined = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        mean: FloatArray = np.where(defined, values, 0).sum(axis=-1) / defined.sum(axis=-1)
    return mean
