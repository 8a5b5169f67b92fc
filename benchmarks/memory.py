"""Whether the memory of a run stays the same however many images it has.

    python benchmarks/memory.py [IMAGES ...] [--size 32x24] [--json FILE]

By default 40, 1000 and 4000 pairs. Each number is a run of its own, from nothing, in a process of
its own: pairs of noise, of which the rainy pictures and those of the guided filter are judged, with
figures and tables and without plots, whose memory is no matter of images. Printed are the peak of
resident memory, the seconds of the processors, and what an image adds to the peak of the next
smaller run. Up to five hundred images the weights of resamples grow; what remains beyond are the
rows themselves, their keys, and their way into one file.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import mock

import measured
import numpy as np
from PIL import Image

CONFIG = """\
name: memory
rain_sets: [{name: pairs, layout: Rain100L, root: data}]
derainers: [rainy, guided-filter]
tasks: [restoration]
examples: 0
"""


def main() -> None:
    """Run each number of images, and print a line for it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("images", nargs="*", type=int, default=[40, 1000, 4000])
    parser.add_argument("--size", default="32x24", help="width x height")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--within", type=Path, help=argparse.SUPPRESS)  # the run itself
    options = parser.parse_args()
    if options.within:
        print(json.dumps(run_within(options.within)))
        return
    width, height = map(int, options.size.split("x"))
    print(f"load {measured.LOAD:.2f} at the start")
    found = [of_one_run(count, height, width) for count in sorted(options.images)]
    for before, one in zip([found[0], *found], found, strict=False):
        more = max(1, one["images"] - before["images"])
        added = (one["peak_mib"] - before["peak_mib"]) * 1024 / more
        one["added_kib_an_image"] = added
        print(
            f"{one['images']:6d} images: {one['peak_mib']:7.1f} MiB at the most, "
            f"{added:6.2f} KiB an image, {one['cpu_seconds']:6.1f} s of the processors"
        )
    if options.json:
        measured.write(options.json, {"size": options.size, "runs": found})


def of_one_run(count: int, height: int, width: int) -> dict[str, float]:
    """Return the peak of memory of a run over some pairs, and what it took."""
    with tempfile.TemporaryDirectory(prefix="rdmc-bench-memory-") as folder:
        write_pairs(Path(folder) / "data", count, height, width)
        (Path(folder) / "run.yaml").write_text(CONFIG)
        command = [sys.executable, __file__, "--within", folder]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return {"images": count, **json.loads(done.stdout.splitlines()[-1])}


def write_pairs(root: Path, count: int, height: int, width: int) -> None:
    """Write pairs of noise in the layout of Rain100L."""
    rng = np.random.default_rng(0)
    for folder in ("rainy", "norain"):
        (root / folder).mkdir(parents=True)
    for number in range(1, count + 1):
        clean, rainy = rng.integers(0, 256, (2, height, width, 3), dtype=np.uint8)
        Image.fromarray(clean).save(root / f"norain/norain-{number:03}.png")
        Image.fromarray(rainy).save(root / f"rainy/rain-{number:03}.png")


def run_within(folder: Path) -> dict[str, float]:
    """Run in this process, and return what it took."""
    from harness.config import read_run_config
    from harness.device import choose_device
    from harness.run.whole_run import run

    config = read_run_config(folder / "run.yaml")
    with mock.patch("harness.report.run_report.drawings", lambda run: ()):
        result = run(config, folder, folder / "out", choose_device("cpu"))
    if result.failures:
        raise SystemExit("; ".join(result.failures))
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"peak_mib": used.ru_maxrss / 1024, "cpu_seconds": used.ru_utime + used.ru_stime}


if __name__ == "__main__":
    main()
