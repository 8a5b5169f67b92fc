"""A no-reference metric of local statistics, as NIQE is one."""

import cv2
import numpy as np
import pyarrow as pa

from harness.digests import digest_json
from harness.metric import Metric
from harness.per_image_task import PerImageTask


class Naturalness(PerImageTask):
    """How far the locally normalised luminance is from a Gaussian, and two facts beside it."""

    kind = "naturalness"
    metrics = {
        "unnaturalness": Metric("unnaturalness", "Distance to a Gaussian.", 3, "", False),
        "contrast": Metric("contrast", "Deviation of the luminance.", 1, "levels", True),
    }
    columns = {
        "unnaturalness": pa.float64(),
        "contrast": pa.float64(),
        "busyness": pa.float64(),  # which nobody describes
    }
    headline = ("unnaturalness", "contrast", "busyness")
    is_reentrant = True

    def __init__(self, name: str = "naturalness") -> None:
        self.name = name

    def refusal(self, rain_set):
        return None

    def predict(self, batch):
        return [image.mean(axis=2, dtype=np.float64) for image in batch.restored]

    def score(self, prediction, sample, rain_set):
        mean = cv2.GaussianBlur(prediction, (7, 7), 7 / 6)
        deviation = np.sqrt(np.abs(cv2.GaussianBlur(prediction**2, (7, 7), 7 / 6) - mean**2))
        normalised = (prediction - mean) / (deviation + 1)
        kurtosis = np.mean(normalised**4) / np.mean(normalised**2) ** 2
        return {
            "unnaturalness": abs(float(kurtosis) - 3),
            "contrast": float(prediction.std()),
            "busyness": float(np.abs(np.diff(prediction, axis=0)).mean()),
        }

    def protocol(self):
        return "window:7|v:1"

    def fingerprint(self):
        return digest_json([self.kind, 1])

    def reads(self, rain_set):
        return None
