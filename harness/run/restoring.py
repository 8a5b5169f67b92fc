"""Restoring a batch: from what was kept where possible, and a bad image costs only itself."""

import time
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from harness.derainer import Derainer, Quantiser, quantise
from harness.device import Device
from harness.errors import DerainerError
from harness.plugins.failures import describe_failure
from harness.plugins.time_limit import OutOfTimeError, TimeLimit
from harness.run.plan import Part
from harness.run.stopwatch import Stopwatch
from harness.run.turnstile import Turnstile
from harness.run_folder.kept_pictures import KeptImage, RestoredImages
from harness.samples import ImageArray, Sample

TILED = "worked in tiles"
"""Stands in the notes of every row whose image was not restored whole."""


class Restored(NamedTuple):
    """A restored image, or the reason why there is none.

    Attributes:
        pixels: By quantiser, (H, W, 3) uint8; empty where there is none.
        error: The reason, "" if there is one.
        seconds: Its share of the derainer's call, 0 for a kept image.
        note: How it was cut into tiles, "" if it was restored whole.
    """

    pixels: Mapping[Quantiser, ImageArray]
    error: str = ""
    seconds: float = 0.0
    note: str = ""


class Restorer:
    """Runs the derainers of a run.

    Args:
        device: Where they run.
        kept: The folder of kept images, or None where none are kept.
        stopwatch: Takes the time.
        limit: On one call of a derainer.
        debug: Print the traceback of every failure.
    """

    def __init__(
        self,
        device: Device,
        kept: RestoredImages | None,
        stopwatch: Stopwatch,
        limit: TimeLimit,
        debug: bool = False,
    ) -> None:
        self.device, self.kept = device, kept
        self.stopwatch, self.limit, self.debug = stopwatch, limit, debug
        self.turnstile = Turnstile(device)

    def restore(
        self,
        rain_set: str,
        part: Part[Derainer],
        samples: Sequence[Sample],
        keys: Sequence[Mapping[Quantiser, str]],
    ) -> list[Restored]:
        """Restore samples of one image size.

        Args:
            rain_set: Its name, under which images are kept.
            part: The derainer.
            samples: What to restore.
            keys: For each sample, by the quantisers that are wanted, the same for all, the key
                of the restored image.
        """
        if part.built is None:
            return [Restored({}, part.error)] * len(samples)
        wanted = keys[0].keys()
        if self.kept is None:
            return self._restore(part.name, part.built, samples, wanted)
        found = [
            _find(self.kept, rain_set, part.name, sample, of_sample)
            for sample, of_sample in zip(samples, keys, strict=True)
        ]
        left = [sample for sample, kept in zip(samples, found, strict=True) if kept is None]
        made = iter(self._restore(part.name, part.built, left, wanted) if left else ())
        results = []
        for sample, of_sample, kept in zip(samples, keys, found, strict=True):
            result = kept or next(made)
            if kept is None:
                for quantiser, pixels in result.pixels.items():
                    image, key = KeptImage(pixels, result.note), of_sample[quantiser]
                    self.kept.put(rain_set, part.name, sample.id, quantiser, key, image)
            results.append(result)
        return results

    def _restore(
        self,
        name: str,
        derainer: Derainer,
        samples: Sequence[Sample],
        quantisers: Collection[Quantiser],
    ) -> list[Restored]:
        try:
            limit = TimeLimit(None) if derainer.limits_itself else self.limit
            with (
                self.turnstile.using(name, derainer, lambda place: limit.call(name, place)),
                self.stopwatch.timing(f"restore/{name}"),
            ):
                made = limit.call(name, lambda: self._call(name, derainer, samples))
            check_restored(made.images, samples)
            return [
                Restored(_in_8_bits(image, quantisers), "", made.seconds, made.note)
                for image in made.images
            ]
        except OutOfTimeError as error:
            return [Restored({}, str(error))] * len(samples)
        except (Exception, SystemExit) as error:  # a plugin may raise anything
            if len(samples) > 1:
                return [self._restore(name, derainer, [one], quantisers)[0] for one in samples]
            return [Restored({}, describe_failure(error, samples[0].rainy, self.debug))]

    def _call(self, name: str, derainer: Derainer, samples: Sequence[Sample]) -> "_Made":
        """Call a derainer; all of this happens in one thread, of which the tiler keeps note."""
        self.device.synchronise()
        started = time.perf_counter()
        images = derainer.restore_samples(samples, self.device)
        seconds = (time.perf_counter() - started) / len(samples)
        return _Made(images, seconds, _tiling_note(name, derainer))


def _find(
    kept: RestoredImages,
    rain_set: str,
    derainer: str,
    sample: Sample,
    keys: Mapping[Quantiser, str],
) -> Restored | None:
    """Return what was kept of a sample, None unless it is there under every quantiser."""
    found: dict[Quantiser, ImageArray] = {}
    note = ""
    for quantiser, key in keys.items():
        image = kept.get(rain_set, derainer, sample.id, quantiser, key)
        if image is None:
            return None
        found[quantiser], note = image.pixels, image.note
    return Restored(found, note=note)


def _in_8_bits(image: Tensor, quantisers: Collection[Quantiser]) -> dict[Quantiser, ImageArray]:
    return {quantiser: quantise(image, quantiser) for quantiser in quantisers}


class _Made(NamedTuple):
    """What a call of a derainer gave.

    Attributes:
        images: One a sample, not yet checked.
        seconds: The call's, for each image.
        note: How the images were cut into tiles.
    """

    images: list[Tensor]
    seconds: float
    note: str


def check_restored(images: object, samples: Sequence[Sample]) -> None:
    """Refuse what is no restored image of each sample.

    Args:
        images: What ``restore_samples`` returned.
        samples: What it was given.

    Raises:
        DerainerError: If it is no list of finite floats or uint8, each of its sample's shape.
    """
    if not isinstance(images, Sequence) or not all(isinstance(one, Tensor) for one in images):
        raise DerainerError(
            f"restore_samples returned {_type_of(images)}: it must return a list of tensors"
        )
    shapes = [tuple(image.shape) for image in images]
    expected = [(3, *sample.rainy.shape[:2]) for sample in samples]
    if shapes != expected:
        raise DerainerError(f"restore_samples returned shapes {shapes}: it must return {expected}")
    for image in images:
        if image.dtype == torch.uint8:
            continue
        if not image.is_floating_point():
            raise DerainerError(
                f"restore_samples returned {image.dtype}: it must return uint8, or floats in [0, 1]"
            )
        if not bool(torch.isfinite(image).all()):
            raise DerainerError("restore_samples returned values that are NaN or infinite")


def _type_of(images: object) -> str:
    if not isinstance(images, Sequence):
        return f"{type(images).__name__}"
    kinds = {type(one).__name__ for one in images}
    return f"{type(images).__name__} of {', '.join(sorted(kinds))}"


def _tiling_note(name: str, derainer: Derainer) -> str:
    """Return how this thread's last call of a derainer cut its images, "" if it did not."""
    tiling = derainer.tiler.tiling if derainer.tiler is not None else None
    if tiling is None:
        return ""
    return f"{name} {TILED} of {tiling.side} px that overlap by {tiling.overlap} px"
