"""The order in which people count: 1, 2, 10, where computers sort 1, 10, 2."""

import re
from collections.abc import Sequence

_DIGITS = re.compile(r"(\d+)")


def natural_order(name: str) -> tuple[tuple[int, str], ...]:
    """Return a key for ``sorted`` under which whole numbers in names count as numbers.

    >>> sorted(["rain-10", "rain-2", "rain-1"], key=natural_order)
    ['rain-1', 'rain-2', 'rain-10']
    """
    return tuple(
        (int(piece), piece) if index % 2 else (-1, piece)
        for index, piece in enumerate(_DIGITS.split(name))
    )


def first_as_counted(names: Sequence[str], limit: int | None) -> Sequence[str]:
    """Return the first names as people count them, in the order of all; None: all of them.

    >>> first_as_counted(["rain-1", "rain-10", "rain-2"], 2)
    ['rain-1', 'rain-2']
    """
    if limit is None:
        return names
    taken = set(sorted(names, key=natural_order)[:limit])
    return [one for one in names if one in taken]
