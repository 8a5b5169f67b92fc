"""How long networks compute within a program: the clock of every outermost forward call.

    python benchmarks/forward_clock.py FILE SCRIPT [ARGUMENT ...]

Runs a Python script as if it was started by itself, and leaves the seconds of its forward calls in
a file, as JSON: by the wall and of the processor, each summed over the threads that call. It counts
what `overhead.py` and `chain.py` call forward time: that of each derainer's ``restore`` and of each
task model's forward pass, with what belongs to it (boxes are chosen within it).
"""

import json
import runpy
import sys
import threading
import time
from pathlib import Path
from typing import Any


def _processor_seconds() -> float:
    """Return those of this thread; of a main thread that of all, which its operators may use."""
    is_main = threading.current_thread() is threading.main_thread()
    return time.process_time() if is_main else time.thread_time()


class ForwardClock:
    """Sums the time of the outermost network calls of every thread."""

    def __init__(self) -> None:
        self.seconds = self.cpu_seconds = 0.0
        self._lock = threading.Lock()
        self._here = threading.local()

    def enter(self, *_: Any) -> None:
        """Start this thread's clock at an outermost call."""
        depth = getattr(self._here, "depth", 0)
        if depth == 0:
            self._here.started = time.perf_counter(), _processor_seconds()
        self._here.depth = depth + 1

    def leave(self, *_: Any) -> None:
        """Stop this thread's clock when its outermost call returns."""
        self._here.depth -= 1
        if self._here.depth == 0:
            wall, cpu = self._here.started
            with self._lock:
                self.seconds += time.perf_counter() - wall
                self.cpu_seconds += _processor_seconds() - cpu

    def read(self) -> float:
        """Return the seconds of all calls."""
        return self.seconds


class DeviceForwardClock(ForwardClock):
    """Sums what lies between marks that the outermost calls put into a GPU's queue of work."""

    def __init__(self) -> None:
        super().__init__()
        self._spans: list[tuple[Any, Any]] = []

    def enter(self, *_: Any) -> None:
        """Mark where an outermost call begins."""
        depth = getattr(self._here, "depth", 0)
        if depth == 0:
            self._here.started = self._mark()
        self._here.depth = depth + 1

    def leave(self, *_: Any) -> None:
        """Mark where it ends."""
        self._here.depth -= 1
        if self._here.depth == 0:
            with self._lock:
                self._spans.append((self._here.started, self._mark()))

    def read(self) -> float:
        """Return the seconds of all calls, waiting for the last one."""
        import torch

        torch.cuda.synchronize()
        return sum(float(begin.elapsed_time(end)) for begin, end in self._spans) / 1000

    def _mark(self) -> Any:
        import torch

        make: Any = torch.cuda.Event
        event = make(enable_timing=True)
        event.record()
        return event


def watch_forward_calls(clock: ForwardClock) -> None:
    """Let the clock see every module call, and every ``restore`` of a filter without modules."""
    from torch.nn.modules import module

    module.register_module_forward_pre_hook(clock.enter)
    module.register_module_forward_hook(clock.leave, always_call=True)

    from baselines.guided_filter import GuidedFilter

    plain = GuidedFilter.restore

    def watched(self: GuidedFilter, rainy: Any) -> Any:
        clock.enter()
        try:
            return plain(self, rainy)
        finally:
            clock.leave()

    GuidedFilter.restore = watched  # type: ignore[method-assign]


def main() -> None:
    """Run the script of the command line, and write what its forward calls took."""
    file, script, *arguments = sys.argv[1:]
    clock = ForwardClock()
    watch_forward_calls(clock)
    sys.argv, sys.path[0] = [script, *arguments], str(Path(script).parent)
    try:
        runpy.run_path(script, run_name="__main__")
    finally:
        told = {"wall_seconds": clock.read(), "cpu_seconds": clock.cpu_seconds}
        Path(file).write_text(json.dumps(told))


if __name__ == "__main__":
    main()
