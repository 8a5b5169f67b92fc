"""What runs in the process of an isolated derainer: it builds the derainer, and does as told."""

import ctypes
import faulthandler
import json
import os
import pickle
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy.typing as npt
import torch
from torch import Tensor

from harness.config import Entry
from harness.derainer import Derainer
from harness.device import Device, choose_device
from harness.errors import ConfigError
from harness.foreign_code import Outcome, cause_of, outcome
from harness.lending import Loan
from harness.plugins.checks import check_derainer, check_restored
from harness.plugins.isolation.crossing import Laid, SentRainSet
from harness.plugins.isolation.desk import Desk
from harness.plugins.parts import blueprint
from harness.samples import ImageArray
from harness.tiling import Tile, Tiler

HOOKS = ("restore_samples", "refusal", "remarks", "expect", "close")
"""What a derainer may have in its own way; the others need not be asked."""

_PR_SET_PDEATHSIG = 1


def serve(parent: int, connection: int, desk: int) -> None:
    """Do what the run asks for until it is gone.

    The run's pickles are read here, which come through a socket that nobody else has; the run reads
    none from here, but JSON and the numbers on the desk.

    Args:
        parent: The run's process.
        connection: The descriptor of a socket to it.
        desk: The descriptor of the memory that is shared with it.
    """
    _end_with(parent)
    pipe, workplace = Connection(connection), Workplace(Desk(desk))
    pipe.send_bytes(b"{}")
    while True:
        try:
            number, method, arguments = pickle.loads(pipe.recv_bytes())
            answer = _answer(getattr(workplace, method), arguments, workplace)
            workplace.leave_if_forked()
            pipe.send_bytes(json.dumps({"number": number, **answer}).encode())
        except (EOFError, OSError):
            os._exit(0)  # the run is over; what a plugin left running is not waited for


def _end_with(parent: int) -> None:
    """Have the kernel end this process with the run, and rather than the run if memory is short."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000")
    if os.getppid() != parent:
        os._exit(0)


def _answer(
    function: Callable[..., object], arguments: Sequence[object], workplace: "Workplace"
) -> dict[str, object]:
    """Return the answer of a call, or the cause why there is none."""
    try:
        value, error = outcome(lambda: function(*arguments))
    except KeyboardInterrupt as own:  # the user's is heard by the run alone
        value, error = Outcome(None, own)
    if error is None:
        return {"value": value}
    if workplace.debug:
        sys.excepthook(type(error), error, error.__traceback__)
    cause = cause_of(error, workplace.picture)
    return {"error": cause, "is_config": isinstance(error, ConfigError)}


class Workplace:
    """The derainer of this process.

    Args:
        desk: Where pictures lie.
    """

    derainer: Derainer
    device: Device

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.debug = False
        self.picture: ImageArray | None = None
        """What is being worked on, for its size where memory runs out."""
        self._process = os.getpid()

    def leave_if_forked(self) -> None:
        """End a process that the derainer forked and let come back: it answers nobody."""
        if os.getpid() != self._process:
            os._exit(0)

    def build(self, where: str, entry: Entry, base: Path, debug: bool) -> dict[str, object]:
        """Build the derainer that an entry names, and return what is known of it."""
        self.debug = debug
        if debug:
            faulthandler.enable()
        target, options = blueprint("derainers", where, entry, base)
        derainer: Any = target(**options)
        check_derainer(derainer, entry.name)
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
