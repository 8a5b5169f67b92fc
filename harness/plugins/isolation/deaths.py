"""When a part whose processes end is not started again."""

from collections.abc import Sequence
from typing import Literal

from harness.samples import Sample

MOST_DEATHS_IN_A_ROW = 3
"""A part whose processes ended over so many pictures without one done in between is not started
again. A picture counts once, however often it is asked about: for every derainer, say."""

MOST_DEATHS = 10
"""Nor is one whose processes ended over so many pictures in all."""

Purpose = Literal["work", "drawing"]
"""What a part is asked for. Who dies drawing still works, and what is not drawn costs no row."""


def pictures_of(samples: Sequence[Sample]) -> str:
    """Return what the ends of processes that are at work on samples are counted by."""
    return "\n".join(sample.id for sample in samples)


class Deaths:
    """What the processes of a part ended over, for one purpose."""

    def __init__(self) -> None:
        self._in_all: set[object] = set()
        self._in_a_row: set[object] = set()
        self.given_up = ""

    def count(self, over: str) -> None:
        """Count an end, over a picture or, where that is "", over something of its own."""
        which = over or object()
        self._in_all.add(which)
        self._in_a_row.add(which)
        often = ""
        if len(self._in_a_row) >= MOST_DEATHS_IN_A_ROW:
            often = f"over {len(self._in_a_row)} pictures in a row"
        elif len(self._in_all) >= MOST_DEATHS:
            often = f"over {len(self._in_all)} pictures in this run"
        if often:
            self.given_up = f"not called: its process ended {often}"

    def worked(self) -> None:
        """Note that a process did what it is there for."""
        self._in_a_row.clear()
