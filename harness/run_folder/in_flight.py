"""A note in a run's folder of what is being called, for when the process dies of it."""

import mmap
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.foreign_text import one_line

PATTERN = "in-flight-*"
"""Names of the notes in a run's folder; the process's rank stands in the place of the star."""

_LINE = 512
_LINES = 256


class InFlight:
    """Notes of the calls under way in each thread, in memory that outlives the process.

    A line is written in a microsecond, since nobody waits for the disk: the kernel has it, whatever
    becomes of the process. A run that ends in any way of its own removes the file.

    Args:
        directory: The run's folder, made if need be.
        rank: Of this process.
    """

    def __init__(self, directory: Path, rank: int) -> None:
        self._path = directory / PATTERN.replace("*", str(rank))
        self._file: mmap.mmap | None = None
        self._here = threading.local()
        self._threads = 0
        self._made_folder = False
        self._lock = threading.Lock()

    @contextmanager
    def calling(self, whose: str, image: str) -> Iterator[None]:
        """Note a call for the length of a block.

        Args:
            whose: It is, as messages say it.
            image: The id of what it works on, "" for nothing.
        """
        file, start = self._line()
        before = file[start : start + _LINE]
        text = f"{whose} on {image}" if image else whose
        file[start : start + _LINE] = text.encode("utf-8", "replace")[:_LINE].ljust(_LINE, b"\0")
        try:
            yield
        finally:
            file[start : start + _LINE] = before

    def close(self) -> None:
        """Remove the note, and a folder that holds nothing else and was made for it."""
        if self._file is None:
            return
        self._file = None
        self._path.unlink(missing_ok=True)
        if self._made_folder:
            with suppress(OSError):  # there is more in it
                self._path.parent.rmdir()

    def _line(self) -> tuple[mmap.mmap, int]:
        """Return the file and where this thread's line begins."""
        with self._lock:
            if self._file is None:
                self._made_folder = not self._path.parent.exists()
                self._file = _new(self._path)
            if getattr(self._here, "line", None) is None:
                self._here.line, self._threads = self._threads % _LINES, self._threads + 1
        return self._file, _LINE * int(self._here.line)


def _new(path: Path) -> mmap.mmap:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        os.ftruncate(descriptor, _LINE * _LINES)
        return mmap.mmap(descriptor, _LINE * _LINES)
    finally:
        os.close(descriptor)


def left_in_flight(directory: Path, rank: int, count: int) -> list[str]:
    """Return what was being called when a process of an earlier run died, and forget it.

    Args:
        directory: The run's folder.
        rank: Of this process, which looks at what its forerunner left.
        count: Of all processes; the first also looks at what was left by more than there are now.
    """
    found = []
    for path in sorted(directory.glob(PATTERN)):
        number = path.name.rpartition("-")[2]
        if number != str(rank) and not (rank == 0 and number.isdigit() and int(number) >= count):
            continue
        lines = path.read_bytes().split(b"\0")
        found += [one_line(line.decode(errors="replace")) for line in lines if line]
        path.unlink(missing_ok=True)
    return found
