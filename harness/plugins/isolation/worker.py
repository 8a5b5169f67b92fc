"""The process of an isolated part, as the run sees it: asked, watched, ended."""

import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, NoReturn

import psutil

from harness.errors import BenchError, ConfigError
from harness.exit_status import in_words
from harness.foreign_code import ForeignError
from harness.foreign_text import one_line
from harness.plugins.isolation.desk import Desk
from harness.plugins.time_limit import OutOfTimeError

SECONDS_TO_START = 300.0
"""Within which Python and torch must have come up, on the busiest of machines."""

SECONDS_BETWEEN_LOOKS = 0.1
"""At the memory of a process that is at work."""

SECONDS_TO_END = 5.0
"""That a process whose connection has ended is given to end itself, for its exit status."""

MOST_LINES = 20
"""Of what a process prints, as many are shown."""

LONGEST_LINE = 300

_BOOT = (
    "import json, sys\n"
    "sys.path[:] = json.loads(sys.argv.pop(1))\n"
    "from harness.plugins.isolation.workplace import serve\n"
    "serve(*map(int, sys.argv[1:4]), sys.argv[4])\n"
)


class Limits(NamedTuple):
    """What a process may take.

    Attributes:
        seconds: Of one call; None: as many as it likes.
        memory: Bytes that it may hold.
    """

    seconds: float | None
    memory: float


class WorkerDiedError(ForeignError):
    """The process is gone, and what it was asked for failed."""


class WorkerOutOfTimeError(WorkerDiedError, OutOfTimeError):
    """It did not come back within its limit, and was ended."""


class Worker:
    """A process with a part in it; one thread may ask it at a time.

    It is ended with all that it started by `end`, and by the kernel when the run's process is gone.

    Args:
        name: Of the part, for what it prints.
        limits: Of each call.
        kind: Of the part.

    Raises:
        WorkerDiedError: If it does not come up.
    """

    def __init__(self, name: str, limits: Limits, kind: str) -> None:
        self.name, self.limits = name, limits
        self.desk = Desk.new()
        ours, theirs = socket.socketpair()
        self._pipe = Connection(ours.detach())
        try:
            self._process = _starter().submit(_start, theirs.fileno(), self.desk, kind).result()
        finally:
            theirs.close()
        self._memory = psutil.Process(self._process.pid)
        self._last_line, self._asked = "", 0
        self._listener = threading.Thread(target=self._listen, name="listening", daemon=True)
        self._listener.start()
        with ExitStack() as undo:
            undo.callback(self.close)
            self._answer("to start", SECONDS_TO_START)
            undo.pop_all()

    def ask(self, method: str, *arguments: object, limits_itself: bool = False) -> Any:
        """Have a method of the process's `Workplace` called.

        Args:
            method: Its name.
            arguments: That pickle takes.
            limits_itself: Whether it ends in any case, so that it may take as long as it likes.

        Returns:
            The answer, of JSON types.

        Raises:
            ForeignError: If the part raises; the text is the cause.
            ConfigError: If its configuration is wrong.
            WorkerDiedError: If the process ended, or was ended since it went beyond its limits.
        """
        self._asked += 1
        with suppress(ConnectionError):  # an end is met below
            self._pipe.send_bytes(pickle.dumps((self._asked, method, arguments)))
        answer = self._answer(f"in {method}()", None if limits_itself else self.limits.seconds)
        if answer["number"] != self._asked:
            self._fail(f"answered in {method}() what it was not asked")
        if "error" in answer:
            kind: type[BenchError] = ConfigError if answer["is_config"] else ForeignError
            raise kind(one_line(answer["error"]))
        return answer["value"]

    def end(self) -> None:
        """End the process and what it started, and wait until it is gone; any thread may."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """End the process and give back what it was connected with; nobody asks it any more."""
        self.end()
        self._pipe.close()
        self.desk.close()

    def _answer(self, what: str, seconds: float | None) -> dict[str, Any]:
        deadline = None if seconds is None else time.monotonic() + seconds
        while not self._pipe.poll(SECONDS_BETWEEN_LOOKS):
            if deadline is not None and time.monotonic() > deadline:
                how = f"did not come back within {seconds:g} s {what} (call_limit)"
                self._fail(how, kind=WorkerOutOfTimeError)
            if self._holds_too_much():
                gib = self.limits.memory / 2**30
                self._fail(f"held more than {gib:.1f} GiB of memory {what} (memory_limit)")
        try:
            answer: dict[str, Any] = json.loads(self._pipe.recv_bytes())
            return answer
        except (EOFError, OSError, ValueError):
            self._fail(f"ended {what}", SECONDS_TO_END)

    def _fail(
        self, how: str, patience: float = 0.0, kind: type[WorkerDiedError] = WorkerDiedError
    ) -> NoReturn:
        """End the process, and say how it came to that.

        Args:
            how: It failed.
            patience: Seconds in which it may still end by itself, which its status then tells.
            kind: Of the error.
        """
        status: int | None = None
        with suppress(subprocess.TimeoutExpired):
            status = self._process.wait(patience) if patience else None
        self.end()
        self._listener.join(timeout=1)  # for its last words
        known = f" ({in_words(status)})" if status is not None else ""
        last = f"; it last printed: {self._last_line!r}" if self._last_line else ""
        raise kind(f"its process {how}{known}{last}")

    def _holds_too_much(self) -> bool:
        with suppress(psutil.Error):
            return bool(self._memory.memory_info().rss > self.limits.memory)
        return False

    def _listen(self) -> None:
        """Show the first lines that the process prints, so that they command no terminal."""
        assert self._process.stdout is not None
        with self._process.stdout as output:
            for number, line in enumerate(iter(lambda: output.readline(1 << 16), b"")):
                text = one_line(line.decode(errors="replace"), LONGEST_LINE)
                self._last_line = text or self._last_line
                if text and number < MOST_LINES:
                    print(f"{self.name}: {text}", file=sys.stderr)
                elif number == MOST_LINES:
                    print(f"{self.name}: (what it prints from here is not shown)", file=sys.stderr)


def _start(connection: int, desk: Desk, kind: str) -> "subprocess.Popen[bytes]":
    numbers = map(str, (os.getpid(), connection, desk.descriptor))
    arguments = [json.dumps(sys.path), *numbers, kind]
    return subprocess.Popen(
        [sys.executable, "-u", "-c", _BOOT, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=(connection, desk.descriptor),
        start_new_session=True,  # Ctrl-C is the run's to hear, which ends it with its group
    )


_STARTER: list[ThreadPoolExecutor] = []
_STARTER_LOCK = threading.Lock()


def _starter() -> ThreadPoolExecutor:
    """Return the thread that starts all processes.

    Linux ends them with the thread that started them, so that it must live as long as the run.
    """
    with _STARTER_LOCK:
        if not _STARTER:
            _STARTER.append(ThreadPoolExecutor(1, thread_name_prefix="starting"))
        return _STARTER[0]
