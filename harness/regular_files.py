"""Files that end: a pipe, a device or a socket in a file's place is refused, not waited for."""

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

from harness.memory import shortage

_KINDS = (
    (stat.S_ISFIFO, "is a named pipe, not a regular file"),
    (stat.S_ISCHR, "is a device, not a regular file"),
    (stat.S_ISBLK, "is a device, not a regular file"),
    (stat.S_ISSOCK, "is a socket, not a regular file"),
)


def open_regular(path: Path) -> BufferedReader:
    """Open a regular file for reading; a link to one counts as one.

    Raises:
        OSError: If it cannot be opened or is anything else; ``strerror`` says what it is.
    """
    try:
        _refuse_irregular(path, path.stat())
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except ValueError as error:
        raise OSError(errno.EINVAL, "its name holds a zero byte", str(path)) from error
    try:
        _refuse_irregular(path, os.fstat(descriptor))  # it may have been replaced in between
    except OSError:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def read_regular(path: Path) -> bytes:
    """Return the bytes of a regular file.

    Raises:
        OSError: If it cannot be read, or is larger than the memory that is left.
    """
    with open_regular(path) as file:
        problem = shortage(os.fstat(file.fileno()).st_size)
        if problem:
            raise OSError(errno.EFBIG, problem, str(path))
        return file.read()


def _refuse_irregular(path: Path, status: os.stat_result) -> None:
    if stat.S_ISREG(status.st_mode):
        return
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    what = next((what for test, what in _KINDS if test(status.st_mode)), "is no regular file")
    raise OSError(errno.EINVAL, what, str(path))
