"""Files of a run that cannot be what a run wrote: told apart from all else, and moved aside."""

import errno
from pathlib import Path

from harness.errors import BenchError
from harness.regular_files import read_regular

ASIDE = "damaged"
"""The folder within a run's that takes them, so that nothing is lost that a person could use."""


class DamagedError(BenchError):
    """A file is not as a run wrote it; running on moves it aside and makes another."""


_IRREGULAR = {errno.EINVAL, errno.EISDIR, errno.ELOOP, errno.ENOTDIR, errno.ENXIO}
"""What reading answers where no file lies that a run could have written."""


def read_whole(path: Path) -> bytes:
    """Return the bytes of a file of a run.

    Raises:
        ValueError: If something else than a file lies there; the text says what.
        OSError: If it cannot be read for another reason.
    """
    try:
        return read_regular(path)
    except OSError as error:
        if error.errno in _IRREGULAR:
            raise ValueError(error.strerror) from error
        raise


def set_aside(directory: Path, path: Path) -> Path:
    """Move a file or folder out of the way of a run.

    Args:
        directory: The run's folder.
        path: Of what lies in it.

    Returns:
        Where it lies now, below ``damaged/``; what was moved there earlier stays.
    """
    place = directory / ASIDE / path.relative_to(directory)
    place.parent.mkdir(parents=True, exist_ok=True)
    free, number = place, 1
    while free.exists():
        number += 1
        free = place.with_name(f"{place.stem}-{number}{place.suffix}")
    path.rename(free)
    return free
