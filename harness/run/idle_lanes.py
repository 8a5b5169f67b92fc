"""Lanes for which no derainer is left: they take tiles of the pictures that others work on."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from torch import Tensor

from harness.tile_queue import Call, TileQueue, Tiles

Through = Callable[[Call], Tensor]
"""Makes a call of a derainer in a lane whose picture it is not."""


class _Offer(NamedTuple):
    """Tiles that other lanes may take, and how they do."""

    tiles: TileQueue
    through: Through


class IdleLanes:
    """Where lanes offer tiles, and idle ones find them, until a rain set is done.

    A lane that works is never kept from it: it offers its tiles and goes on with them itself.
    """

    def __init__(self) -> None:
        self._offers: list[_Offer] = []
        self._over = False
        self._changed = threading.Condition()

    def help(self) -> None:
        """Take tiles, wherever most are left, and wait for more of them until `send_home`."""
        while (found := self._next()) is not None:
            offer, number = found
            offer.tiles.do_for_another(number, offer.through)
            del found, offer  # and the picture

    def send_home(self) -> None:
        """Let the lanes that help return as soon as no tiles are on offer."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    @contextmanager
    def offered(self, tiles: TileQueue, through: Through) -> Iterator[None]:
        """Offer tiles for the length of a block."""
        offer = _Offer(tiles, through)
        with self._changed:
            self._offers.append(offer)
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._offers.remove(offer)

    def _next(self) -> tuple[_Offer, int] | None:
        """Wait for a tile and take it; return None where none comes any more."""
        with self._changed:
            while True:
                for offer in sorted(self._offers, key=lambda one: one.tiles.left, reverse=True):
                    if (number := offer.tiles.take()) is not None:
                        return offer, number
                if self._over:
                    return None
                self._changed.wait()


class SharedTiles:
    """The tiles of one call of a derainer, so far as idle lanes take some.

    Args:
        idle: Those lanes.
        through: How they call the derainer.

    Attributes:
        seconds_more: What the call took the lanes together beyond what it took its own: the seconds
            of the others, less those that its own waited for them.
    """

    def __init__(self, idle: IdleLanes, through: Through) -> None:
        self.seconds_more = 0.0
        self._idle, self._through = idle, through

    def __call__(self, restore: Callable[[int], Tensor], count: int) -> Tiles:
        """Yield restored tiles in their order; see `harness.tile_queue.Share`."""
        tiles = TileQueue(restore, count)
        try:
            with self._idle.offered(tiles, self._through):
                yield from tiles.in_order()
        finally:
            self.seconds_more += tiles.seconds_of_others - tiles.seconds_waited
