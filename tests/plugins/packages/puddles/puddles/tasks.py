"""Tasks."""

import time
from typing import ClassVar

import numpy as np
import pyarrow as pa

from harness.metric import Metric
from harness.task import Task, Value


class Brightness(Task):
    """How far the mean level is from that of the clean picture."""

    kind = "brightness"
    columns: ClassVar[dict] = {"level_error": pa.float64()}
    metrics: ClassVar[dict] = {
        "level_error": Metric("level error", "|mean - clean mean|", 2, "levels", False)
    }
    headline = ("level_error",)
    looks_at = "perception"
    can_lose = True
    judge = "the light meter"

    def __init__(self, name: str = "brightness") -> None:
        self.name = name

    def refusal(self, rain_set):
        return None if rain_set.has_clean else "there is nothing to compare with"

    def predict(self, batch):
        return [float(image.mean()) for image in batch.restored]

    def score(self, prediction, sample, rain_set):
        return {"level_error": abs(prediction - float(sample.clean.mean()))}

    @classmethod
    def summarise(cls, rows):
        error = float(np.mean(rows["level_error"]))
        return [Value("level_error", error, len(rows), "level_error|v:1")]

    def protocol(self):
        return "v:1"

    def fingerprint(self):
        return type(self).__name__


class WrongType(Brightness):
    """Scores the last picture alone with a number."""

    def score(self, prediction, sample, rain_set):
        score = super().score(prediction, sample, rain_set)
        return score if sample.id == "puddle-3" else {"level_error": "rather bright"}


class Overstepping(Brightness):
    """Scores what is the row's own."""

    def score(self, prediction, sample, rain_set):
        return {**super().score(prediction, sample, rain_set), "task": "brightness"}


class Grasping(Brightness):
    """Has a column that every row has."""

    columns: ClassVar[dict] = {"level_error": pa.float64(), "status": pa.float64()}


class Misshapen(Brightness):
    """Resamples into one number too few."""

    @classmethod
    def resampled(cls, rows, weights):
        means = weights @ rows["level_error"].to_numpy() / weights.sum(axis=1)
        return {"level_error": means if len(weights) == 1 else means[1:]}


class Choosy(Brightness):
    """Reads what a rain set may not have, and refuses those that have it not."""

    def refusal(self, rain_set):
        return None if rain_set.name == "puddles" else "too torn"

    def reads(self, rain_set):
        return {"puddles": 1}[rain_set.name]


class TooFew(Brightness):
    """Loses a prediction."""

    def predict(self, batch):
        return super().predict(batch)[1:]


class Unsummarised(Brightness):
    """Cannot add up."""

    @classmethod
    def summarise(cls, rows):
        return rows["no such column"]


class Ugly(Brightness):
    """Cannot draw, which costs no figure."""

    def draw(self, prediction, sample, rain_set):
        raise RuntimeError("out of ink")

    def draw_truth(self, sample, rain_set):
        return "a masterpiece"


class Columnless(Brightness):
    """Does not say what it returns."""

    columns = None
    headline = None


class Thinking(Brightness):
    """Never comes to a prediction."""

    def predict(self, batch):
        time.sleep(10**6)


class Undecided(Brightness):
    """Never comes to a score, and lets several threads wait for it."""

    is_reentrant = True

    def score(self, prediction, sample, rain_set):
        time.sleep(10**6)


class Painting(Brightness):
    """Never finishes a picture, which costs no figure."""

    def draw(self, prediction, sample, rain_set):
        time.sleep(10**6)
