"""How a command ends: its status, a line on what went wrong, and where results may go."""

import sys
from pathlib import Path

from harness.errors import ConfigError

EXIT_COMPLETE, EXIT_FAILED_CELLS, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130


def complain(text: str) -> None:
    """Say on standard error what went wrong, in one line."""
    line = f"rdmc-bench: {' '.join(text.split())}"
    print(line.encode("utf-8", "backslashreplace").decode(), file=sys.stderr)


def result_folder(path: Path) -> Path:
    """Return a folder to write into, which need not be there.

    Raises:
        ConfigError: If it, or what it should lie in, is a file, or its name is no UTF-8.
    """
    refuse_names_beyond_utf_8(path)
    for part in (path, *path.parents):
        if part.exists() or part.is_symlink():
            if not part.is_dir():
                raise ConfigError(f"{part}: is no folder; results go into one, name another")
            break
    return path


def refuse_names_beyond_utf_8(path: Path) -> None:
    """Refuse a run's folder whose name Arrow, which writes and reads the records, cannot say."""
    name = str(path)
    if name.encode("utf-8", "backslashreplace").decode() != name:
        raise ConfigError(f"{path}: the name of this folder is no UTF-8; name another for results")
