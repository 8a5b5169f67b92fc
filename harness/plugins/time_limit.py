"""A limit on how long a call of foreign code may take: what hangs is abandoned, the run goes on."""

import ctypes
import os
import queue
import threading
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

from harness.foreign_code import ForeignError, Outcome, outcome
from harness.plugins.abandoned import abandoned

T = TypeVar("T")


class OutOfTimeError(ForeignError):
    """Foreign code did not come back within the limit, now or earlier."""


class Abandoned(SystemExit):
    """Raised within a call that nobody waits for any more, so that it ends if it can."""


class TimeLimit:
    """Calls what a plugin may have written, and gives up for good on what does not come back.

    A thread cannot be killed, so each thread that calls has a helper that works for it. A helper
    whose call takes too long is left behind, and what it called is never called again. Several
    threads may call at a time; each has a helper, and a limit, of its own.

    Args:
        seconds: That one call may take; None: as long as it likes.
        enter_thread: What each helper calls first, to know its device.
    """

    def __init__(self, seconds: float | None, enter_thread: Callable[[], None]) -> None:
        self.seconds = seconds
        self._enter_thread = enter_thread
        self._given_up: set[str] = set()
        self._helpers: list[_Helper] = []
        self._here = threading.local()
        # One that is forgotten takes its threads with it: a machine has so many and no more.
        weakref.finalize(self, _dismiss_all, self._helpers).atexit = False

    def call(self, name: str, function: Callable[[], T]) -> Outcome[T]:
        """Call a function, in the helper of the calling thread.

        Args:
            name: Whose it is, as messages say it: a derainer's name, ``task NAME``, ``rain set
                NAME``.
            function: What to call.

        Returns:
            What it returned or raised.

        Raises:
            OutOfTimeError: If it takes too long, or a call of this name did so before.
        """
        if name in self._given_up:
            raise OutOfTimeError(
                f"not called: {name} did not come back within {self.seconds:g} s (call_limit) "
                "earlier in this run"
            )
        try:
            answer = self._helper().call(function, self.seconds)
        except KeyboardInterrupt:  # the user's: nobody waits for the call any more
            self._abandon_helper()
            raise
        if answer is None:
            self._given_up.add(name)
            self._abandon_helper()
            raise OutOfTimeError(
                f"{name} did not come back within {self.seconds:g} s (call_limit) and is not "
                "called again in this run; raise call_limit if it only needs more time"
            )
        return answer

    def close(self) -> None:
        """Send the helpers away; call it when nobody calls any more."""
        _dismiss_all(self._helpers)

    def _helper(self) -> "_Helper":
        helper: _Helper | None = getattr(self._here, "helper", None)
        if helper is None:
            helper = self._here.helper = _Helper(self._enter_thread)
            self._helpers.append(helper)
        return helper

    def _abandon_helper(self) -> None:
        helper: _Helper = self._here.helper
        self._here.helper = None
        self._helpers.remove(helper)
        helper.dismiss()
        helper.interrupt()
        abandoned.append(helper.thread)


def _dismiss_all(helpers: "list[_Helper]") -> None:
    for helper in helpers:
        helper.dismiss()
    helpers.clear()


class _Helper:
    """A thread that makes one call at a time; a daemon, so that no process waits for it."""

    def __init__(self, enter_thread: Callable[[], None]) -> None:
        self._enter_thread = enter_thread
        self._calls: queue.SimpleQueue[Callable[[], Any] | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Outcome[Any]] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._work, name="limited", daemon=True)
        self.thread.start()

    def call(self, function: Callable[[], Any], seconds: float | None) -> Outcome[Any] | None:
        """Return what a function returned and raised, or None if it takes too long."""
        self._calls.put(function)
        timeout = None if seconds is None else min(seconds, threading.TIMEOUT_MAX)
        try:
            return self._answers.get(timeout=timeout)
        except queue.Empty:
            return None

    def dismiss(self) -> None:
        """End the thread after its present call."""
        self._calls.put(None)

    def interrupt(self) -> None:
        """Raise `Abandoned` in the thread: it ends a loop of Python or of small operators.

        A call that sleeps, waits or computes within one operator does not notice until it is
        through, but takes nothing from others while it waits.
        """
        identity, error = ctypes.c_ulong(self.thread.ident or 0), ctypes.py_object(Abandoned)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(identity, error)

    def _work(self) -> None:
        self._enter_thread()
        process = os.getpid()
        while (function := self._calls.get()) is not None:
            answer = outcome(function)
            if os.getpid() != process:
                os._exit(0)  # foreign code forked and let the other process come back: not the run
            self._answers.put(answer)
            del function, answer
