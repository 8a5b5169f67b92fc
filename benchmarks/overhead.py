"""How much a run costs beyond its models: wall time over the sum of their pure forward time.

    python benchmarks/overhead.py [CONFIG.yaml] [--device auto|cpu|cuda] [--limit N]

Runs the configuration (the built-in benchmark by default) into a temporary folder, from nothing.
The forward time is that of the outermost call of each derainer's ``restore`` and of each task
model's forward pass, measured inside the very run, so that both stand on the same machine at the
same moment; on a CPU, where several images are on their way at a time, it is the sum over the
threads divided by their number: what the models would take with nothing beside them. All else is
overhead: imports, rendering or decoding, rain, scoring, records, tables, plots, the page. The aim
is 1.15 or less.
"""

import argparse
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
        self.seconds = 0.0
        self._lock = threading.Lock()
        self._here = threading.local()

    def enter(self, *_: Any) -> None:
        """Start this thread's clock at an outermost call."""
        depth = getattr(self._here, "depth", 0)
        if depth == 0:
            self._here.started = time.perf_counter()
        self._here.depth = depth + 1

    def leave(self, *_: Any) -> None:
        """Stop this thread's clock when its outermost call returns."""
        self._here.depth -= 1
        if self._here.depth == 0:
            with self._lock:
                self.seconds += time.perf_counter() - self._here.started


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
    options = parser.parse_args()
    busy = os.getloadavg()[0]

    from harness.config import STREETS_CONFIG, read_run_config
    from harness.device import choose_device
    from harness.run.whole_run import run

    clock = ForwardClock()
    watch_forward_calls(clock)
    path = options.config or STREETS_CONFIG
    config = read_run_config(path)
    device = choose_device(options.device, config.precision)
    imported = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        run(config, path.resolve().parent, Path(folder), device, limit=options.limit)
    finished = time.perf_counter()

    forward = clock.seconds / device.threads.lanes
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"device                     {device.describe()}")
    print(f"load before the start      {busy:.2f}" + ("  (busy: not a fair figure)" * (busy > 0.7)))
    print(f"models' pure forward time  {forward:8.1f} s")
    print(f"run                        {finished - imported:8.1f} s")
    print(f"whole command              {finished - STARTED:8.1f} s")
    print(f"run / forward              {(finished - imported) / forward:8.3f}")
    print(f"whole command / forward    {(finished - STARTED) / forward:8.3f}")
    print(f"peak memory                {peak:8.2f} GiB")


if __name__ == "__main__":
    main()
