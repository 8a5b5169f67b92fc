"""How much of what a run frees it keeps; see `harness.heap`."""

from contextlib import AbstractContextManager, nullcontext

from harness.heap import give_back_freed_memory, handing_back, kept_bytes
from harness.memory import left_for_a_picture, left_on_machine

ROOM_PER_PIXEL = 3 * 8 * 1024
"""Bytes of a heap for a pixel that a network is at: three times what most of them take, since the
heap has gaps."""

LARGEST_SHARE_KEPT = 1 / 3
"""Of what the machine has left this share may be kept beside it."""


def heap_for(pixels: float) -> AbstractContextManager[None]:
    """Return the block in which pictures of so many pixels together are restored and judged.

    Where they may need much of what is left, freed memory is handed back at once within it.
    """
    return handing_back() if pixels * ROOM_PER_PIXEL > left_for_a_picture() else nullcontext()


def give_back_surplus() -> None:
    """Hand freed memory back where this process keeps much of it beside what the machine has left.

    A heap from which blocks of many sizes were taken lets few others reuse what is free in it, and
    grows. So no more is kept than could lie idle without harm.
    """
    kept = kept_bytes()
    if kept and kept > LARGEST_SHARE_KEPT * left_on_machine():
        give_back_freed_memory()
