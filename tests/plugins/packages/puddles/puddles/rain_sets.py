"""Rain sets."""

import time

import numpy as np

from harness.digests import digest_json
from harness.samples import RainSet, Sample


class Puddles(RainSet):
    """Noise under brighter noise.

    Args:
        name: As it stands in the tables.
        count: Of the pictures.
    """

    def __init__(self, name: str, count: int = 4) -> None:
        self.name = name
        self.description = "Noise under brighter noise."
        self.count = count

    def ids(self):
        return [f"puddle-{number}" for number in range(self.count)]

    def key(self, sample_id):
        return digest_json(["puddles", sample_id])

    def load(self, sample_id):
        rng = np.random.default_rng(int(sample_id.rpartition("-")[2]))
        clean = rng.integers(0, 200, (24, 32, 3), dtype=np.uint8)
        return Sample(sample_id, clean + rng.integers(0, 40, (24, 32, 1), dtype=np.uint8), clean)


class Torn(Puddles):
    """Every picture but the last is wrong in a way of its own."""

    def key(self, sample_id):
        if sample_id == "puddle-0":
            raise KeyError(sample_id)
        return super().key(sample_id)

    def load(self, sample_id):
        sample = super().load(sample_id)
        if sample_id == "puddle-1":
            return Sample(sample_id, sample.rainy / 255, sample.clean)
        return None if sample_id == "puddle-2" else sample


class Drained(Puddles):
    """Cannot be built."""

    def __init__(self, name: str) -> None:
        raise RuntimeError("the drain is open")


class Stubborn(Puddles):
    """Does not take the name that it is given."""

    def __init__(self, name: str) -> None:
        super().__init__("stubborn-as-ever")


class Frozen(Puddles):
    """Has ids and keys, and never gives a picture."""

    def load(self, sample_id):
        time.sleep(10**6)


class Bottomless(Puddles):
    """Never comes to the end of its ids."""

    def ids(self):
        time.sleep(10**6)
