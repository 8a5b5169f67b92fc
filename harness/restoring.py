"""Restoring a batch: from what was kept where possible, and a bad image costs only itself."""

import time
from collections.abc import Sequence
from typing import NamedTuple

from harness.derainer import Derainer, Quantiser, quantise
from harness.device import Device
from harness.errors import DerainerError
from harness.failures import describe_failure
from harness.plan import Part
from harness.restored import KeptImage, RestoredImages
from harness.samples import ImageArray, Sample
from harness.stopwatch import Stopwatch
from harness.turnstile import Turnstile

TILED = "worked in tiles"
"""Stands in the notes of every row whose image was not restored whole."""


class Restored(NamedTuple):
    """A restored image, or the reason why there is none.

    Attributes:
        pixels: (H, W, 3) uint8, or None.
        error: The reason, "" if there is one.
        seconds: Its share of the derainer's call, 0 for a kept image.
        note: How it was cut into tiles, "" if it was restored whole.
    """

    pixels: ImageArray | None
    error: str = ""
    seconds: float = 0.0
    note: str = ""


class Restorer:
    """Runs the derainers of a run.

    Args:
        device: Where they run.
        quantiser: How their output becomes 8 bits.
        kept: The folder of kept images, or None where none are kept.
        stopwatch: Takes the time.
        debug: Print the traceback of every failure.
    """

    def __init__(
        self,
        device: Device,
        quantiser: Quantiser,
        kept: RestoredImages | None,
        stopwatch: Stopwatch,
        debug: bool = False,
    ) -> None:
        self.device, self.quantiser, self.kept = device, quantiser, kept
        self.stopwatch, self.debug = stopwatch, debug
        self.turnstile = Turnstile(device)

    def restore(
        self, rain_set: str, part: Part[Derainer], samples: Sequence[Sample], keys: Sequence[str]
    ) -> list[Restored]:
        """Restore samples of one image size.

        Args:
            rain_set: Its name, under which images are kept.
            part: The derainer.
            samples: What to restore.
            keys: The key of each restored image.
        """
        if part.built is None:
            return [Restored(None, part.error)] * len(samples)
        if self.kept is None:
            return self._restore(part.name, part.built, samples)
        found = [
            self.kept.get(rain_set, part.name, sample.id, key)
            for sample, key in zip(samples, keys, strict=True)
        ]
        left = [sample for sample, kept in zip(samples, found, strict=True) if kept is None]
        made = iter(self._restore(part.name, part.built, left) if left else ())
        results = []
        for sample, key, kept in zip(samples, keys, found, strict=True):
            result = Restored(kept.pixels, note=kept.note) if kept is not None else next(made)
            if kept is None and result.pixels is not None:
                image = KeptImage(result.pixels, result.note)
                self.kept.put(rain_set, part.name, sample.id, key, image)
            results.append(result)
        return results

    def _restore(self, name: str, derainer: Derainer, samples: Sequence[Sample]) -> list[Restored]:
        try:
            with self.turnstile.using(name, derainer):
                self.device.synchronise()
                started = time.perf_counter()
                with self.stopwatch.timing(f"restore/{name}"):
                    restored = derainer.restore_samples(samples, self.device)
                seconds = (time.perf_counter() - started) / len(samples)
            shapes = [tuple(image.shape) for image in restored]
            expected = [(3, *sample.rainy.shape[:2]) for sample in samples]
            if shapes != expected:
                raise DerainerError(
                    f"restore_samples returned shapes {shapes}: it must return {expected}"
                )
            note = _tiling_note(name, derainer)
            return [
                Restored(quantise(image, self.quantiser), "", seconds, note) for image in restored
            ]
        except Exception as error:  # a plugin may raise anything
            if len(samples) > 1:
                return [self._restore(name, derainer, [sample])[0] for sample in samples]
            return [Restored(None, describe_failure(error, samples[0].rainy, self.debug))]


def _tiling_note(name: str, derainer: Derainer) -> str:
    """Return how this thread's last call of a derainer cut its images, "" if it did not."""
    tiling = derainer.tiler.tiling if derainer.tiler is not None else None
    if tiling is None:
        return ""
    return f"{name} {TILED} of {tiling.side} px that overlap by {tiling.overlap} px"
