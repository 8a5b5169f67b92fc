"""A process that is killed at a chosen change of a folder: before it, in it or after it."""

import io
import os
import signal
from pathlib import Path
from typing import Any, NamedTuple

CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir"}
"""Of the events of Python's audit hooks, with "open" for writing, those that change a folder."""

HOWS = ("before", "in", "after", "moment")
OPEN = io.open


class Kill(NamedTuple):
    """When a process is killed.

    Attributes:
        how: Of `HOWS`.
        change: The number of the change, from 0.
        seconds: From it to the kill, where that is "in" it (a file is cut in the middle of its
            first write instead); from the start for a "moment".
    """

    how: str
    change: int
    seconds: float


class Changes:
    """Counts the changes of a folder in this process, and kills it at one of them.

    Args:
        folder: Its path.
        kill: When; None: never.
    """

    def __init__(self, folder: Path, kill: Kill | None) -> None:
        self.folder, self.kill = str(folder), kill
        self.number = 0
        self.armed = False
        self.halving = False
        if kill is not None and kill.how == "moment":
            signal.setitimer(signal.ITIMER_REAL, kill.seconds)  # its default ends the process

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        """Take note of an event, as `sys.addaudithook` tells it."""
        if self.armed:
            os.kill(os.getpid(), signal.SIGKILL)
        if not self._is_change(event, arguments):
            return
        if self.kill is not None and self.kill.how != "moment" and self.number == self.kill.change:
            if self.kill.how == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            elif self.kill.how == "after":
                self.armed = True  # at the next event of any kind
            elif event == "open":
                self.halving = True
            else:
                signal.setitimer(signal.ITIMER_REAL, self.kill.seconds)
        self.number += 1

    def opened(self, *arguments: Any, **options: Any) -> Any:
        """Open a file; one that the kill is in gets half of what is written to it."""
        file = OPEN(*arguments, **options)
        return HalfWritten(file) if self.halving else file

    def _is_change(self, event: str, arguments: tuple[object, ...]) -> bool:
        if event == "open":
            flags = arguments[2]
            if not isinstance(flags, int) or not flags & (os.O_WRONLY | os.O_RDWR):
                return False
        elif event not in CHANGES:
            return False
        path = arguments[0]
        return isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self.folder)


class HalfWritten:
    """A file whose process is killed when half of a write is on the disk."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def write(self, content: Any) -> int:
        """Write the first half, and end."""
        self.file.write(content[: len(content) // 2])
        self.file.flush()
        os.kill(os.getpid(), signal.SIGKILL)
        return 0

    def __enter__(self) -> "HalfWritten":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)
