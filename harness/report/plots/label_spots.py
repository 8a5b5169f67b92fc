"""Choosing spots for labels: one each, so that none is in the way of another.

All is in one unit, with x to the right and y upwards. A box is (left, low, right, high), a segment
(from x, from y, to x, to y); a segment of NaN is none, and meets nothing.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from harness.statistics.resampling import FloatArray

Flags = npt.NDArray[np.bool_]

MOST_TRIES = 4000
"""Spots taken on trial before the labels count as too many for their panel."""

MOST_ROUNDS = 5
"""Of moving each label to a better spot that is free."""


class Spot(NamedTuple):
    """Where a label could stand.

    Attributes:
        box: What it would fill.
        leader: The line that ties it to its dot; of NaN where it needs none.
        cost: How far it is from where a reader looks for it; the least is tried first.
    """

    box: tuple[float, float, float, float]
    leader: tuple[float, float, float, float]
    cost: float


NO_LEADER = (np.nan, np.nan, np.nan, np.nan)


def chosen_spots(
    spots: Sequence[Sequence[Spot]], dots: Sequence[FloatArray | None], near: float
) -> list[Spot] | None:
    """Return a spot for each label, None where none was found that leaves room for the others.

    No two boxes meet, no leader another's box or leader; and labels of dots that are near each
    other stand in the order of their dots, from above and from the left.

    Args:
        spots: Of each label, those free of all that is drawn already.
        dots: Of each label, (2,); None for one that belongs to no dot.
        near: Farther apart, dots say nothing of the order of their labels.
    """
    if not all(spots):
        return None
    return _Search(spots, dots, near).run() if spots else []


class _Search:
    """A search with a fixed order: the label with the fewest free spots first, cheapest first."""

    def __init__(
        self, spots: Sequence[Sequence[Spot]], dots: Sequence[FloatArray | None], near: float
    ) -> None:
        self.spots = [spot for of_label in spots for spot in of_label]
        self.owner = np.repeat(np.arange(len(spots)), [len(of_label) for of_label in spots])
        self.boxes = np.array([spot.box for spot in self.spots])
        self.leaders = np.array([spot.leader for spot in self.spots])
        self.cost = np.array([spot.cost for spot in self.spots])
        nowhere = np.full(2, np.nan)
        self.dots = np.array([nowhere if dot is None else dot for dot in dots])
        self.near = near
        self.tries = 0
        self._clashes: dict[int, Flags] = {}

    def run(self) -> list[Spot] | None:
        taken = self._extended({}, np.ones(len(self.spots), dtype=bool))
        if taken is None:
            return None
        for _ in range(MOST_ROUNDS):
            before = dict(taken)
            for label in taken:
                taken[label] = self._cheapest(label, taken)
            if taken == before:
                break
        return [self.spots[taken[label]] for label in range(len(self.dots))]

    def _extended(self, taken: dict[int, int], free: Flags) -> dict[int, int] | None:
        """Return spots of all labels that go with those taken, None where there are none."""
        left = [label for label in range(len(self.dots)) if label not in taken]
        if not left:
            return taken
        counts = np.bincount(self.owner[free], minlength=len(self.dots))
        label = min(left, key=lambda one: (counts[one], one))
        for place in self._by_cost(free & (self.owner == label)):
            self.tries += 1
            if self.tries > MOST_TRIES:
                return None
            remaining = free & ~self._clashing(place)
            found = self._extended({**taken, label: place}, remaining)
            if found is not None:
                return found
        return None

    def _cheapest(self, label: int, taken: dict[int, int]) -> int:
        """Return the cheapest spot of a label that goes with those that the others have."""
        free = self.owner == label
        for other, place in taken.items():
            if other != label:
                free &= ~self._clashing(place)
        return self._by_cost(free)[0]

    def _by_cost(self, which: Flags) -> list[int]:
        places = np.flatnonzero(which)
        return [int(place) for place in places[np.argsort(self.cost[places], kind="stable")]]

    def _clashing(self, place: int) -> Flags:
        """Return which spots of other labels cannot be taken beside this one."""
        if place not in self._clashes:
            box, leader = self.boxes[place : place + 1], self.leaders[place : place + 1]
            clashing = boxes_meet(box, self.boxes)[0]
            clashing |= segments_meet_boxes(leader, self.boxes)[0]
            clashing |= segments_meet_boxes(self.leaders, box)[:, 0]
            clashing |= segments_cross(leader, self.leaders)[0]
            clashing |= self._out_of_order(place)
            self._clashes[place] = clashing & (self.owner != self.owner[place])
        return self._clashes[place]

    def _out_of_order(self, place: int) -> Flags:
        """Return which spots would set a label in another order to this one than the dots are."""
        apart = self.dots[self.owner] - self.dots[self.owner[place]]
        are_near = (np.abs(apart) < self.near).all(axis=1)
        lows, highs = self.boxes[:, :2], self.boxes[:, 2:]
        beside = (lows < highs[place]) & (highs > lows[place])  # share a column, share a row
        labels = (lows + highs - lows[place] - highs[place]) / 2
        turned = (np.abs(apart) > 1) & (labels * apart < 0)
        out: Flags = are_near & ((turned[:, 1] & beside[:, 0]) | (turned[:, 0] & beside[:, 1]))
        return out


def boxes_meet(ones: FloatArray, others: FloatArray) -> Flags:
    """Return which boxes (M, 4) share ground with which (N, 4), as (M, N).

    >>> boxes_meet(np.array([[0, 0, 2, 2]]), np.array([[1, 1, 3, 3], [2, 0, 3, 1]])).tolist()
    [[True, False]]
    """
    one, other = ones[:, None], others[None]
    shared = (one[..., :2] < other[..., 2:]) & (one[..., 2:] > other[..., :2])
    met: Flags = shared[..., 0] & shared[..., 1]
    return met


def segments_meet_boxes(segments: FloatArray, boxes: FloatArray) -> Flags:
    """Return which segments (M, 4) lead through which boxes (N, 4), as (M, N).

    >>> segments_meet_boxes(np.array([[0, 1, 9, 1]]), np.array([[3, 0, 4, 2], [3, 2, 4, 3]]))
    array([[ True, False]])
    """
    start, way = segments[:, None, :2], (segments[:, 2:] - segments[:, :2])[:, None]
    low, high = boxes[None, :, :2], boxes[None, :, 2:]
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (low - start) / way, (high - start) / way
    still, within = way == 0, (start > low) & (start < high)
    enters = np.where(still, np.where(within, -np.inf, np.inf), np.minimum(one, other))
    leaves = np.where(still, np.where(within, np.inf, -np.inf), np.maximum(one, other))
    first, last = enters.max(axis=-1), leaves.min(axis=-1)
    met: Flags = (first < last) & (last > 0) & (first < 1)
    return met


def segments_cross(ones: FloatArray, others: FloatArray) -> Flags:
    """Return which segments (M, 4) cross which (N, 4), as (M, N).

    >>> segments_cross(np.array([[0, 0, 2, 2]]), np.array([[0, 2, 2, 0], [3, 0, 3, 9]])).tolist()
    [[True, False]]
    """
    one, other = ones[:, None], others[None]

    def side(of: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
        ahead = (of[..., 2] - of[..., 0]) * (y - of[..., 1])
        turned: FloatArray = np.sign(ahead - (of[..., 3] - of[..., 1]) * (x - of[..., 0]))
        return turned

    apart_by_one = side(one, other[..., 0], other[..., 1]) * side(one, other[..., 2], other[..., 3])
    apart_by_other = side(other, one[..., 0], one[..., 1]) * side(other, one[..., 2], one[..., 3])
    return (apart_by_one < 0) & (apart_by_other < 0)


def distances(dots: FloatArray, segments: FloatArray) -> FloatArray:
    """Return how far dots (N, 2) are from segments (M, 4), as (M, N); NaN where there is none.

    >>> distances(np.array([[0.0, 3.0], [9.0, 0.0]]), np.array([[0.0, 0.0, 5.0, 0.0]])).tolist()
    [[3.0, 4.0]]
    """
    start, way = segments[:, None, :2], (segments[:, 2:] - segments[:, :2])[:, None]
    along = ((dots[None] - start) * way).sum(axis=-1) / np.maximum((way**2).sum(axis=-1), 1e-12)
    nearest = start + np.clip(along, 0, 1)[..., None] * way
    apart: FloatArray = np.hypot(*np.moveaxis(dots[None] - nearest, -1, 0))
    return apart
