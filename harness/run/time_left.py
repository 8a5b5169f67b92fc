"""How long a run still takes: by pixels, and by the pace that each derainer turns out to have."""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from harness.run.amount import Amounts
from harness.run.work import Work

Batch = tuple[str, Sequence[str]]
"""The name of a rain set, and ids of images of it that go through the lanes together."""


STILL_TO_COME = 0.25
"""Of the seconds that a batch has taken which was thought to be done by now: pictures larger than
those that gave a derainer its pace may be slower by the pixel."""


@dataclass
class _AtWork:
    """What lanes do with a derainer on a batch.

    Attributes:
        since: When each lane that is at it began.
        spent: Seconds of those that were at it.
    """

    since: list[float]
    spent: float = 0.0

    def seconds(self, now: float) -> float:
        """Return the lanes' seconds so far."""
        return self.spent + sum(now - began for began in self.since)

    def leave(self, began: float, now: float) -> None:
        """Let the lane go that began then."""
        self.since.remove(began)
        self.spent += now - began


@dataclass
class _InHand:
    """A batch that lanes have begun.

    Attributes:
        pixels: Of its images together.
        to_come: The derainers that no lane has taken for it yet.
        at_work: By name, those that are at work on it.
    """

    pixels: float
    to_come: list[str]
    at_work: dict[str, _AtWork] = field(default_factory=dict)


class _Rest(NamedTuple):
    """What is left for a derainer on a batch: seconds of one lane, and the lanes that are at it."""

    seconds: float
    lanes: int


class TimeLeft:
    """Follows what the lanes do, and says what is left.

    A derainer's pace is that of its pictures so far, restored and judged; until the first is done
    it is that of its trial, and without one the mean pace of the others.

    Args:
        work: Of this process, of each rain set the costly images first.
        amounts: How much each image is.
        lanes: Batches that are on their way at a time.
        clock: Seconds.
    """

    def __init__(
        self,
        work: Work,
        amounts: Amounts,
        lanes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._amounts, self._lanes, self._clock = amounts, lanes, clock
        self._images = {rain_set.name: images for rain_set, images in work.images}
        self._begun: Counter[str] = Counter()
        self._to_come: defaultdict[str, float] = defaultdict(float)
        for rain_set, images in self._images.items():
            for one in images:
                for derainer in one.missing:
                    self._to_come[derainer] += amounts[rain_set, one.image]
        self._trials: Mapping[str, float] = {}
        self._done: defaultdict[str, float] = defaultdict(float)
        self._spent: defaultdict[str, float] = defaultdict(float)
        self._in_hand: dict[tuple[str, str], _InHand] = {}
        self._lock = threading.Lock()
        self._started = clock()

    def begin(self, trials: Mapping[str, float]) -> None:
        """Start the clock.

        Args:
            trials: Seconds a pixel by derainer, of those that were tried.
        """
        self._trials, self._started = trials, self._clock()

    @contextmanager
    def taking(self, batch: Batch, derainer: str, of_batch: Sequence[str]) -> Iterator[None]:
        """Restore and judge a batch for the length of a block.

        Args:
            batch: It.
            derainer: Its name.
            of_batch: All derainers that have, or had, work left on the batch.
        """
        rain_set, images = batch
        pixels, place = self._pixels(batch), (rain_set, images[0])
        with self._lock:
            if place not in self._in_hand:
                self._begun[rain_set] += len(images)
                for name in of_batch:
                    self._to_come[name] -= pixels
                self._in_hand[place] = _InHand(pixels, list(of_batch))
            in_hand = self._in_hand[place]
            in_hand.to_come.remove(derainer)
            began = self._clock()
            in_hand.at_work[derainer] = _AtWork([began])
        try:
            yield
        finally:
            with self._lock:
                at_work = in_hand.at_work.pop(derainer)
                at_work.leave(began, self._clock())
                self._done[derainer] += pixels
                self._spent[derainer] += at_work.spent
                if not in_hand.to_come and not in_hand.at_work:
                    del self._in_hand[place]

    @contextmanager
    def helping(self, batch: Batch, derainer: str) -> Iterator[None]:
        """Take a part, in a lane of its own, of what another does, for the length of a block.

        Args:
            batch: That the other has taken.
            derainer: Its name.
        """
        with self._lock:
            in_hand = self._in_hand.get((batch[0], batch[1][0]))
            at_work = in_hand.at_work.get(derainer) if in_hand else None
            began = self._clock()
            if at_work is not None:
                at_work.since.append(began)
        try:
            yield
        finally:
            with self._lock:
                if at_work is not None:
                    at_work.leave(began, self._clock())

    def seconds(self) -> float:
        """Return about how many are left, infinitely many where nothing is known yet.

        The lanes share what is left, so far as they were at work until now; but of what one
        derainer does on one batch no other lane takes a part, unless some are at it.
        """
        now = self._clock()
        with self._lock:
            rests = [rest for one in self._in_hand.values() for rest in self._rests(one, now)]
            to_come = sum(
                pixels * self._pace(name) for name, pixels in self._to_come.items() if pixels > 0
            )
            worked = sum(self._spent.values())
            in_hand = self._in_hand.values()
            worked += sum(at.seconds(now) for one in in_hand for at in one.at_work.values())
            costliest = self._costliest_to_come()
        passed = (now - self._started) * self._lanes
        busy = min(1.0, worked / passed) if worked > 0 and passed > 0 else 1.0
        longest = max([costliest, *(rest.seconds / rest.lanes for rest in rests)])
        all_left = to_come + sum(rest.seconds for rest in rests)
        return max(longest, all_left / self._lanes / busy)

    def _rests(self, one: _InHand, now: float) -> list[_Rest]:
        """Return what is left for each derainer that a batch in hand still needs."""
        rests = [_Rest(one.pixels * self._pace(name), 1) for name in one.to_come]
        for name, at_work in one.at_work.items():
            spent = at_work.seconds(now)
            rest = one.pixels * self._pace(name) - spent
            rests.append(_Rest(rest if rest > 0 else STILL_TO_COME * spent, len(at_work.since)))
        return rests

    def _costliest_to_come(self) -> float:
        """Return what one derainer takes at most on an image that no lane has begun."""
        found = [
            max(map(self._pace, images[self._begun[rain_set]].missing), default=0.0)
            * self._amounts[rain_set, images[self._begun[rain_set]].image]
            for rain_set, images in self._images.items()
            if self._begun[rain_set] < len(images)
        ]
        return max(found, default=0.0)

    def _pixels(self, batch: Batch) -> float:
        return sum(self._amounts[batch[0], image] for image in batch[1])

    def _pace(self, derainer: str) -> float:
        """Return seconds a pixel."""
        if self._done[derainer]:
            return self._spent[derainer] / self._done[derainer]
        if derainer in self._trials:
            return self._trials[derainer]
        done = sum(self._done.values())
        return sum(self._spent.values()) / done if done else float("inf")
