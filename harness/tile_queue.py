"""The tiles of one picture, of which several threads may each take the next one."""

import functools
import operator
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack

import torch
from torch import Tensor

from harness.foreign_code import Outcome, outcome

Call = Callable[[], Tensor]
"""Restores one tile."""

Tiles = Generator[Tensor, None, None]

Share = Callable[[Callable[[int], Tensor], int], Tiles]
"""Given what restores the tile of a number, and how many there are, yields them in their order."""


def in_turn(restore: Callable[[int], Tensor], count: int) -> Tiles:
    """Yield restored tiles in their order, each by the calling thread; see `Share`."""
    for number in range(count):
        yield restore(number)


class TileQueue:
    """Tiles that the thread whose picture it is restores, and others as far as they have time.

    They are taken in their order. That thread never waits for a tile that nobody is at.

    Args:
        restore: Restores the tile of a number.
        count: How many there are.

    Attributes:
        seconds_of_others: That other threads were at tiles.
        seconds_waited: That the picture's own thread waited for them.
    """

    def __init__(self, restore: Callable[[int], Tensor], count: int) -> None:
        self.seconds_of_others = self.seconds_waited = 0.0
        self._restore, self._count, self._modes = restore, count, _modes_of_this_thread()
        self._taken = self._with_others = 0
        self._closed = False
        self._done: dict[int, Outcome[Tensor]] = {}
        self._changed = threading.Condition()

    @property
    def left(self) -> int:
        """How many tiles are there to be taken."""
        with self._changed:
            return 0 if self._closed else self._count - self._taken

    def take(self) -> int | None:
        """Return the number of the next tile for `do_for_another`; None where none is left."""
        with self._changed:
            number = self._next()
            self._with_others += number is not None
            return number

    def do_for_another(self, number: int, through: Callable[[Call], Tensor]) -> None:
        """Restore a tile that was taken, in a thread whose picture it is not.

        Args:
            number: Of the tile.
            through: Makes the call. What it raises, the picture's own thread will raise.
        """
        started = time.perf_counter()
        done = outcome(lambda: through(functools.partial(self._in_same_modes, number)))
        with self._changed:
            self._settle(number, done)
            self._with_others -= 1
            self.seconds_of_others += time.perf_counter() - started

    def in_order(self) -> Tiles:
        """Yield the restored tiles; of what fails, the first in their order is raised.

        As soon as one has failed no further ones are taken. This ends when no thread is at a tile.
        """
        try:
            for number in range(self._count):
                while number not in self._done and (mine := self._next()) is not None:
                    self._settle(mine, outcome(functools.partial(self._restore, mine)))
                self._wait_until(functools.partial(operator.contains, self._done, number))
                yield self._result(number)
        finally:
            self._closed = True
            self._wait_until(lambda: not self._with_others)
            self._done.clear()

    def _next(self) -> int | None:
        with self._changed:
            if not self.left:
                return None
            self._taken += 1
            return self._taken - 1

    def _settle(self, number: int, done: Outcome[Tensor]) -> None:
        with self._changed:
            self._done[number] = done
            self._closed = self._closed or done.error is not None
            self._changed.notify_all()

    def _wait_until(self, comes: Callable[[], bool]) -> None:
        started = time.perf_counter()
        with self._changed:
            self._changed.wait_for(comes)
            self.seconds_waited += time.perf_counter() - started

    def _result(self, number: int) -> Tensor:
        restored, error = self._done.pop(number)
        try:
            if error is not None:
                raise error
            assert restored is not None
            return restored
        finally:
            del error  # its traceback holds this frame, and all that its own frames hold

    def _in_same_modes(self, number: int) -> Tensor:
        with ExitStack() as modes:
            self._modes(modes)
            return self._restore(number)


def _modes_of_this_thread() -> Callable[[ExitStack], None]:
    """Return what lets another thread work in the modes of torch that this one is in."""
    inference, grad = torch.is_inference_mode_enabled(), torch.is_grad_enabled()
    autocast, dtype = torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu")

    def enter(modes: ExitStack) -> None:
        modes.enter_context(torch.inference_mode(inference))
        modes.enter_context(torch.set_grad_enabled(grad))
        modes.enter_context(torch.autocast("cpu", dtype, autocast))

    return enter
