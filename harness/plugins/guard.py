"""The one door to foreign code: what it raises is a failure with a cause, and it may not hang."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TypeVar

import torch

from harness.device import Device
from harness.foreign_code import outcome, settled
from harness.plugins.time_limit import TimeLimit
from harness.samples import ImageArray

T = TypeVar("T")


class Closable(Protocol):
    """What has something to give back."""

    def close(self) -> object:
        """Give it back; a second time does nothing."""


Closing = TypeVar("Closing", bound=Closable)


Noting = Callable[[str, str], AbstractContextManager[None]]


def _nowhere(whose: str, image: str) -> AbstractContextManager[None]:
    return nullcontext()


class Guard:
    """Calls what a plugin may have written, in a thread that knows its device.

    Args:
        seconds: That one call may take; None: as long as it likes.
        device: Of the run; the CPU by default.
        debug: Print the traceback of every failure.
        memory: GiB that the process of an isolated derainer may hold; None: as its default is.
        noting: Notes a call for the length of a block, by whose it is and what it works on.
    """

    def __init__(
        self,
        seconds: float | None,
        device: Device | None = None,
        debug: bool = False,
        memory: float | None = None,
        noting: Noting = _nowhere,
    ) -> None:
        self.seconds, self.debug, self.memory = seconds, debug, memory
        self._noting = noting
        self._to_close: list[Closable] = []
        enter = (device or Device(torch.device("cpu"))).enter_thread
        self._limit = TimeLimit(seconds, enter)

    def call(
        self,
        whose: str,
        function: Callable[[], T],
        picture: ImageArray | None = None,
        limits_itself: bool = False,
        image: str = "",
    ) -> T:
        """Call a function.

        In the main thread the user's Ctrl-C arrives, so foreign code is never in it: a
        `KeyboardInterrupt` that it raises is told from the user's by its thread.

        Args:
            whose: It is, as messages say it: a derainer's name, ``task NAME``, ``rain set NAME``.
            function: What to call.
            picture: What is being worked on, (H, W, 3), for its size where memory runs out.
            limits_itself: Whether it ends in any case, so that the limit does not apply.
            image: The id of what is being worked on.

        Returns:
            What the function returns.

        Raises:
            OutOfTimeError: If it takes too long, or a call of this name did so before.
            ForeignError: For whatever it raises.
        """
        has_no_limit = limits_itself or self._limit.seconds is None
        with self._noting(whose, image):
            if has_no_limit and threading.current_thread() is not threading.main_thread():
                return settled(outcome(function), picture, self.debug)
            return settled(self._limit.call(whose, function), picture, self.debug)

    def closing(self, what: Closing) -> Closing:
        """Return what is given, to be closed with the guard: nobody else need keep it."""
        self._to_close.append(what)
        return what

    def close(self) -> None:
        """Send the helpers away, and all that was left here; call it when nobody calls any more."""
        for one in self._to_close:
            one.close()
        self._limit.close()
