"""Monocular depth, with a truth, a drawing and a legend of its own."""

import cv2
import numpy as np

from harness.digests import digest_json
from harness.metric import Metric
from harness.per_image_task import PerImageTask

NEAR, FAR = (255, 120, 0), (0, 60, 255)
FARTHEST = 60.0  # metres


class Depth(PerImageTask):
    """The depth of a level street, stretched by the haze that the picture shows."""

    kind = "depth"
    metrics = {
        "abs_rel": Metric("AbsRel", "Mean of |d - t| / t.", 3, "", False),
        "mae": Metric("MAE", "Mean absolute error.", 2, "m", False),
        "delta1": Metric("delta 1", "Share within a factor of 1.25.", 3, "", True),
    }
    headline = ("abs_rel", "delta1")
    looks_at = "perception"
    can_lose = True
    judge = "the depth estimator"
    drawn = f"Depth is drawn up to {FARTHEST:.0f} m."

    def __init__(self, name: str = "depth", camera_height: float = 1.4) -> None:
        self.name = name
        self.camera_height = camera_height

    def refusal(self, rain_set):
        return None if "depth" in rain_set.truths else f"{rain_set.name} has no depth"

    def predict(self, batch):
        return [self._estimate(image) for image in batch.restored]

    def _estimate(self, image):
        height, width = image.shape[:2]
        below_horizon = np.clip(np.arange(height)[:, None] - 0.45 * height, 1, None)
        ground = self.camera_height * width / below_horizon
        haze = cv2.blur(image.min(axis=2), (15, 15)) / 255
        return np.clip(ground * (0.8 + haze), 1, FARTHEST).astype(np.float32)

    def score(self, prediction, sample, rain_set):
        truth = sample.truths["depth"]
        known = truth < FARTHEST
        error, truth, prediction = (
            np.abs(prediction - truth)[known],
            truth[known],
            prediction[known],
        )
        ratio = np.maximum(prediction / truth, truth / prediction)
        return {
            "abs_rel": float((error / truth).mean()),
            "mae": float(error.mean()),
            "delta1": float((ratio < 1.25).mean()),
        }

    def protocol(self):
        return f"camera:{self.camera_height:g}|far:{FARTHEST:g}|v:1"

    def fingerprint(self):
        return digest_json([self.kind, 1, self.camera_height])

    def reads(self, rain_set):
        return list(rain_set.truths)

    def draw(self, prediction, sample, rain_set):
        return _colours(prediction)

    def draw_truth(self, sample, rain_set):
        return _colours(sample.truths["depth"])

    def legend(self, rain_set):
        return {"near": NEAR, "far": FAR}


def _colours(depth):
    share = np.clip(depth / FARTHEST, 0, 1)[..., None]
    colours = (1 - share) * NEAR + share * FAR
    return np.dstack([colours, np.full(depth.shape, 200)]).astype(np.uint8)
