"""Restoring a batch: from what was kept where possible, and a bad image costs only itself."""

import functools
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

from torch import Tensor

from harness.derainer import Derainer
from harness.foreign_code import outcome
from harness.keeping import give_back_surplus
from harness.lending import Loan
from harness.plugins.isolation.isolated_derainer import IsolatedDerainer
from harness.plugins.parts import Part
from harness.run.fetching import fetched
from harness.run.idle_lanes import IdleLanes, SharedTiles
from harness.run.loading import InlineExecutor, Loaded
from harness.run.setting import Setting
from harness.run.together import together_or_apart
from harness.run.turnstile import Turnstile
from harness.run.writing import Writing
from harness.run_folder.kept_images import KeptImage, RestoredImages
from harness.samples import ImageArray, Sample
from harness.terms import Quantiser
from harness.tile_queue import Call
from harness.tile_sizes import Tiling


class Restored(NamedTuple):
    """A restored image, or the reason why there is none.

    Attributes:
        pixels: By quantiser, (H, W, 3) uint8; empty where there is none.
        error: The reason, "" if there is one.
        seconds: Its share of the derainer's call, until the 8 bits are there, as long as one lane
            takes by itself: what others took of it counts, and waiting for them does not. 0 for a
            kept image.
        tiling: How it was cut into tiles, None if it was restored whole.
    """

    pixels: Mapping[Quantiser, ImageArray]
    error: str = ""
    seconds: float = 0.0
    tiling: Tiling | None = None


class Helpers(NamedTuple):
    """Who takes tiles of a picture that another lane restores.

    Attributes:
        idle: Lanes that have nothing else to do.
        taking_part: Makes the block in which one does it.
    """

    idle: IdleLanes
    taking_part: Callable[[], AbstractContextManager[None]] = nullcontext


class Restorer:
    """Runs the derainers of a run.

    Args:
        setting: Of the run.
        writing: Takes the images that are kept; by default the lane writes them itself.
    """

    def __init__(self, setting: Setting, writing: Writing | None = None) -> None:
        config = setting.plan.config
        self.keys, self.device, self.stopwatch = setting.keys, setting.device, setting.stopwatch
        self.kept = (
            RestoredImages(setting.directory, config.quantiser) if config.keep_restored else None
        )
        self.writing = writing or Writing(InlineExecutor(), most_pending=0)
        self.turnstile = Turnstile(setting.device)

    def restore(
        self,
        rain_set: str,
        part: Part[Derainer],
        batch: Sequence[Loaded],
        quantisers: Collection[Quantiser],
        helpers: Helpers | None = None,
    ) -> list[Restored]:
        """Restore samples of one image size; of one that could not be loaded, return the reason.

        Args:
            rain_set: Its name, under which images are kept.
            part: The derainer.
            batch: What to restore.
            quantisers: How a restored image is to become 8 bits.
            helpers: Other lanes that may take tiles of it; a derainer of which one thread at a
                time may make use has none.
        """
        results: dict[int, Restored] = {}
        left: dict[int, Sample] = {}
        for place, loaded in enumerate(batch):
            found = self._find(rain_set, part.name, loaded, quantisers)
            if loaded.sample is None:
                results[place] = Restored({}, loaded.error)
            elif found is not None:
                results[place] = found
            else:
                left[place] = loaded.sample
        if left:
            make = functools.partial(self._make, part, quantisers, helpers)
            made = together_or_apart(list(left.values()), make, _failed)
            for place, restored in zip(left, made, strict=True):
                results[place] = restored
                self._keep(rain_set, part.name, batch[place], restored)
        return [results[place] for place in range(len(batch))]

    def seconds_on(self, part: Part[Derainer], sample: Sample) -> float:
        """Let a derainer restore one sample, of which nothing is kept; return what that takes.

        Raises:
            ForeignError: If it fails.
        """
        with self.turnstile.using(part):
            (made,) = part.work(
                functools.partial(self._call, [sample], ["round"]), sample.id, sample.rainy
            )
        return made.seconds

    def _make(
        self,
        part: Part[Derainer],
        quantisers: Collection[Quantiser],
        helpers: Helpers | None,
        samples: Sequence[Sample],
    ) -> list[Restored]:
        shared, stage = None, f"restore/{part.name}"
        if helpers is not None and part.says("is_reentrant"):
            through = functools.partial(_help, part, samples[0], helpers.taking_part)
            shared = SharedTiles(helpers.idle, through)
        call = functools.partial(self._call, samples, quantisers, shared=shared)
        with self.turnstile.using(part), self.stopwatch.timing(stage):
            made = part.work(call, samples[0].id, samples[0].rainy)
        if shared is not None:
            self.stopwatch.add(stage, shared.seconds_more)
        give_back_surplus()
        return made

    def _call(
        self,
        samples: Sequence[Sample],
        quantisers: Collection[Quantiser],
        derainer: Derainer,
        shared: SharedTiles | None = None,
    ) -> list[Restored]:
        """Call a derainer; all of this happens in one thread, of which the tiler keeps note."""
        if isinstance(derainer, IsolatedDerainer):
            derainer.get_ready()
        loan = Loan()
        given = loan.samples(samples)
        tiler, started = derainer.tiler, time.perf_counter()
        with tiler.sharing(shared) if tiler and shared else nullcontext():
            pixels = fetched(derainer.restore_samples(given, self.device), samples, quantisers)
        seconds = time.perf_counter() - started + (shared.seconds_more if shared else 0.0)
        loan.check()
        tiling = tiler.tiling if tiler else None
        return [Restored(one, "", seconds / len(samples), tiling) for one in pixels]

    def _find(
        self, rain_set: str, derainer: str, loaded: Loaded, quantisers: Collection[Quantiser]
    ) -> Restored | None:
        """Return what was kept of a sample, None unless it is there under every quantiser."""
        if self.kept is None:
            return None
        found: dict[Quantiser, KeptImage] = {}
        for quantiser in quantisers:
            key = self.keys.restored(loaded.work.sample_key, derainer, quantiser)
            kept = self.kept.get(rain_set, derainer, loaded.work.image, quantiser, key)
            if kept is None:
                return None
            found[quantiser] = kept
        pixels = {quantiser: kept.pixels for quantiser, kept in found.items()}
        return Restored(pixels, tiling=next(iter(found.values())).tiling)

    def _keep(self, rain_set: str, derainer: str, loaded: Loaded, restored: Restored) -> None:
        if self.kept is None:
            return
        for quantiser, pixels in restored.pixels.items():
            key = self.keys.restored(loaded.work.sample_key, derainer, quantiser)
            image = KeptImage(pixels, restored.tiling)
            place = (rain_set, derainer, loaded.work.image, quantiser)
            self.writing.add(functools.partial(self.kept.put, *place, key, image))


def _help(
    part: Part[Derainer],
    sample: Sample,
    taking_part: Callable[[], AbstractContextManager[None]],
    call: Call,
) -> Tensor:
    """Make a call of a derainer for another lane, as guarded as that lane's own."""
    with taking_part():
        restored, error = part.work(lambda _: outcome(call), sample.id, sample.rainy)
    if error is not None:
        raise error
    assert restored is not None
    return restored


def _failed(cause: str) -> Restored:
    return Restored({}, cause)
