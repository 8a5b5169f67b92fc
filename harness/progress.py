"""What runs, how far, how long still: bars on a terminal, plain lines elsewhere."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

SECONDS_BETWEEN_LINES = 10.0


class ProgressReporter:
    """Tells a person how a run gets on, on standard error.

    Args:
        quiet: Say nothing (the other processes of a shared run).
    """

    def __init__(self, quiet: bool = False) -> None:
        self.quiet = quiet
        self.console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._bars: Progress | None = None
        self._bar: TaskID | None = None
        self._total = self._done = 0
        self._work = self._worked = 0.0
        self._counted = ""
        self._started = 0.0
        self._last_line = 0.0
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """Print one line."""
        if not self.quiet:
            self.console.print(text, markup=False)

    @contextmanager
    def counting(
        self, total: int, what: str = "restored images judged", work: float | None = None
    ) -> Iterator[None]:
        """Show the progress through ``total`` steps for the length of a block.

        Args:
            total: Steps to be done.
            what: The steps, in plain lines.
            work: What all of them take together, in any unit, as pixels; by this the time left is
                told. By default every step takes as long.
        """
        self._total, self._done, self._counted = total, 0, what
        self._work, self._worked = float(total if work is None else work), 0.0
        self._started = self._last_line = time.monotonic()
        if self.quiet or not sys.stderr.isatty():
            yield
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[steps]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.console) as bars:
            bar = bars.add_task("starting", total=self._work, steps=f"0/{total}")
            self._bars, self._bar = bars, bar
            try:
                yield
            finally:
                self._bars = self._bar = None

    def step(self, what: str, steps: int = 1, work: float | None = None) -> None:
        """Count steps done; ``what`` says which part of the run they belong to.

        Args:
            what: In a few words.
            steps: How many.
            work: What they take together, in the unit of `counting`.
        """
        with self._lock:
            self._done += steps
            self._worked += steps if work is None else work
            if self._bars is not None and self._bar is not None:
                done = f"{self._done}/{self._total}"
                self._bars.update(self._bar, completed=self._worked, description=what, steps=done)
            elif not self.quiet and self._is_time_for_a_line():
                self._print_line(what)

    def _is_time_for_a_line(self) -> bool:
        now = time.monotonic()
        due = now - self._last_line >= SECONDS_BETWEEN_LINES or self._done >= self._total
        if due:
            self._last_line = now
        return due

    def _print_line(self, what: str) -> None:
        elapsed = time.monotonic() - self._started
        left = elapsed / max(self._worked, 1e-9) * (self._work - self._worked)
        self.say(
            f"{what}: {self._done}/{self._total} {self._counted}, "
            f"{elapsed:.0f} s so far, about {max(0.0, left):.0f} s left"
        )
