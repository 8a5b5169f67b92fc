"""Whether two metrics order the same derainers alike."""

import math
from itertools import combinations
from typing import NamedTuple


class Agreement(NamedTuple):
    """In how many pairs of derainers the one ahead in one metric is ahead in the other."""

    agreeing: int
    pairs: int


def agreement(first: list[float], second: list[float]) -> Agreement:
    """Compare two orders of the same derainers; pairs that tie in either are not counted.

    >>> agreement([30.0, 28.0, 25.0], [0.5, 0.6, 0.3])
    Agreement(agreeing=2, pairs=3)
    """
    signs = [
        (a[0] - b[0]) * (a[1] - b[1])
        for a, b in combinations(zip(first, second, strict=True), 2)
        if all(map(math.isfinite, (*a, *b)))
    ]
    untied = [sign for sign in signs if sign != 0]
    return Agreement(sum(sign > 0 for sign in untied), len(untied))
