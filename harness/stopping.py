"""Stopping when a signal asks for it: in order at the first, at once at a later one.

Ctrl-C, SIGTERM (``timeout``, ``kill``, torchrun, job schedulers) and SIGHUP (a terminal that is
closed) are all heard as an exception in the main thread, so that what is under way is finished or
ended, and what is finished is written.
"""

import atexit
import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

SECONDS_OF_ONE_WISH = 1.0
"""Signals that follow the first within so much time say the same once more: a nervous finger, or
a terminal and torchrun that both pass it on."""

_at_once: dict[object, Callable[[], None]] = {}


class Stopped(KeyboardInterrupt):
    """A signal asked this process to stop.

    Attributes:
        status: The exit status that says so.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.status = 128 + number


def heed_signals(quiet: bool = False) -> None:
    """Have this process stop in order from now on; a signal that it ignores stays ignored.

    Args:
        quiet: Say nothing when one comes (the other processes of a shared run).
    """
    heed = _Heed(quiet)
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, heed)
    atexit.register(_hear_no_more)


def _hear_no_more() -> None:
    """Ignore all signals from now on.

    Python's last act takes its own handlers away, so that a signal would end the process as if
    nobody had heeded. Blocking them does not help: a thread of a library may still take one.
    """
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def when_stopped_at_once(end: Callable[[], None]) -> Iterator[None]:
    """Have something called if the process is stopped at once during a block.

    Args:
        end: Ends what would outlive the process; it may be called at any moment.
    """
    place = object()
    _at_once[place] = end
    try:
        yield
    finally:
        del _at_once[place]


class _Heed:
    """The handler of all signals."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.process = os.getpid()
        self.first: float | None = None

    def __call__(self, number: int, _: FrameType | None) -> None:
        if os.getpid() != self.process:  # a fork of this one, which is as if nobody had heeded
            _as_by_default(number)
            return
        if number == signal.SIGHUP:
            _let_go_of_the_terminal()
        if self.first is None:
            self.first = time.monotonic()
            self._say("stopping: what is under way is finished and kept; again stops at once")
            raise Stopped(number)
        if time.monotonic() - self.first > SECONDS_OF_ONE_WISH:
            self._say("stopped at once; what was written by now is kept")
            _end(128 + number)

    def _say(self, text: str) -> None:
        if not self.quiet:
            with contextlib.suppress(OSError):
                os.write(2, f"rdmc-bench: {text}\n".encode())


def _as_by_default(number: int) -> None:
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _let_go_of_the_terminal() -> None:
    """Write to nowhere instead: the terminal is gone, and every line would be an error."""
    for output in (1, 2):
        if os.isatty(output):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, output)
            os.close(nowhere)


def _end(status: int) -> NoReturn:
    for end in list(_at_once.values()):
        with contextlib.suppress(OSError):
            end()
    os._exit(status)
