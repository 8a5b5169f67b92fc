"""What runs in the process of an isolated derainer."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy.typing as npt
import torch
from torch import Tensor

from harness.config import Entry
from harness.derainer import Derainer
from harness.device import Device, choose_device
from harness.lending import Loan
from harness.plugins.checks import all_finite, check_finite, check_restored
from harness.plugins.isolation.crossing import Laid, SentRainSet
from harness.plugins.isolation.workplace import Workplace
from harness.tile_sizes import Tile
from harness.tiling import Tiler

HOOKS = ("restore_samples", "refusal", "remarks", "expect", "close")
"""What a derainer may have in its own way; the others need not be asked."""


class DerainerPlace(Workplace):
    """Where a derainer is at work; see `Workplace`."""

    derainer: Derainer
    device: Device

    def build(self, where: str, entry: Entry, base: Path, debug: bool) -> dict[str, object]:
        """Build the derainer that an entry names, and return what is known of it."""
        derainer = self.built("derainers", where, entry, base, debug)
        self.derainer = derainer
        return {
            "facts": asdict(derainer.facts),
            "bound": derainer.bound,
            "is_computed": derainer.is_computed,
            "is_reentrant": derainer.is_reentrant,
            "is_local": derainer.is_local,
            "limits_itself": derainer.limits_itself,
            "weights_digest": getattr(derainer, "weights_digest", ""),
            "parameters": derainer.parameters_count(),
            "fingerprint": derainer.fingerprint(),
            "hooks": [name for name in HOOKS if _has_own(derainer, name)],
        }

    def place(self, device: Device, tile: Tile | None, overlap: int) -> None:
        """Move the derainer to the device; see `Derainer.place`."""
        choose_device(device.torch_device.type, device.precision)  # it sets up the process too
        device.enter_thread()
        self.device = device
        self.derainer.tiler = None if tile is None else Tiler(tile, overlap)
        self.derainer.place(device)

    def restore(self, laid: Sequence[Laid]) -> dict[str, object]:
        """Restore samples from the desk onto the desk; see `Derainer.restore_samples`."""
        given = [one.take(self.desk) for one in laid]
        self.picture = given[0].rainy
        loan = Loan()
        lent = loan.samples(given)
        self.device.synchronise()
        started = time.perf_counter()
        images = self.derainer.restore_samples(lent, self.device)
        seconds = time.perf_counter() - started
        self.leave_if_forked()  # before it writes onto the desk
        check_restored(images, given)
        check_finite(all(bool(all_finite(image)) for image in images))
        loan.check()
        arrays = [_array(image) for image in images]
        self.desk.put(arrays)
        tiling = self.derainer.tiler.tiling if self.derainer.tiler else None
        return {
            "types": [array.dtype.str for array in arrays],
            "seconds": seconds,
            "tiling": tiling,
        }

    def refusal(self, rain_set: SentRainSet) -> str | None:
        """Ask the derainer; see `Derainer.refusal`."""
        reason = self.derainer.refusal(rain_set.received())
        return str(reason) if reason else None

    def remarks(self, rain_sets: Sequence[SentRainSet], device: Device) -> list[str]:
        """Ask the derainer; see `Derainer.remarks`."""
        received = [one.received() for one in rain_sets]
        return [str(line) for line in self.derainer.remarks(received, device)]

    def expect(self, rain_set: SentRainSet, sample_ids: Sequence[str], logs: Path) -> None:
        """Tell the derainer; see `Derainer.expect`."""
        self.derainer.expect(rain_set.received(), sample_ids, logs)

    def close(self) -> None:
        """Tell the derainer; see `Derainer.close`."""
        self.derainer.close()


def _array(image: Tensor) -> npt.NDArray[Any]:
    """Return a restored picture as an array of 8 bits, or of floats as `quantise` takes them."""
    levels = image.detach().cpu()
    return (levels if levels.dtype == torch.uint8 else levels.float()).numpy()


def _has_own(derainer: Derainer, name: str) -> bool:
    return getattr(type(derainer), name) is not getattr(Derainer, name) or name in vars(derainer)
