"""A rain set that ends the process which loads one of its pictures, and knows boxes."""

import ctypes

import numpy as np

from harness.digests import digest_json
from harness.samples import Boxes, RainSet, Sample


class DeepPuddles(RainSet):
    """Noise with a box and a depth; the picture that is named is not survived."""

    box_classes = ("puddle",)
    truths = ("depth",)

    def __init__(self, name: str, count: int = 4, deadly: str = "") -> None:
        self.name, self.count, self.deadly = name, count, deadly

    def ids(self):
        return [f"deep-{number}" for number in range(self.count)]

    def key(self, sample_id):
        return digest_json(["deep", sample_id])

    def load(self, sample_id):
        if sample_id == self.deadly:
            ctypes.string_at(0)
        rng = np.random.default_rng(int(sample_id.rpartition("-")[2]))
        clean = rng.integers(0, 200, (24, 32, 3), dtype=np.uint8)
        box = np.array([[2, 3, 9.5, 12]], np.float32)
        boxes = Boxes(box, np.zeros(1, np.int64), np.zeros(1, bool), np.array([67.5]))
        depth = rng.uniform(1, 9, (24, 32)).astype(np.float32)
        return Sample(sample_id, clean + 20, clean, boxes, truths={"depth": depth}, notes=("deep",))
