"""One run against the chain of tools that gives the same figures today.

    python benchmarks/chain.py [--images 40] [--folder FOLDER] [--json FILE] [--csv FILE]

Street scenes in heavy rain, five rows (the rainy and the clean pictures and three derainers), three
tasks. The chain, in `benchmarks/tools_of_today/`: a test script of each derainer, which writes PNG;
for each row a script with scikit-image, mmdetection's test loop and mmsegmentation's, with the
models and options of this project. All of them find their pictures as files, whose making is not
counted; the run renders its scenes itself, and its report is counted. Each step is a process of its
own, one after the other. The run comes before the chain and once more after it, and counts by the
mean: a machine that grows slower meanwhile is as unkind to both. All forty figures of both are held
against each other, as closely as `ALLOWED` says; where some differ the exit status is 1.

Printed are the seconds by the wall, those of the processors, the largest resident memory of a
process, the bytes written to disk, and how much of each the chain takes for one of the run; then
what either spends outside of its networks' forward calls, and all over those calls. They are timed
within the same processes (`forward_clock.py`); of a run, whose lanes make some at a time, their sum
counts divided by the lanes. The aims for 40 pictures: 12 s outside of them, and 1.10 over them.

Seconds by the wall mean something on an idle machine alone. On a busy one the derainers' scripts,
whose operators share the cores, spend seconds of the processors on waiting for each other: with
OMP_NUM_THREADS=1 both sides compute on one thread, and those seconds can be compared.
"""

import argparse
import csv
import dataclasses
import itertools
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import measured
import pandas as pd
import torch
from mmengine.config import Config

from harness.device import Device, choose_device
from harness.machine import processor
from harness.rain_sets.streets import StreetsRainSet
from harness.training.labelled_files import LabelledPictures, write_labelled
from tasks.mm_configs import CONFIGS
from tasks.mm_models import WEIGHTS

ROOT = Path(__file__).parents[1]
TODAY = Path(__file__).parent / "tools_of_today"
FORWARD_CLOCK = Path(__file__).parent / "forward_clock.py"
FIRST_SCENE = 500_000
DERAINERS = ("guided-filter", "prenet", "rdmc-s")
MODELS = {"mmdet": "rtmdet_streets", "mmseg": "unet_streets"}
RUN = """\
name: chain
rain_sets: [{{name: heavy, layout: streets-heavy, scenes: {images}, first_seed: {first}}}]
derainers: [rainy, guided-filter, prenet, rdmc-s, clean]
tasks: [restoration, detection, segmentation]
"""
ROWS = ("rainy", *DERAINERS, "clean")

OF_TODAY = {  # our metric by theirs, and how many of theirs are one of ours
    "psnr_y": ("psnr_y", 1),
    "ssim_y": ("ssim_y", 1),
    "psnr_rgb": ("psnr_rgb", 1),
    "ssim_rgb": ("ssim_rgb", 1),
    "coco/bbox_mAP": ("ap", 1),
    "coco/bbox_mAP_50": ("ap50", 1),
    "mIoU": ("miou", 100),
    "aAcc": ("pixel_acc", 100),
}
ALLOWED = {
    "psnr_y": 1e-4,
    "psnr_rgb": 1e-4,
    "ssim_y": 1e-5,
    "ssim_rgb": 1e-5,
    "ap": 0.001,
    "ap50": 0.002,
    "miou": 0.0001,
    "pixel_acc": 0.0001,
}
"""What may lie between a figure of both. The tools print AP to 0.001 and mIoU to 0.01 %: half of
that is rounding. The rest is for networks that compute in another layout and on more threads, so
that a level of a few pixels rounds otherwise, and a box next to a threshold may change sides. Of
four pictures no AP or mIoU differed by more than the rounding of the print, and nothing else by
more than 1.3e-6 dB and 7.5e-8."""

OF_EQUAL_PICTURES = 1e-9
"""Of PSNR and SSIM of the rainy and clean pictures, where nothing is computed before."""
LAUNCHER = """\
import json, os, sys, time
started = time.perf_counter()
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(child, 0)  # what its own child processes took is in it
wall = time.perf_counter() - started
took = wall, used.ru_utime + used.ru_stime, used.ru_maxrss, used.ru_oublock
open(sys.argv[1], "w").write(json.dumps(took))
sys.exit(os.waitstatus_to_exitcode(status) != 0)
"""
"""Starts a program and writes what it took: a process takes over the peak of memory of the one that
starts it, so that one must be small."""

Figures = dict[tuple[str, str], float]
"""By row and our metric."""


@dataclasses.dataclass(frozen=True)
class Step:
    """What a process took.

    Attributes:
        name: Of the step.
        wall_seconds: From its start to its end.
        cpu_seconds: Of all processors, its own child processes with it.
        peak_mib: Resident, of the largest process.
        written_mib: To disk.
        forward_seconds: By the wall, of the networks' forward calls in it; of a run, whose lanes
            make some at a time, divided by the lanes.
        forward_cpu_seconds: Of all processors.
    """

    name: str
    wall_seconds: float
    cpu_seconds: float
    peak_mib: float
    written_mib: float
    forward_seconds: float = 0.0
    forward_cpu_seconds: float = 0.0


def main() -> int:
    """Do both, compare the figures, print what each took."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--images", type=int, default=40, help="4 for a trial")
    parser.add_argument("--folder", type=Path, help="a new folder for all files, which is kept")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="the steps")
    options = parser.parse_args()
    threads = os.environ.get("OMP_NUM_THREADS", "as each tool chooses")
    where = f"{processor()}, {os.cpu_count()} cores, threads: {threads}"
    print(f"{where}; load at the start {measured.LOAD:.2f}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        files = write_files(folder / "files", options.images)
        before, figures = one_run(folder / "before", options.images)
        chain, theirs = chain_of_tools(files, folder / "chain")
        after, again = one_run(folder / "after", options.images)
    apart = [*differences(figures, theirs), *differences(again, theirs)]
    today, ours = total("chain", chain), mean("run", [before, after])
    steps = [before, *chain, after, today, ours]
    for step in steps:
        print(in_words(step))
    ratios, beside = ratio(today, ours), {one.name: outside(one) for one in (today, ours)}
    print("chain over run: " + ", ".join(f"{name} {value:.2f}" for name, value in ratios.items()))
    for name, each in beside.items():
        print(
            f"{name}, but for forward calls: " + ", ".join(f"{a} {b:.2f}" for a, b in each.items())
        )
    if options.csv:
        with options.csv.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(dataclasses.asdict(ours)), lineterminator="\n")
            writer.writeheader()
            writer.writerows(dataclasses.asdict(step) for step in steps)
    if options.json:
        told = {"images": options.images, "threads": threads, "figures_compared": len(theirs)}
        told |= {"differences": apart, "chain_over_run": ratios, "outside_forward_calls": beside}
        told |= {"steps": [dataclasses.asdict(step) for step in steps]}
        measured.write(options.json, told)
    print("\n".join(apart) or f"{len(theirs)} figures of both agree")
    return 1 if apart else 0


class Files(NamedTuple):
    """The pictures and truths that the tools of today read.

    Attributes:
        pictures: A folder for each row; those of derainers are not there yet.
        truths: For each framework, the folder that its configuration calls the data's root.
    """

    pictures: dict[str, Path]
    truths: dict[str, Path]


def write_files(folder: Path, images: int) -> Files:
    """Render the scenes and their rain to files as the frameworks read them."""
    streets = StreetsRainSet("heavy", "heavy", images, FIRST_SCENE)
    cpu, truths = Device(torch.device("cpu")), {}
    for framework, model in MODELS.items():
        classes = Config.fromfile(CONFIGS / f"{model}.py").classes
        pictures = LabelledPictures([streets], "clean", None, classes, cpu)
        clean, truths[framework] = write_labelled(folder, pictures)
    rainy, _ = write_labelled(folder, dataclasses.replace(pictures, shown="rainy"))
    restored = {row: folder / row for row in DERAINERS}
    return Files({**restored, "rainy": rainy, "clean": clean}, truths)


def chain_of_tools(files: Files, work: Path) -> tuple[list[Step], Figures]:
    """Restore and judge with one tool after the other; return what each took and found."""
    work.mkdir()
    steps: list[Step] = []
    figures: Figures = {}

    def do(name: str, script: str, *arguments: object) -> str:
        command, log = [TODAY / script, *arguments], work / f"{name.replace(' ', '_')}.log"
        step, printed = timed(name, command, log, has_networks=script != "psnr_ssim.py")
        steps.append(step)
        return printed

    for name in DERAINERS:
        do(f"derain {name}", "derain.py", name, files.pictures["rainy"], files.pictures[name])
    for row in ROWS:
        pictures, clean = files.pictures[row], files.pictures["clean"]
        lines = [do(f"scikit-image {row}", "psnr_ssim.py", pictures, clean)]
        for framework, model in MODELS.items():
            weights, out = WEIGHTS / f"{model}.pth", work / framework / row
            what = CONFIGS / f"{model}.py", weights, files.truths[framework], pictures, out
            lines.append(do(f"{framework} {row}", "test_mm.py", framework, *what))
        for name, value in (pair for line in lines for pair in json.loads(line).items()):
            if name in OF_TODAY:
                ours, scale = OF_TODAY[name]
                figures[row, ours] = value / scale
    return steps, figures


def one_run(folder: Path, images: int) -> tuple[Step, Figures]:
    """Do all of it in one run of this project; return what it took and found."""
    config, out = folder / "chain.yaml", folder / "run"
    folder.mkdir()
    config.write_text(RUN.format(images=images, first=FIRST_SCENE))
    command = [ROOT / "run_benchmark.py", "run", config, "--out", out, "--device", "cpu"]
    step, _ = timed(f"run {folder.name}", command, folder / "run.log", has_networks=True)
    forward_seconds = step.forward_seconds / choose_device("cpu").threads.lanes
    step = dataclasses.replace(step, forward_seconds=forward_seconds)
    rows = pd.read_csv(out / "summary.csv")
    names = zip(rows["derainer"], rows["metric"], strict=True)
    return step, dict(zip(names, rows["value"].astype(float), strict=True))


def timed(
    name: str, command: Sequence[object], log: Path, has_networks: bool = False
) -> tuple[Step, str]:
    """Run a script of Python; return what it took and the last line that it printed.

    Args:
        name: Of the step.
        command: The script and its arguments.
        log: Takes what it prints.
        has_networks: Whether its forward calls are timed, for which PyTorch is imported.

    Raises:
        SystemExit: If it fails; the text ends with what it printed.
    """
    took, forward = log.with_suffix(".json"), log.with_suffix(".forward.json")
    if has_networks:
        command = [FORWARD_CLOCK, forward, *command]
    with log.open("w") as output:
        failed = subprocess.call(
            [sys.executable, "-S", "-c", LAUNCHER, str(took), sys.executable, *map(str, command)],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    printed = log.read_text()
    if failed:
        raise SystemExit(f"{name} failed:\n{printed[-2000:]}")
    wall, cpu, peak_kib, blocks = json.loads(took.read_text())
    step = Step(name, wall, cpu, peak_kib / 2**10, blocks * 512 / 2**20)
    if has_networks:
        calls = json.loads(forward.read_text())
        step = dataclasses.replace(
            step, forward_seconds=calls["wall_seconds"], forward_cpu_seconds=calls["cpu_seconds"]
        )
    return step, (printed.splitlines() or [""])[-1]


def differences(ours: Mapping[tuple[str, str], float], theirs: Figures) -> list[str]:
    """Return a line for each figure that the chain and the run do not have alike."""
    lines = []
    for row, metric in itertools.product(ROWS, ALLOWED):
        value, other = theirs.get((row, metric), math.nan), ours.get((row, metric), math.nan)
        equal = row not in DERAINERS and metric.startswith(("psnr", "ssim"))
        allowed = OF_EQUAL_PICTURES if equal else ALLOWED[metric]
        if value != other and not abs(value - other) <= allowed:
            lines.append(f"{row}: {metric} is {value:.9g} by the chain and {other:.9g} by the run")
    return lines


def total(name: str, steps: Sequence[Step]) -> Step:
    """Return what steps took one after the other."""
    columns = zip(*(dataclasses.astuple(step)[1:] for step in steps), strict=True)
    summed = Step(name, *map(sum, columns))
    return dataclasses.replace(summed, peak_mib=max(step.peak_mib for step in steps))


def mean(name: str, steps: Sequence[Step]) -> Step:
    """Return what one of several equal steps took on average."""
    whole = dataclasses.astuple(total(name, steps))[1:]
    peak, count = max(step.peak_mib for step in steps), len(steps)
    return dataclasses.replace(Step(name, *(value / count for value in whole)), peak_mib=peak)


def ratio(chain: Step, run: Step) -> dict[str, float]:
    """Return how much of everything the chain takes for one of the run."""
    theirs, ours = dataclasses.asdict(chain), dataclasses.asdict(run)
    names = [name for name in ours if name != "name"]
    return {name: theirs[name] / ours[name] if ours[name] else math.nan for name in names}


def outside(step: Step) -> dict[str, float]:
    """Return the seconds of a step outside of forward calls, and the whole over those calls."""
    return {
        "wall_seconds": step.wall_seconds - step.forward_seconds,
        "cpu_seconds": step.cpu_seconds - step.forward_cpu_seconds,
        "wall_over_forward": step.wall_seconds / step.forward_seconds,
        "cpu_over_forward": step.cpu_seconds / step.forward_cpu_seconds,
    }


def in_words(step: Step) -> str:
    """Return a line of the printed table."""
    return (
        f"{step.name:28} {step.wall_seconds:7.1f} s wall {step.cpu_seconds:7.1f} s CPU "
        f"{step.peak_mib:6.0f} MiB {step.written_mib:6.1f} MiB written, forward calls "
        f"{step.forward_seconds:6.1f} s wall {step.forward_cpu_seconds:6.1f} s CPU"
    )


if __name__ == "__main__":
    sys.exit(main())
