"""Running a program of the user's: no shell, a time limit, a log, and a clear word if it fails."""

import contextlib
import functools
import os
import re
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

from harness.errors import DerainerError, RunStopped
from harness.exit_status import in_words
from harness.stopping import when_stopped_at_once

OUR_OWN = re.compile(
    r"PYTHONPATH|PYTHONHOME|VIRTUAL_ENV|(LOCAL_|GROUP_|ROLE_)?(RANK|WORLD_SIZE)|ROLE_NAME"
    r"|MASTER_(ADDR|PORT)|TORCHELASTIC_\w+"
)
"""Variables that are about this process's Python, or its place under torchrun: never passed on."""

SECONDS_TO_END = 5.0
"""Between asking a program to end and ending it."""

LARGEST_LOG = 100_000_000
"""Bytes that a call may write into its log; a program that goes round in circles fills no disk."""

SECONDS_BETWEEN_LOOKS = 1.0
"""At the size of the log."""

LONGEST_QUOTE = 200
"""Characters of a log's last line that an error shows."""

Running = Callable[[int], AbstractContextManager[None]]
"""Given a process group, watches it for the length of a block."""


class Program:
    """A program that is started again for every call.

    Args:
        argv: The program and its arguments; ``{...}`` are replaced in each call.
        cwd: Where it runs, and what its relative paths refer to; by default where we run.
        env: Variables to set.
        inherit_env: Pass on ours too, without `OUR_OWN`.
        time_limit: Seconds that a call may take.
    """

    def __init__(
        self,
        argv: Sequence[str],
        cwd: Path | None,
        env: Mapping[str, str],
        inherit_env: bool,
        time_limit: float,
    ) -> None:
        self.argv, self.cwd, self.time_limit = tuple(argv), cwd, time_limit
        ours = os.environ if inherit_env else {}
        passed_on = {key: value for key, value in ours.items() if not OUR_OWN.fullmatch(key)}
        self.env = {**passed_on, **env}
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    @property
    def name(self) -> str:
        """What errors call it: the program and its first argument, without folders."""
        return " ".join(Path(word).name for word in self.argv[:2] if "{" not in word)

    def run(self, values: Mapping[str, str], what: str, log: Path, running: Running) -> None:
        """Run it once and wait for its end.

        Args:
            values: What replaces each placeholder, such as ``{input}``.
            what: Is being done, for log and errors.
            log: Its standard output and error are added to this file, below a line that says
                when and what.
            running: Sees to it that the group of processes ends with this one, even if that is
                killed.

        Raises:
            DerainerError: If it cannot be started, takes too long or fails; the text names the
                log and quotes its last line.
            RunStopped: If it was ended by `stop`.
        """
        argv = [_fill(word, values) for word in self.argv]
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            output.write(f"== {now} {what}: {shlex.join(argv)}\n".encode())
            output.flush()
            start = output.tell()
            process = self._start(argv, output.fileno())
            end = functools.partial(_signal_group, process, signal.SIGKILL)
            with when_stopped_at_once(end), running(process.pid):
                try:
                    problem = self._watched(process, log, start)
                finally:
                    _end(process)
                    with self._guard:
                        self._process = None
        if self._stopped:
            raise RunStopped
        if problem:
            raise DerainerError(f"{self.name} {problem} on {what}; {_last_word(log, start)}")

    def stop(self) -> None:
        """End the call under way, and let no other begin."""
        with self._guard:
            self._stopped = True
            process = self._process
        if process is not None:
            _end(process)

    def _watched(self, process: "subprocess.Popen[bytes]", log: Path, start: int) -> str:
        """Wait for the end of a call; return what went wrong, "" for nothing."""
        deadline = time.monotonic() + self.time_limit
        while True:
            left = deadline - time.monotonic()
            try:
                status = process.wait(max(0.0, min(left, SECONDS_BETWEEN_LOOKS)))
                return f"failed ({in_words(status)})" if status else ""
            except subprocess.TimeoutExpired:
                if left <= 0:
                    return f"took longer than its time limit of {self.time_limit:g} s"
            if log.stat().st_size - start > LARGEST_LOG:
                return f"was ended, as it wrote more than {LARGEST_LOG // 10**6} MB into its log"

    def _start(self, argv: Sequence[str], output: int) -> subprocess.Popen[bytes]:
        with self._guard:
            if self._stopped:
                raise RunStopped
            try:
                self._process = subprocess.Popen(
                    argv,
                    cwd=self.cwd,
                    env=self.env,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # a group of its own, to be ended as a whole
                )
            except OSError as error:
                where = f" in {self.cwd}" if self.cwd else ""
                raise DerainerError(
                    f"{argv[0]}: cannot be started{where} ({error.strerror or error}); the first "
                    "word of `argv` is a program on the PATH, or a path seen from `cwd`"
                ) from error
            return self._process


def _fill(word: str, values: Mapping[str, str]) -> str:
    """Replace the placeholders in one argument; other braces stay.

    >>> _fill("--in={input}/{x}", {"input": "/tmp/a"})
    '--in=/tmp/a/{x}'
    """
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), word)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what is left of a program and of all that it started."""
    if process.poll() is None:
        _signal_group(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(SECONDS_TO_END)
    _signal_group(process, signal.SIGKILL)
    process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return  # the whole group has ended


def _last_word(log: Path, start: int) -> str:
    """Return the last line that a call left in its log, and where the log is."""
    with log.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(start, end - 16 * LONGEST_QUOTE))
        text = file.read().decode(errors="replace")
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "\n")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return f"it said nothing (log: {log})"
    line = lines[-1]
    quote = line if len(line) <= LONGEST_QUOTE else f"{line[:LONGEST_QUOTE]}..."
    return f"its last line: {quote!r} (log: {log})"
