"""What it is worth that a process keeps the memory that it frees (`harness.heap`).

    python benchmarks/freed_memory.py [NAME ...] [--sizes 240x432,512x768] [--json FILE]

Each derainer restores a picture of noise of each size in two fresh processes, one after the other:
the first hands freed memory back as the C library does by itself (so it is where ``MALLOC_...`` is
set), the second keeps it. Measured is the second call, in a lane of its own: processor seconds in
the program and in the kernel, whose ratio other work on the machine hardly moves, seconds by the
clock, page faults, and the most memory that the process held.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import measured
import speed

from harness.cost.measuring import warmed_up
from harness.device import choose_device
from harness.heap import keep_freed_memory
from harness.terms import Precision

HANDED_BACK = {"MALLOC_ARENA_MAX": ""}
"""What lets glibc do as it does by itself; the empty value sets nothing."""

FIGURES = ("seconds_in_the_program", "seconds_in_the_kernel", "seconds", "page_faults", "peak_mib")


def main() -> None:
    """Measure all, print a line for each, and write them if a file is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("derainers", nargs="*", default=["prenet", "rdmc-s"], metavar="NAME")
    parser.add_argument("--sizes", default="240x432,512x768", help="HEIGHTxWIDTH, after commas")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(second_call(options.derainers[0], options.sizes, options.precision)))
        return
    if not hasattr(resource, "RUSAGE_THREAD"):
        raise SystemExit("this measures Linux")
    rows = []
    for derainer in options.derainers:
        for size in options.sizes.split(","):
            command = [sys.executable, __file__, derainer, "--sizes", size]
            command += ["--precision", options.precision, "--one"]
            back, kept = (in_fresh_process(command, told) for told in (HANDED_BACK, {}))
            row = {"derainer": derainer, "size": size, "precision": options.precision}
            row |= {"handed_back": back, "kept": kept}
            row["handed_back_over_kept"] = processor_seconds(back) / processor_seconds(kept)
            rows.append(row)
            print(f"{derainer}, {size}: {row['handed_back_over_kept']:.2f} times the work of kept")
            for name in ("handed_back", "kept"):
                told = ", ".join(f"{key.replace('_', ' ')} {row[name][key]:.4g}" for key in FIGURES)
                print(f"  {name.replace('_', ' ')}: {told}")
    print(f"load at the start {measured.LOAD:.2f}")
    if options.json is not None:
        measured.write(options.json, rows)


def processor_seconds(figures: dict[str, float]) -> float:
    """Return what a call took of a processor."""
    return figures["seconds_in_the_program"] + figures["seconds_in_the_kernel"]


def in_fresh_process(command: list[str], told: dict[str, str]) -> dict[str, float]:
    """Return what `second_call` gives in a process of its own, in that environment."""
    telling = ("MALLOC_", "GLIBC_TUNABLES")
    rest = {name: value for name, value in os.environ.items() if not name.startswith(telling)}
    environment = {**rest, "OMP_NUM_THREADS": "1", **told}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def second_call(derainer: str, size: str, precision: Precision) -> dict[str, float]:
    """Restore a picture twice in a lane of this process; return what the second time took."""
    keep_freed_memory()
    device = choose_device("cpu", precision)
    height, width = map(int, size.split("x"))
    restoring, placed = speed.place(derainer, "folded", device)
    call = warmed_up(restoring, placed, (height, width))

    def timed() -> dict[str, float]:
        call()
        started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_THREAD)
        call()
        seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_THREAD)
        return {
            "seconds": seconds,
            "seconds_in_the_program": after.ru_utime - before.ru_utime,
            "seconds_in_the_kernel": after.ru_stime - before.ru_stime,
            "page_faults": after.ru_minflt - before.ru_minflt,
        }

    with ThreadPoolExecutor(1, initializer=device.enter_thread) as lane:
        figures = lane.submit(timed).result()
    held: Any = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {**figures, "peak_mib": held / 1024}


if __name__ == "__main__":
    main()
