"""Restoring a batch: from what was kept where possible, and a bad image costs only itself."""

import time
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from torch import Tensor

from harness.derainer import Derainer, Quantiser, quantise
from harness.plugins.checks import check_restored
from harness.plugins.parts import Part
from harness.run.setting import Setting
from harness.run.together import together_or_apart
from harness.run.turnstile import Turnstile
from harness.run_folder.kept_images import KeptImage, RestoredImages
from harness.samples import ImageArray, Sample
from harness.tiling import Tiling


class Restored(NamedTuple):
    """A restored image, or the reason why there is none.

    Attributes:
        pixels: By quantiser, (H, W, 3) uint8; empty where there is none.
        error: The reason, "" if there is one.
        seconds: Its share of the derainer's call, 0 for a kept image.
        tiling: How it was cut into tiles, None if it was restored whole.
    """

    pixels: Mapping[Quantiser, ImageArray]
    error: str = ""
    seconds: float = 0.0
    tiling: Tiling | None = None


class Restorer:
    """Runs the derainers of a run.

    Args:
        setting: Of the run.
    """

    def __init__(self, setting: Setting) -> None:
        config = setting.plan.config
        self.device, self.stopwatch = setting.device, setting.stopwatch
        self.kept = (
            RestoredImages(setting.directory, config.quantiser) if config.keep_restored else None
        )
        self.turnstile = Turnstile(setting.device)

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
        wanted = keys[0].keys() if keys else ()
        found = [
            self._find(rain_set, part.name, sample.id, of_sample)
            for sample, of_sample in zip(samples, keys, strict=True)
        ]
        left = [sample for sample, kept in zip(samples, found, strict=True) if kept is None]
        made = iter(
            together_or_apart(
                left, lambda some: self._make(part, some, wanted), lambda cause: Restored({}, cause)
            )
            if left
            else ()
        )
        results = []
        for sample, of_sample, kept in zip(samples, keys, found, strict=True):
            result = kept or next(made)
            if kept is None:
                self._keep(rain_set, part.name, sample.id, of_sample, result)
            results.append(result)
        return results

    def _make(
        self, part: Part[Derainer], samples: Sequence[Sample], quantisers: Collection[Quantiser]
    ) -> list[Restored]:
        with self.turnstile.using(part), self.stopwatch.timing(f"restore/{part.name}"):
            made = part.ask(
                lambda derainer: self._call(derainer, samples), picture=samples[0].rainy
            )
        return [
            Restored(
                {quantiser: quantise(image, quantiser) for quantiser in quantisers},
                seconds=made.seconds,
                tiling=made.tiling,
            )
            for image in made.images
        ]

    def _call(self, derainer: Derainer, samples: Sequence[Sample]) -> "_Made":
        """Call a derainer; all of this happens in one thread, of which the tiler keeps note."""
        self.device.synchronise()
        started = time.perf_counter()
        images = derainer.restore_samples(samples, self.device)
        seconds = (time.perf_counter() - started) / len(samples)
        check_restored(images, samples)
        return _Made(images, seconds, derainer.tiler.tiling if derainer.tiler else None)

    def _find(
        self, rain_set: str, derainer: str, image: str, keys: Mapping[Quantiser, str]
    ) -> Restored | None:
        """Return what was kept of a sample, None unless it is there under every quantiser."""
        found: dict[Quantiser, KeptImage] = {}
        for quantiser, key in keys.items() if self.kept else ():
            kept = self.kept.get(rain_set, derainer, image, quantiser, key) if self.kept else None
            if kept is None:
                return None
            found[quantiser] = kept
        if not found:
            return None
        pixels = {quantiser: kept.pixels for quantiser, kept in found.items()}
        return Restored(pixels, tiling=next(iter(found.values())).tiling)

    def _keep(
        self,
        rain_set: str,
        derainer: str,
        image: str,
        keys: Mapping[Quantiser, str],
        restored: Restored,
    ) -> None:
        if self.kept is not None:
            for quantiser, pixels in restored.pixels.items():
                kept = KeptImage(pixels, restored.tiling)
                self.kept.put(rain_set, derainer, image, quantiser, keys[quantiser], kept)


class _Made(NamedTuple):
    """What a call of a derainer gave.

    Attributes:
        images: One a sample.
        seconds: The call's, for each image.
        tiling: How the images were cut into tiles.
    """

    images: list[Tensor]
    seconds: float
    tiling: Tiling | None
