"""Decoded pictures in memory, as many as fit into a bound."""

from collections import OrderedDict
from collections.abc import Callable, Hashable

from harness.samples import ImageArray


class PictureCache:
    """Keeps what was decoded; beyond the bound, what was longest not asked for is dropped.

    Args:
        limit: Bytes.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self._kept: OrderedDict[Hashable, ImageArray] = OrderedDict()

    def get(self, key: Hashable, decode: Callable[[], ImageArray]) -> ImageArray:
        """Return the pictures of a key, decoded if they are not there.

        Args:
            key: Names them.
            decode: Gives them; what it returned must not be written to any more.

        >>> import numpy as np
        >>> cache = PictureCache(limit=100)
        >>> for key in "aba":
        ...     _ = cache.get(key, lambda: np.zeros(60, np.uint8))
        >>> cache.size
        60
        """
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        pictures = decode()
        self._kept[key] = pictures
        self.size += pictures.nbytes
        while self.size > self.limit:
            _, dropped = self._kept.popitem(last=False)
            self.size -= dropped.nbytes
        return pictures
