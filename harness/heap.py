"""Memory that this process has freed, kept for what it asks for next.

The C library of Linux hands large blocks back to the kernel as soon as they are freed, and each
that is asked for anew comes page by page, cleared. A network on a picture of 0.4 megapixels asks
for blocks of 50 MB hundreds of times: without this two fifths of its time go into such pages.
"""

import contextlib
import ctypes
import functools
import os
import threading
from collections.abc import Iterator
from typing import Any

import psutil

TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD, MMAP_MAX, ARENA_MAX = -1, -2, -3, -4, -8
"""Numbers of glibc's settings, as its malloc.h has them."""

STEP = 64 << 20
"""Bytes by which the heap grows at the least."""


class _Use(ctypes.Structure):
    """What glibc says of its memory (``struct mallinfo2``), in bytes and numbers of blocks."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


LARGE = 32 << 20
"""Bytes of a block that is handed back by itself: the largest that glibc lets one say."""

MOST_LARGE_BLOCKS = 65536
"""At a time, as glibc has it by itself."""

_elsewhere: int | None = None
"""Resident bytes outside of the heap when this process began to keep what it frees."""

_handing_back = 0
_lock = threading.Lock()


def keep_freed_memory() -> None:
    """Let this process keep what it frees from now on, however large, for itself.

    All threads then share one heap, since only that of the main thread may hold large blocks.
    Nothing happens where the C library is another one or glibc before 2.33, which does not tell
    what it keeps, or where the environment says how its memory is to be handled (``MALLOC_...``,
    ``GLIBC_TUNABLES``).
    """
    global _elsewhere
    library = _glibc()
    if library is None or not hasattr(library, "mallinfo2") or _is_told():
        return
    if _elsewhere is None:
        _elsewhere = max(0, _resident() - _in_use(library.mallinfo2()))
    for setting, value in (
        (MMAP_THRESHOLD, LARGE),
        (MMAP_MAX, 0),
        (TRIM_THRESHOLD, -1),
        (TOP_PAD, STEP),
        (ARENA_MAX, 1),
    ):
        library.mallopt(setting, value)


@contextlib.contextmanager
def handing_back() -> Iterator[None]:
    """Hand large blocks back as soon as they are freed, as long as some thread is in such a block.

    In a heap that blocks of a gigabyte come from and go to in several threads others lie between
    them, so that few fit again where they were: it grows to several times what is in use. Here a
    block that has no room in the heap as it is lies beside it.
    """
    global _handing_back
    library = _glibc()
    if library is None or _elsewhere is None:
        yield
        return
    with _lock:
        _handing_back += 1
        if _handing_back == 1:
            library.mallopt(MMAP_MAX, MOST_LARGE_BLOCKS)
            library.malloc_trim(0)
    try:
        yield
    finally:
        with _lock:
            _handing_back -= 1
            if _handing_back == 0:
                library.mallopt(MMAP_MAX, 0)


def kept_bytes() -> int:
    """Return how many bytes this process has freed and not handed back to the kernel, or fewer.

    Of what glibc counts as free a part may have gone back: only what is resident is kept.
    """
    library = _glibc()
    if library is None or _elsewhere is None:
        return 0
    use = library.mallinfo2()
    return int(min(use.fordblks, max(0, _resident() - _elsewhere - _in_use(use))))


def give_back_freed_memory() -> None:
    """Hand what this process has freed back to the kernel."""
    if (library := _glibc()) is not None:
        library.malloc_trim(0)


@functools.cache
def _glibc() -> Any | None:
    """Return the C library of this process where it is glibc."""
    try:
        library = ctypes.CDLL(None)
    except (OSError, TypeError):  # TypeError: Windows, which names no library so
        return None
    if not hasattr(library, "gnu_get_libc_version"):
        return None
    if hasattr(library, "mallinfo2"):
        library.mallinfo2.restype = _Use
    return library


def _in_use(use: Any) -> int:
    """Return the bytes of all blocks that are not free: of the heap, and large ones beside it."""
    return int(use.uordblks + use.hblkhd)


def _resident() -> int:
    return int(psutil.Process().memory_info().rss)


def _is_told() -> bool:
    tunables = os.environ.get("GLIBC_TUNABLES", "")
    return "glibc.malloc" in tunables or any(name.startswith("MALLOC_") for name in os.environ)
