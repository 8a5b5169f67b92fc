"""What runs, how far, how long still: bars on a terminal, plain lines elsewhere."""

import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

SECONDS_BETWEEN_LINES = 10.0
SECONDS_BETWEEN_STEPS = 60.0
"""After which a line says how it stands though no step was done."""


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
        self._left: Callable[[], float] = self._left_by_steps
        self._counted = self._doing = ""
        self._started = 0.0
        self._last_line = 0.0
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """Print one line."""
        if not self.quiet:
            self.console.print(text, markup=False)

    @contextmanager
    def counting(
        self,
        total: int,
        what: str = "restored images judged",
        left: Callable[[], float] | None = None,
    ) -> Iterator[None]:
        """Show the progress through ``total`` steps for the length of a block.

        Args:
            total: Steps to be done.
            what: The steps, in plain lines.
            left: Returns the seconds that are left, infinitely many where nobody knows. By default
                every step takes as long.
        """
        self._total, self._done, self._counted, self._doing = total, 0, what, "starting"
        self._left = left or self._left_by_steps
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
            _LeftColumn(),
        )
        with Progress(*columns, console=self.console) as bars:
            bar = bars.add_task(self._doing, total=1.0, steps=f"0/{total}", left=math.inf)
            self._bars, self._bar = bars, bar
            try:
                yield
            finally:
                self._bars = self._bar = None

    def step(self, what: str, steps: int = 1) -> None:
        """Count steps done; ``what`` says in a few words which part of the run they belong to."""
        with self._lock:
            self._done, self._doing = self._done + steps, what
            self._show(SECONDS_BETWEEN_LINES if self._done < self._total else 0.0)

    def look(self) -> None:
        """Show how it stands, though no step may be done; call it about every second."""
        with self._lock:
            self._show(SECONDS_BETWEEN_STEPS)

    def _show(self, seconds_between_lines: float) -> None:
        if self._bars is not None and self._bar is not None:
            left = self._left()
            passed = time.monotonic() - self._started
            share = 1.0 if self._done >= self._total else passed / max(1e-9, passed + left)
            steps = f"{self._done}/{self._total}"
            self._bars.update(
                self._bar, completed=share, description=self._doing, steps=steps, left=left
            )
        elif not self.quiet and self._is_time_for_a_line(seconds_between_lines):
            self._print_line()

    def _is_time_for_a_line(self, seconds_between: float) -> bool:
        now = time.monotonic()
        due = now - self._last_line >= seconds_between
        if due:
            self._last_line = now
        return due

    def _print_line(self) -> None:
        elapsed, left = time.monotonic() - self._started, self._left()
        told = f"about {left:.0f} s left" if math.isfinite(left) else "nobody knows how long still"
        self.say(
            f"{self._doing}: {self._done}/{self._total} {self._counted}, "
            f"{elapsed:.0f} s so far, {told}"
        )

    def _left_by_steps(self) -> float:
        if not self._done:
            return math.inf
        elapsed = time.monotonic() - self._started
        return elapsed / self._done * (self._total - self._done)


class _LeftColumn(ProgressColumn):
    """The time that is left, as the run tells it."""

    def render(self, task: Task) -> Text:
        left: float = task.fields["left"]
        told = str(timedelta(seconds=round(left))) if math.isfinite(left) else "-:--:--"
        return Text(told, style="progress.remaining")
