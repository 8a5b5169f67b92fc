"""A task that ends the process in which it looks at one of the pictures."""

import ctypes
from typing import ClassVar

import numpy as np
import pyarrow as pa

from harness.metric import Metric
from harness.task import Task, Value


class Seen:
    """What pickle does not take."""

    def __init__(self, levels):
        self.levels, self.hold = levels, lambda: None


class Blinding(Task):
    """The mean level, of which a prediction is a thing that only its own process can hold."""

    kind = "blinding"
    columns: ClassVar[dict] = {"level": pa.float64(), "rows": pa.list_(pa.float32())}
    metrics: ClassVar[dict] = {"level": Metric("level", "mean", 2)}
    headline = ("level",)

    def __init__(self, name: str = "blinding", deadly: str = "") -> None:
        self.name, self.deadly = name, deadly

    def refusal(self, rain_set):
        return None

    def remarks(self, rain_set):
        return [f"looks at {rain_set.name} \x1b[31m"]

    def predict(self, batch):
        if self.deadly in [sample.id for sample in batch.samples]:
            ctypes.string_at(0)
        return [Seen(image.mean(axis=(1, 2))) for image in batch.restored]

    def score(self, prediction, sample, rain_set):
        return {"level": prediction.levels.mean(), "rows": prediction.levels}

    @classmethod
    def summarise(cls, rows):
        return [Value("level", float(np.mean(rows["level"])), len(rows), "level|v:1")]

    def protocol(self):
        return "blinding"

    def fingerprint(self):
        return "1"

    def draw(self, prediction, sample, rain_set):
        grey = np.repeat(prediction.levels[:, None], sample.rainy.shape[1], axis=1).astype(np.uint8)
        return np.dstack([grey, grey, grey, np.full_like(grey, 128)])

    def legend(self, rain_set):
        return {"bright": (255, 255, 255)}
