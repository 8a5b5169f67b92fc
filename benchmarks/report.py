"""What `report` takes for many rows: seconds of the processor and the peak of memory.

    python benchmarks/report.py [ROWS ...] [--derainers 10] [--json FILE]

By default 1000 and 50,000 rows of restoration metrics, which stand for a run of so many derainers
on as many images each: two pictures are restored and judged, and their rows repeated under other
names with other figures. `report` then makes figures with their intervals, comparisons, tables,
plots and the page from nothing. The aim for 50,000 rows is 20 s of a processor and 1 GiB.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import measured
import numpy as np
import pyarrow as pa
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
SCORES = ("psnr_y", "psnr_rgb", "ssim_y", "ssim_rgb")


class Taken(NamedTuple):
    """What a report took: seconds of the processor, and MiB."""

    cpu_seconds: float
    peak_mib: float


def main() -> None:
    """Report on each number of rows, and print a line for it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("rows", nargs="*", type=int, default=[1000, 50_000])
    parser.add_argument("--derainers", type=int, default=10)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    print(f"load {measured.LOAD:.2f} at the start")
    found = []
    with tempfile.TemporaryDirectory(prefix="rdmc-bench-report-") as folder:
        run = small_run(Path(folder), options.derainers)
        for rows in options.rows:
            multiply(run, rows // options.derainers)
            taken = report(run)
            print(
                f"{rows:6d} rows: {taken.cpu_seconds:5.1f} s of the processor, "
                f"{taken.peak_mib:6.0f} MiB at the most"
            )
            found.append({"rows": rows, **taken._asdict()})
    if options.json:
        measured.write(options.json, {"derainers": options.derainers, "reports": found})


def small_run(folder: Path, derainers: int) -> Path:
    """Run on two pictures of noise, and return the run's folder."""
    from harness.config import RunConfig
    from harness.device import choose_device
    from harness.run.whole_run import run

    rng = np.random.default_rng(0)
    for name in ("rainy", "norain"):
        (folder / "data" / name).mkdir(parents=True)
    for number in (1, 2):
        for name in ("rainy/rain", "norain/norain"):
            pixels = rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / "data" / f"{name}-{number:03}.png")
    filters = [
        {"name": f"filter {n}", "use": "guided-filter", "radius": n}
        for n in range(1, derainers - 1)
    ]
    config = RunConfig.model_validate(
        {
            "name": "many rows",
            "rain_sets": [{"name": "pairs", "layout": "Rain100L", "root": "data"}],
            "derainers": ["rainy", "clean", *filters],
            "tasks": ["restoration"],
        }
    )
    with mock.patch("harness.report.run_report.drawings", lambda run: ()):
        result = run(config, folder, folder / "out", choose_device("cpu"))  # a later report counts
    assert not result.failures, result.failures
    return folder / "out"


def multiply(run: Path, images: int) -> None:
    """Repeat the rows of a run for as many images, with figures spread about each derainer's."""
    from harness.run_folder.record_files import read_table, write_table

    path = run / "records" / "restoration.parquet"
    few = read_table(path, None)
    rows = few.to_pylist()
    by_derainer = {row["derainer"]: row for row in rows}
    rng = np.random.default_rng(1)
    made = []
    for derainer, row in by_derainer.items():
        for number in range(images):
            scores = {} if derainer == "clean" else spread(row, rng)
            made.append(row | {"image": f"rain-{number:05}", "key": f"{derainer}{number}"} | scores)
    write_table(path, pa.Table.from_pylist(made, schema=few.schema))


def spread(row: dict[str, float], rng: np.random.Generator) -> dict[str, float]:
    """Return other figures near those of a row."""
    width = {name: 2.0 if "psnr" in name else 0.02 for name in SCORES}
    return {name: float(row[name] + rng.normal(0, width[name])) for name in SCORES}


def report(run: Path) -> Taken:
    """Make the report of a folder in a process of its own."""
    command = [sys.executable, str(ROOT / "run_benchmark.py"), "report", str(run)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"report failed (status {os.waitstatus_to_exitcode(status)})")
    return Taken(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


if __name__ == "__main__":
    main()
