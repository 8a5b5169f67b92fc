"""Tasks whose metrics are numbers of one image, averaged over the images."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from harness.metric import Metric, described
from harness.task import FloatArray, Task, Value


class PerImageTask(Task):
    """A task each of whose ``metrics`` is a number of an image; the figure is their mean.

    A subclass gives ``metrics``, ``headline``, ``predict`` and ``score``, which returns a number
    for each metric; ``columns``, the means and their intervals follow from these.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Give each metric a column."""
        super().__init_subclass__(**kwargs)
        if "metrics" in cls.__dict__ and "columns" not in cls.__dict__:
            cls.columns = {name: pa.float64() for name in cls.metrics}

    @classmethod
    def signature(cls, metric: str, rows: pd.DataFrame) -> str:
        """Return the protocol of a metric; rows as for `summarise`."""
        protocol, quantiser = rows["protocol"].iloc[0], rows["quantiser"].iloc[0]
        return f"{metric}|agg:image|{protocol}|quant:{quantiser}"

    @classmethod
    def summarise(cls, rows: pd.DataFrame) -> list[Value]:
        """Average each metric over the images; see `Task.summarise`.

        Infinite values are counted apart where the metric says so, unless there are no others. An
        image whose value is NaN is in no mean.
        """
        return [_mean(name, described(cls.metrics, name), rows, cls) for name in cls.columns]

    @classmethod
    def resampled(cls, rows: pd.DataFrame, weights: FloatArray) -> Mapping[str, FloatArray]:
        """Return weighted means; see `Task.resampled`."""
        return {
            name: _weighted_means(
                rows[name].to_numpy(np.float64),
                weights,
                described(cls.metrics, name).infinite_apart,
            )
            for name in cls.columns
        }


def _mean(name: str, metric: Metric, rows: pd.DataFrame, task: type[PerImageTask]) -> Value:
    values = rows[name]
    finite = values[np.isfinite(values)]
    apart = int(np.isinf(values).sum()) if metric.infinite_apart and len(finite) else 0
    mean = float((finite if apart else values).mean())
    return Value(name, mean, len(rows), task.signature(name, rows), apart)


def _weighted_means(values: FloatArray, weights: FloatArray, infinite_apart: bool) -> FloatArray:
    """Return (R,) means of (N,) values under (R, N) weights, NaN where nothing counts."""
    counted = ~np.isnan(values)
    if infinite_apart and np.isfinite(values).any():
        counted &= np.isfinite(values)
    total = weights[:, counted].sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        means: FloatArray = weights[:, counted] @ values[counted] / total
    return means
