"""A note in a run's folder of what is being called, for when the process dies of it."""

import mmap
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.errors import ConfigError
from harness.foreign_text import one_line
from harness.regular_files import read_regular

_NAME = re.compile(r"in-flight-([0-9]{1,9})")
"""Names of the notes in a run's folder, with the process's rank."""

_LINE = 512
_LINES = 256
_HEAD = b"rdmc-bench: the calls under way in a run, one in each line of 512 bytes".ljust(
    _LINE, b"\0"
)
"""The first line, by which a note is known for one of ours."""

_NOTHING_YET = (b"", bytes(_LINE * _LINES))
"""Notes of a process that died before its first line, or whose machine lost its power."""


class InFlight:
    """Notes of the calls under way in each thread, in memory that outlives the process.

    A line is written in a microsecond, since nobody waits for the disk: the kernel has it, whatever
    becomes of the process. A run that ends in any way of its own removes the file.

    Args:
        directory: The run's folder, made if need be.
        rank: Of this process.
    """

    def __init__(self, directory: Path, rank: int) -> None:
        self._path = directory / f"in-flight-{rank}"
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
                self._here.line = 1 + self._threads % (_LINES - 1)
                self._threads += 1
        return self._file, _LINE * int(self._here.line)


def _new(path: Path) -> mmap.mmap:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        os.ftruncate(descriptor, _LINE * _LINES)
        file = mmap.mmap(descriptor, _LINE * _LINES)
    finally:
        os.close(descriptor)
    file[:_LINE] = _HEAD
    return file


def left_in_flight(directory: Path, rank: int, count: int) -> list[str]:
    """Return what was being called when a process of an earlier run died, and forget it.

    Args:
        directory: The run's folder.
        rank: Of this process, which looks at what its forerunner left.
        count: Of all processes; the first also looks at what was left by more than there are now.

    Raises:
        ConfigError: If something of another's has the name of this process's note.
    """
    found = []
    for path in sorted(directory.glob("in-flight-*")):
        name = _NAME.fullmatch(path.name)
        number = -1 if name is None else int(name[1])
        if number == rank or (rank == 0 and number >= count):
            note = _note(path)
            if note is not None:
                found += _calls(note)
                path.unlink(missing_ok=True)
    path = directory / f"in-flight-{rank}"
    if os.path.lexists(path):
        raise ConfigError(
            f"{path}: is no note of a run, which writes one of that name; move it away, or name "
            "another folder with --out"
        )
    return found


def _note(path: Path) -> bytes | None:
    """Return what a note holds; None for what no run wrote."""
    try:
        if path.is_symlink() or path.stat().st_size not in (0, _LINE * _LINES):
            return None
        content = read_regular(path)
    except OSError:
        return None
    return content if content.startswith(_HEAD) or content in _NOTHING_YET else None


def _calls(note: bytes) -> list[str]:
    """Return what stands in the lines of a note below its head."""
    lines = [note[start : start + _LINE] for start in range(_LINE, len(note), _LINE)]
    texts = [line.rstrip(b"\0").decode(errors="replace") for line in lines]
    return [one_line(text) for text in texts if text]
