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
import os
import resource
import tempfile
import time
from pathlib import Path

import measured
from forward_clock import DeviceForwardClock, ForwardClock, watch_forward_calls

STARTED = time.perf_counter()


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
        took = measure(options, options.out or Path(folder))
    for name, value in took.items():
        shown = f"{value:.3f}" if isinstance(value, float) else value
        print(f"{name.replace('_', ' '):32} {shown}")
    if options.json is not None:
        measured.write(options.json, took)


def measure(options: argparse.Namespace, folder: Path) -> dict[str, float | str]:
    """Run a configuration into a folder and return what it took, in seconds and GiB."""
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
    took: dict[str, float | str] = {
        "device": device.describe(),
        "load_before_the_start": in_words(measured.LOAD),
        "models_pure_forward_time": forward,
        "run": finished - imported,
        "whole_command": finished - STARTED,
        "run_over_forward": (finished - imported) / forward,
        "whole_command_over_forward": (finished - STARTED) / forward,
        "peak_memory_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }
    if not on_gpu:
        cpu = sum(os.times()[:4])
        took["cpu_of_forward_calls"] = clock.cpu_seconds
        took["cpu_of_the_whole_command"] = cpu
        took["cpu_of_command_over_forward"] = cpu / clock.cpu_seconds
    if on_gpu:
        took["peak_memory_of_the_gpu_gib"] = torch.cuda.max_memory_allocated() / 2**30
    return took


def in_words(load: float) -> str:
    """Return the load, and whether it was too much."""
    return f"{load:.2f}" + (" (busy: not a fair figure)" * (load > 0.7))


if __name__ == "__main__":
    main()
