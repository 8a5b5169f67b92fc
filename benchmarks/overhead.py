"""How much a run costs beyond its models: wall time over the sum of their pure forward time.

    python benchmarks/overhead.py [CONFIG.yaml] [--device auto|cpu|cuda] [--limit N]
        [--out FOLDER] [--json FILE]

Runs the configuration (the built-in benchmark by default) from nothing, into a temporary folder or
a new one that is kept; the figures may go to a file too.
The forward time is that of the outermost call of each derainer's ``restore`` and of each task
model's forward pass, measured inside the very run, so that both stand on the same machine at the
same moment; on a CPU, where several images are on their way at a time, it is the sum over the
threads divided by their number: what the models would take with nothing beside them. On a GPU its
own clock is read, since a call returns before its work is done. All else is overhead: imports,
rendering or decoding, rain, scoring, records, tables, plots, the page. The aim is 1.10 or less.

On a CPU the same is told in seconds of the processors, which hold on a machine that does other
work too: those of the whole command, its child processes with it, over those of the forward calls.
"""

import argparse
import json
import os
import resource
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

STARTED = time.perf_counter()


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
            self._here.started = time.perf_counter(), time.thread_time()
        self._here.depth = depth + 1

    def leave(self, *_: Any) -> None:
        """Stop this thread's clock when its outermost call returns."""
        self._here.depth -= 1
        if self._here.depth == 0:
            wall, cpu = self._here.started
            with self._lock:
                self.seconds += time.perf_counter() - wall
                self.cpu_seconds += time.thread_time() - cpu

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
    """Run, and print the two ratios."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("config", type=Path, nargs="?")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--out", type=Path, help="a new folder for the run, which is kept")
    parser.add_argument("--json", type=Path, help="receives the figures")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measured = measure(options, options.out or Path(folder))
    for name, value in measured.items():
        shown = f"{value:.3f}" if isinstance(value, float) else value
        print(f"{name.replace('_', ' '):32} {shown}")
    if options.json is not None:
        options.json.write_text(json.dumps(measured, indent=1) + "\n")


def measure(options: argparse.Namespace, folder: Path) -> dict[str, float | str]:
    """Run a configuration into a folder and return what it took, in seconds and GiB."""
    busy = os.getloadavg()[0]

    import torch

    from harness.config import STREETS_CONFIG, read_run_config
    from harness.device import choose_device
    from harness.run.whole_run import run

    path = options.config or STREETS_CONFIG
    config = read_run_config(path)
    device = choose_device(options.device, config.precision)
    on_gpu = device.torch_device.type == "cuda"
    clock = DeviceForwardClock() if on_gpu else ForwardClock()
    watch_forward_calls(clock)
    imported = time.perf_counter()
    run(config, path.resolve().parent, folder, device, limit=options.limit)
    finished = time.perf_counter()

    forward = clock.read() / device.threads.lanes
    measured: dict[str, float | str] = {
        "device": device.describe(),
        "load_before_the_start": f"{busy:.2f}" + (" (busy: not a fair figure)" * (busy > 0.7)),
        "models_pure_forward_time": forward,
        "run": finished - imported,
        "whole_command": finished - STARTED,
        "run_over_forward": (finished - imported) / forward,
        "whole_command_over_forward": (finished - STARTED) / forward,
        "peak_memory_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }
    if not on_gpu:
        cpu = sum(os.times()[:4])
        measured["cpu_of_forward_calls"] = clock.cpu_seconds
        measured["cpu_of_the_whole_command"] = cpu
        measured["cpu_of_command_over_forward"] = cpu / clock.cpu_seconds
    if on_gpu:
        measured["peak_memory_of_the_gpu_gib"] = torch.cuda.max_memory_allocated() / 2**30
    return measured


if __name__ == "__main__":
    main()
