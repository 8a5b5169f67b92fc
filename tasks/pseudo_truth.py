"""Pseudo-truth: what a model sees in one picture of a scene, taken for true of another one."""

from typing import Literal

from harness.errors import TaskError
from harness.samples import ImageArray, RainSet, Sample

Reference = Literal["clean", "rainy"]
"""Which picture of a sample a model's word is taken for true on."""


def refusal_of(rain_set: RainSet, reference: Reference) -> str | None:
    """Return why a rain set has no such picture, or None if it has."""
    if reference == "clean" and not rain_set.has_clean:
        return f"{rain_set.name} has no clean images"
    return None


def reference_picture(sample: Sample, reference: Reference) -> ImageArray:
    """Return the picture of a sample to compare with, (H, W, 3).

    Raises:
        TaskError: If it has none.
    """
    if reference == "rainy":
        return sample.rainy
    if sample.clean is None:
        raise TaskError(f"{sample.id}: has no clean image to compare with")
    return sample.clean
