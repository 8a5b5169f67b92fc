"""A folder for pictures that are on their way, which is gone with the run however that ends.

A run that is killed can remove nothing. So a shell waits beside it for the end of a pipe, ends the
program that was at work then, with all that it started, and removes the folder. Where both are
killed, or the machine loses its power, the next run removes it: a lock tells whose are in use.
"""

import fcntl
import functools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from harness.stopping import when_stopped_at_once

PREFIX = "rdmc-bench-pictures-"
LOCK = ".in-use"
"""Locked by the process that uses the folder; the kernel lets go of it with the process."""

WAIT_FOR_THE_END = """
while read -r told; do group=$told; done
[ -z "$group" ] || kill -s KILL -- "-$group" 2>/dev/null
rm -rf -- "$1"
"""
"""Each line names the process group at work; an empty one says that none is."""


class Scratch:
    """A folder that is made when it is asked for."""

    def __init__(self) -> None:
        self._held = ExitStack()
        self._folder: Path | None = None
        self._watcher: subprocess.Popen[bytes] | None = None

    @property
    def folder(self) -> Path:
        """The folder; what killed runs left is removed when it is made."""
        if self._folder is None:
            sweep(Path(tempfile.gettempdir()))
            self._folder = self._made()
            self._watcher = _watcher(self._folder)
        return self._folder

    @contextmanager
    def running(self, group: int) -> Iterator[None]:
        """Have a group of processes ended with the run, for the length of a block."""
        self._tell(str(group))
        try:
            yield
        finally:
            self._tell("")

    def close(self) -> None:
        """Remove the folder; the next one that is asked for is another."""
        self._held.close()
        if self._watcher is not None and self._watcher.stdin is not None:
            self._watcher.kill()
            self._watcher.stdin.close()
            self._watcher.wait()
        self._folder = self._watcher = None

    def _made(self) -> Path:
        while True:
            folder = Path(tempfile.mkdtemp(prefix=PREFIX))
            lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            _lock(lock, wait=True)
            if (folder / LOCK).exists():  # no other run took it for one that is left over
                break
            os.close(lock)
        remove = functools.partial(shutil.rmtree, folder, ignore_errors=True)
        self._held.callback(os.close, lock)
        self._held.callback(remove)
        self._held.enter_context(when_stopped_at_once(remove))
        return folder

    def _tell(self, group: str) -> None:
        if self._watcher is not None and self._watcher.stdin is not None:
            with suppress(OSError):  # somebody ended the shell: nobody watches, and no more
                os.write(self._watcher.stdin.fileno(), f"{group}\n".encode())


def sweep(place: Path) -> None:
    """Remove the folders that killed runs of this user left in a place."""
    for path in place.glob(f"{PREFIX}*/{LOCK}"):
        with suppress(OSError):
            if path.parent.is_symlink() or path.stat().st_uid != os.getuid():
                continue
            lock = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                _lock(lock, wait=False)
                shutil.rmtree(path.parent, ignore_errors=True)
            finally:
                os.close(lock)


def _lock(descriptor: int, wait: bool) -> None:
    """Lock a file.

    Raises:
        BlockingIOError: If another process holds it, and this one is not to wait.
        OSError: If the file system has no locks, and this one is not to wait.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        if not wait:
            raise


def _watcher(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["/bin/sh", "-c", WAIT_FOR_THE_END, "rdmc-bench-watcher", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # what ends the run's own group does not reach it
    )
