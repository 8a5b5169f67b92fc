"""Files of a run that cannot be what a run wrote: told apart from all else, and moved aside."""

from pathlib import Path

from harness.errors import BenchError

ASIDE = "damaged"
"""The folder within a run's that takes them, so that nothing is lost that a person could use."""


class DamagedError(BenchError):
    """A file is not as a run wrote it; running on moves it aside and makes another."""


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
