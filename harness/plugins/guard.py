"""The one door to foreign code: what it raises is a failure with a cause, and it may not hang."""

from collections.abc import Callable
from typing import TypeVar

import torch

from harness.device import Device
from harness.foreign_code import outcome, settled
from harness.plugins.time_limit import TimeLimit
from harness.samples import ImageArray

T = TypeVar("T")


class Guard:
    """Calls what a plugin may have written, in a thread that knows its device.

    Args:
        seconds: That one call may take; None: as long as it likes.
        device: Of the run; the CPU by default.
        debug: Print the traceback of every failure.
    """

    def __init__(
        self, seconds: float | None, device: Device | None = None, debug: bool = False
    ) -> None:
        self.debug = debug
        enter = (device or Device(torch.device("cpu"))).enter_thread
        self._limit = None if seconds is None else TimeLimit(seconds, enter)

    def call(
        self,
        whose: str,
        function: Callable[[], T],
        picture: ImageArray | None = None,
        limits_itself: bool = False,
    ) -> T:
        """Call a function.

        Args:
            whose: It is, as messages say it: a derainer's name, ``task NAME``, ``rain set NAME``.
            function: What to call.
            picture: What is being worked on, (H, W, 3), for its size where memory runs out.
            limits_itself: Whether it ends in any case, so that the limit does not apply.

        Returns:
            What the function returns.

        Raises:
            OutOfTimeError: If it takes too long, or a call of this name did so before.
            ForeignError: For whatever it raises.
        """
        if self._limit is None or limits_itself:
            return settled(outcome(function), picture, self.debug)
        return settled(self._limit.call(whose, function), picture, self.debug)

    def close(self) -> None:
        """Send the helpers away; call it when nobody calls any more."""
        if self._limit is not None:
            self._limit.close()
