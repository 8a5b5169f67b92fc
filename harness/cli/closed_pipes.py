"""Output whose reader has gone, as in ``| head -3``: the work goes on, and nobody is told anything.

A run of hours is not lost with the pager that was closed. What would be written goes nowhere, and
the exit status is that of a program which the closed pipe ended, unless there is worse to tell.
"""

import io
import os
import signal
import stat
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

EXIT_READER_GONE = 128 + signal.SIGPIPE


class Outlet(io.FileIO):
    """A pipe to write into; once its reader has gone, what is written goes nowhere.

    Attributes:
        reader_gone: Whether that has happened.
    """

    reader_gone = False

    def write(self, content: "ReadableBuffer", /) -> int:
        """Write as any file does, and never fail for want of a reader."""
        try:
            return super().write(content)
        except BrokenPipeError:
            self.reader_gone = True
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())  # for libraries and for programs that start later too
            os.close(nowhere)
            return super().write(content)


class Outlets:
    """Standard output and standard error of this process, where these are pipes."""

    def __init__(self) -> None:
        self._output, sys.stdout = _through_outlet(sys.stdout)
        _, sys.stderr = _through_outlet(sys.stderr)

    def status(self, status: int) -> int:
        """Return the exit status of this process.

        Args:
            status: What came of the command.
        """
        if self._output is None:
            return status
        sys.stdout.flush()
        return status or (EXIT_READER_GONE if self._output.reader_gone else 0)


def _through_outlet(stream: TextIO) -> tuple[Outlet | None, TextIO]:
    """Return an outlet in the place of a pipe and what writes text into it; None and others."""
    if not isinstance(stream, io.TextIOWrapper) or not _is_pipe(stream.fileno()):
        return None, stream
    stream.flush()
    outlet = Outlet(stream.fileno(), "wb", closefd=False)
    lines = stream.line_buffering or stream.write_through
    writer = io.BufferedWriter(outlet)
    return outlet, io.TextIOWrapper(writer, stream.encoding, stream.errors, line_buffering=lines)


def _is_pipe(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
