"""One at a time in a run's folder: a lock that the kernel lets go of when its process ends."""

import errno
import fcntl
import json
import os
import socket
import stat
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

_NO_FILES = {errno.ELOOP, errno.EISDIR, errno.ENXIO}
"""What opening a link, a folder or a socket answers."""

_held: set[IO[str]] = set()
"""The open marks of this process."""


def _let_go() -> None:
    """Close the marks in a forked child, whose copies would hold the lock when its parent is gone.

    Closing a copy unlocks nothing that the parent holds; see flock(2).
    """
    for mark in _held:
        mark.close()
    _held.clear()


os.register_at_fork(after_in_child=_let_go)


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
    if not os.path.lexists(directory / MARK):
        yield
        return
    with claimed(directory, doing):
        yield


def _locked_mark(directory: Path, held: ExitStack) -> tuple[IO[str], str]:
    """Return the open mark, locked, and what a user should know of that."""
    while True:
        make_folder(directory)
        mark = held.enter_context(_opened(directory / MARK))
        _held.add(mark)
        held.callback(_held.discard, mark)
        notice = _lock(mark, directory)
        if _is_there(mark, directory / MARK):
            return mark, notice


def make_folder(directory: Path) -> None:
    """Make a folder for results, and those above it.

    Raises:
        ConfigError: If there can be none.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except FileNotFoundError as error:  # /proc and its like have no room for folders
        raise ConfigError(
            f"{directory}: cannot be made there ({error.strerror}); name another folder with --out"
        ) from error


def _opened(path: Path) -> IO[str]:
    """Open a mark, made if need be.

    Raises:
        ConfigError: If what lies there is no mark of ours.
    """
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o666)
    except OSError as error:
        if error.errno not in _NO_FILES:
            raise
        raise _not_ours(path) from error
    if not _is_mark(descriptor):
        os.close(descriptor)
        raise _not_ours(path)
    return os.fdopen(descriptor, "a+", encoding="utf-8")


def _is_mark(descriptor: int) -> bool:
    """Return whether an open file is a regular one, and empty or begins as we write it."""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        return False
    known = WORDS.encode()
    return os.pread(descriptor, len(known), 0) in (b"", known)


def _not_ours(path: Path) -> ConfigError:
    return ConfigError(
        f"{path}: is no mark of rdmc-bench, which writes a file of that name; move it away, or "
        "name another folder with --out"
    )


def _is_there(mark: IO[str], path: Path) -> bool:
    """Return whether an open file is not one that its former holder removed meanwhile."""
    try:
        return os.path.samestat(os.fstat(mark.fileno()), path.lstat())
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
