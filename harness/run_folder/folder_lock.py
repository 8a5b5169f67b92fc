"""One at a time in a run's folder: a lock that the kernel lets go of when its process ends."""

import errno
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from harness.errors import ConfigError
from harness.machine import now
from harness.run_folder.ownership import MARK, check_ownership, remove_temporary

WORDS = "While this file lies here, `rdmc-bench run --fresh` deletes what it made in this folder."

_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL}
"""What a file system without locks answers."""


@contextmanager
def claimed(directory: Path, doing: str) -> Iterator[str]:
    """Mark a folder as a run's, and keep every other process out of it for the length of a block.

    What killed processes left under temporary names is removed first, and a folder in which nothing
    came of it goes with the block.

    Args:
        directory: Made if need be.
        doing: What is being done, for the message that another process gets.

    Yields:
        What a user should know of it, "" for nothing.

    Raises:
        ConfigError: If the folder holds what is not ours, or another process works in it.
    """
    check_ownership(directory)
    made_folder = not directory.exists()
    with ExitStack() as held:
        mark, notice = _locked_mark(directory, held)
        _write_down(mark, doing)
        if not notice:
            remove_temporary(directory)
        try:
            yield notice
        finally:
            if made_folder:
                _remove_empty(directory)


@contextmanager
def claimed_if_marked(directory: Path, doing: str) -> Iterator[None]:
    """Do as `claimed` in a folder that a run marked; leave one of an older version as it is."""
    if not (directory / MARK).is_file():
        yield
        return
    with claimed(directory, doing):
        yield


def _locked_mark(directory: Path, held: ExitStack) -> tuple[IO[str], str]:
    """Return the open mark, locked, and what a user should know of that."""
    while True:
        directory.mkdir(parents=True, exist_ok=True)
        mark = held.enter_context((directory / MARK).open("a+", encoding="utf-8"))
        notice = _lock(mark, directory)
        if _is_there(mark, directory / MARK):
            return mark, notice


def _is_there(mark: IO[str], path: Path) -> bool:
    """Return whether an open file is not one that its former holder removed meanwhile."""
    try:
        return os.path.samestat(os.fstat(mark.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _remove_empty(directory: Path) -> None:
    """Remove a folder that holds nothing but the mark."""
    if [path.name for path in directory.iterdir()] == [MARK]:
        (directory / MARK).unlink()
        with suppress(OSError):  # another process has just come
            directory.rmdir()


def _lock(mark: IO[str], directory: Path) -> str:
    try:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ConfigError(
            f"{directory}: {_holder(mark)}; wait for its end, or name another folder with --out"
        ) from error
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return (
            f"{directory}: its file system has no locks; start no second run in it before this one "
            "has ended"
        )
    return ""


def _holder(mark: IO[str]) -> str:
    """Return who holds the lock, in words."""
    mark.seek(0)
    try:
        facts = json.loads(mark.read().splitlines()[1])
        process = f"process {facts['pid']} on {facts['host']}"
        return f"{process} works in it since {facts['since']} ({facts['doing']})"
    except (IndexError, KeyError, TypeError, ValueError):
        return "another process works in it"


def _write_down(mark: IO[str], doing: str) -> None:
    facts = {"pid": os.getpid(), "host": socket.gethostname(), "since": now(), "doing": doing}
    mark.seek(0)
    mark.truncate()
    mark.write(f"{WORDS}\n{json.dumps(facts)}\n")
    mark.flush()
