"""Memory that a run and the process of an isolated part share, to lay arrays into."""

import mmap
import os
import tempfile
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

_ALIGNMENT = 64


class Place(NamedTuple):
    """Where an array lies.

    Attributes:
        shape: Of the array.
        dtype: Of its elements.
        start: Its first byte.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    start: int

    @property
    def end(self) -> int:
        """The byte after its last one."""
        return self.start + int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize


class Desk:
    """A file without a name, mapped by both processes: nothing is left of it when they are gone.

    Args:
        descriptor: Of the file.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._map: mmap.mmap | None = None

    @classmethod
    def new(cls) -> "Desk":
        """Return an empty one."""
        if hasattr(os, "memfd_create"):
            return cls(os.memfd_create("rdmc-bench"))
        with tempfile.TemporaryFile() as file:
            return cls(os.dup(file.fileno()))

    def put(self, arrays: Sequence[npt.NDArray[Any]], room: int = 0) -> list[Place]:
        """Lay arrays down, over what lay there.

        Args:
            arrays: Of numbers.
            room: Bytes that there must be in all, for an answer.
        """
        places = places_of([(array.shape, array.dtype) for array in arrays])
        self._reach(max([room, *(place.end for place in places)]))
        for array, place in zip(arrays, places, strict=True):
            self._view(place)[...] = array
        return places

    def take(self, place: Place) -> npt.NDArray[Any]:
        """Return a copy of what lies at a place.

        Raises:
            ValueError: If nothing can lie there, which only a process that lies would name.
        """
        least = min(place.start, *place.shape, 0)
        if least < 0 or place.end > os.fstat(self.descriptor).st_size:
            raise ValueError(f"nothing lies at {place}")
        self._reach(place.end)
        return self._view(place).copy()

    def close(self) -> None:
        """Give the memory back; this process does not touch it any more."""
        self._map = None
        os.close(self.descriptor)

    def _view(self, place: Place) -> npt.NDArray[Any]:
        assert self._map is not None
        return np.ndarray(place.shape, place.dtype, self._map, place.start)

    def _reach(self, size: int) -> None:
        """Map as many bytes; the file grows where it is shorter, whoever comes first."""
        size = max(size, 1)
        if self._map is not None and len(self._map) >= size:
            return
        size = max(size, os.fstat(self.descriptor).st_size)
        os.ftruncate(self.descriptor, size)
        self._map = mmap.mmap(self.descriptor, size)


def places_of(kinds: Sequence[tuple[Sequence[int], np.dtype[Any]]]) -> list[Place]:
    """Return where arrays of these shapes and types lie, one after the other from the start.

    >>> [place.start for place in places_of([((3,), np.dtype("u1")), ((2,), np.dtype("f4"))])]
    [0, 64]
    """
    places, start = [], 0
    for shape, dtype in kinds:
        place = Place(tuple(shape), dtype, start)
        places.append(place)
        start = -(-place.end // _ALIGNMENT) * _ALIGNMENT
    return places
