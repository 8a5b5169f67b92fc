"""What runs in the process of an isolated part: it builds the part, and does as told."""

import ctypes
import faulthandler
import importlib
import json
import os
import pickle
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from harness.config import Entry
from harness.errors import ConfigError
from harness.foreign_code import Outcome, cause_of, outcome
from harness.plugins import registry
from harness.plugins.isolation.desk import Desk
from harness.plugins.parts import built_part
from harness.samples import ImageArray

_PLACES = {
    "derainers": ("harness.plugins.isolation.derainer_place", "DerainerPlace"),
    "rain-sets": ("harness.plugins.isolation.rain_set_place", "RainSetPlace"),
    "tasks": ("harness.plugins.isolation.task_place", "TaskPlace"),
}
"""By the kind of part, the module and the class of its workplace."""

_PR_SET_PDEATHSIG = 1


def serve(parent: int, connection: int, desk: int, kind: str) -> None:
    """Do what the run asks for until it is gone.

    The run's pickles are read here, which come through a socket that nobody else has; the run reads
    none from here, but JSON and the numbers on the desk.

    Args:
        parent: The run's process.
        connection: The descriptor of a socket to it.
        desk: The descriptor of the memory that is shared with it.
        kind: Of the part, a key of `_PLACES`.
    """
    _end_with(parent)
    place: type[Workplace] = getattr(importlib.import_module(_PLACES[kind][0]), _PLACES[kind][1])
    pipe, workplace = Connection(connection), place(Desk(desk))
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
    """Where a part is at work.

    Args:
        desk: Where pictures lie.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.debug = False
        self.picture: ImageArray | None = None
        """What is being worked on, for its size where memory runs out."""
        self._process = os.getpid()

    def leave_if_forked(self) -> None:
        """End a process that the part forked and let come back: it answers nobody."""
        if os.getpid() != self._process:
            os._exit(0)

    def built(self, kind: registry.Kind, where: str, entry: Entry, base: Path, debug: bool) -> Any:
        """Return the part that an entry names, checked as the run would."""
        self.debug = debug
        if debug:
            faulthandler.enable()
        return built_part(kind, where, entry, base)
