"""How many objects were lost and invented, of all classes and of each, with images weighted."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from harness.task import FloatArray


class Counts(NamedTuple):
    """Objects of one class in each of N images, (N,) each."""

    objects: FloatArray
    lost: FloatArray
    invented: FloatArray


def object_counts(rows: pd.DataFrame) -> dict[str, Counts]:
    """Return the counts of each class that occurs, in the order of the model's classes."""
    seen = {
        column: [list(names) for names in rows[column]]
        for column in ("truth_labels", "lost_labels", "invented_labels")
    }
    occurring = {name for lists in seen.values() for names in lists for name in names}
    return {
        name: Counts(
            *(np.array([names.count(name) for names in lists], float) for lists in seen.values())
        )
        for name in rows["classes"].iloc[0]
        if name in occurring
    }


def lost_and_invented(
    counts: Mapping[str, Counts], weights: FloatArray, images: int
) -> dict[str, FloatArray]:
    """Return the metrics that count, of all classes together and of each, under (R, N) weights."""
    nothing = Counts(*(np.zeros(images) for _ in Counts._fields))
    together = Counts(*(sum(parts) for parts in zip(nothing, *counts.values(), strict=True)))
    figures: dict[str, FloatArray] = {}
    for suffix, of in (("", together), *((f"/{name}", of) for name, of in counts.items())):
        objects, lost, invented = (weights @ part for part in of)
        with np.errstate(invalid="ignore"):
            figures[f"lost{suffix}"] = lost / objects
            figures[f"invented{suffix}"] = invented / (objects - lost + invented)
        figures[f"objects{suffix}"] = objects
    return figures
