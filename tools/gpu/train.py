"""All minutes that are left: RDMC trained in bfloat16.

    python -m tools.gpu.train --out FOLDER --seconds 200

A short training measures what a step takes; the training proper has as many steps as fit. The
cores draw the rain ahead. Every minute the network is validated and a checkpoint kept, and the
best weights so far, in half precision, lie in FOLDER in parts (`tools.gpu.parts`).
"""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from harness.device import available_cores
from harness.training.derainer_training import DerainerTraining, export_best
from tools.gpu.arguments import StageArguments, read_arguments
from tools.gpu.findings import Findings
from tools.gpu.parts import cut
from tools.gpu.subjects import DATA, ROOT

SETTINGS = Path(__file__).with_name("train.yaml")

PROBE_STEPS = 80
"""The first steps are slower: workers start, scenes are rendered, algorithms are chosen."""

FEWEST_STEPS = 1500
"""Below so many steps width 1 learns less than width 1/2."""

SHARE = 0.85
"""Of the seconds that are left for steps; the rest is for the start, validation and the export."""

SHOWN_SETTINGS = ("use", "options", "patch", "batch", "iterations", "precision", "losses", "ema")
"""What the record says of the settings; the others are in `SETTINGS`, or paths of the machine."""

TINY = {
    "data": {
        "sources": [{"scenes": [0, 2], "rain": {"heavy": 1.0}}],
        "width": 64,
        "height": 48,
        "crops": 1,
    },
    "patch": 32,
    "batch": 2,
    "optimiser": {"lr": 0.001, "warmup": 1},
    "validation": {"scenes": [500_000, 1]},
}


def main() -> int:
    """Measure a step, choose the width, train."""
    arguments = read_arguments(__doc__)
    findings = Findings(arguments.out, "train")
    with tempfile.TemporaryDirectory(prefix="gpu-training-") as folder:
        return train_within(arguments, Path(folder), findings)


def train_within(arguments: StageArguments, work: Path, findings: Findings) -> int:
    """Do so in a folder for checkpoints and rendered scenes.

    Returns:
        The status of the training.
    """
    until = time.monotonic() + arguments.seconds
    for width in (0.125, 0.0625) if arguments.tiny else (1.0, 0.5):
        settings = settings_of(width, arguments)
        seconds = probe(settings, work / f"probe-{width}", arguments)
        left = until - time.monotonic()
        steps = int(SHARE * left / seconds) if seconds else 0
        if arguments.tiny:
            steps = min(steps, 6)
        findings.add(width=width, seconds_a_step=seconds, steps_that_fit=steps)
        if steps >= (1 if arguments.tiny else FEWEST_STEPS):
            break
    if not seconds or steps < 2:
        findings.add(error="no time left for a training")
        return 1
    every = max(1, min(round(60 / seconds), steps // 2))
    warmup = min(settings["optimiser"]["warmup"], steps // 10)
    settings |= {"iterations": steps, "optimiser": {**settings["optimiser"], "warmup": warmup}}
    settings["validation"] = {**settings["validation"], "every": every}
    return train(settings, work / "whole", arguments, findings)


def settings_of(width: float, arguments: StageArguments) -> dict[str, Any]:
    """Return the settings of a training but for its length."""
    settings: dict[str, Any] = yaml.safe_load(SETTINGS.read_text(encoding="utf-8"))
    settings["options"] = {**settings["options"], "width": width}
    settings["workers"] = max(0, available_cores() - 2)
    photos = Path(os.environ.get(DATA, "")) / "clean_photos"
    if os.environ.get(DATA) and photos.is_dir():
        (scenes,) = settings["data"]["sources"]
        rain = {"added": 0.65, "long": 0.15, "crossed": 0.15, "street": 0.05}
        drawn = {"photos": [str(photos)], "share": 0.6, "scale": [0.7, 1.0], "rain": rain}
        settings["data"]["sources"] = [{**scenes, "share": 0.4}, drawn]
    return settings | TINY if arguments.tiny else settings


def probe(settings: dict[str, Any], folder: Path, arguments: StageArguments) -> float | None:
    """Train for a moment and return the seconds of a step, None if that failed."""
    steps = 4 if arguments.tiny else PROBE_STEPS
    short = {**settings, "iterations": steps}
    short["optimiser"] = {**settings["optimiser"], "warmup": 0}
    short["validation"] = {**settings["validation"], "every": steps}
    begun = time.monotonic()
    with training(short, folder) as process:
        process.wait()
    if arguments.tiny:  # too few steps for mmengine's log to show one
        return (time.monotonic() - begun) / steps
    times = [float(line["time"]) for line in log_lines(folder) if "time" in line and "loss" in line]
    return statistics.median(times[-2:]) if times else None


def train(
    settings: dict[str, Any], folder: Path, arguments: StageArguments, findings: Findings
) -> int:
    """Train, leaving the best weights so far in the folder of the run whenever there are new ones.

    Returns:
        The status of the training.
    """
    begun = time.monotonic()
    seen: set[Path] = set()
    shown = 0
    with training(settings, folder) as process:
        while process.poll() is None:
            time.sleep(0.5 if arguments.tiny else 3)
            shown = report(folder, shown, findings)
            fresh = set(folder.glob("best_*.pth")) - seen
            if fresh:
                seen |= fresh
                leave_weights(settings, folder, begun, arguments, findings)
    report(folder, shown, findings)
    leave_weights(settings, folder, begun, arguments, findings)
    return process.returncode


@contextlib.contextmanager
def training(settings: dict[str, Any], folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Start `rdmc-bench train` with these settings, and stop it if this process is stopped."""
    folder.mkdir(parents=True)
    config = folder.with_suffix(".yaml")
    config.write_text(yaml.safe_dump(settings))
    command = [sys.executable, "run_benchmark.py", "train", str(config), "--out", str(folder)]
    # One thread for each worker: those of NumPy and OpenCV would outnumber the cores.
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"})
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def leave_weights(
    settings: dict[str, Any],
    folder: Path,
    begun: float,
    arguments: StageArguments,
    findings: Findings,
) -> None:
    """Put the best weights so far into the folder of the run, in parts."""
    minutes = round((time.monotonic() - begun) / 60, 1)
    checked = DerainerTraining.model_validate(settings)
    try:
        weights = export_best(folder, checked, minutes)
    except Exception as error:  # a checkpoint that is being written; the next one will do
        findings.add(weights_error=f"{type(error).__name__}: {' '.join(str(error).split())}"[:200])
        return
    facts = json.loads(weights.with_suffix(".json").read_text(encoding="utf-8"))
    parts = cut(weights, arguments.out)
    findings.add(
        weights=weights.name,
        parts=len(parts),
        sha256=facts["sha256"],
        iteration=facts["iteration"],
        psnr_y_held_out=facts["psnr_y_held_out"],
        minutes=minutes,
        settings={key: facts["settings"][key] for key in SHOWN_SETTINGS},
    )


def report(folder: Path, shown: int, findings: Findings) -> int:
    """Add what the log holds of validations and speed since it was last looked at.

    Args:
        folder: Of the training.
        shown: Lines of the log that are known already.
        findings: Where it goes.

    Returns:
        The lines that are known now.
    """
    lines = log_lines(folder)
    for line in lines[shown:]:
        if "psnr_y" in line:
            findings.add(iteration=line.get("step"), psnr_y=line["psnr_y"], ssim=line.get("ssim"))
        elif "loss" in line:
            findings.add(
                iteration=line.get("step"),
                loss=line["loss"],
                seconds_a_step=line.get("time"),
                waiting_for_pictures=line.get("data_time"),
            )
    return len(lines)


def log_lines(folder: Path) -> list[dict[str, Any]]:
    """Return what mmengine wrote down as JSON lines, whole lines alone."""
    lines = []
    for log in sorted(folder.glob("*/vis_data/scalars.json")):
        for text in log.read_text(encoding="utf-8").splitlines(keepends=True):
            if text.endswith("\n"):
                lines.append(json.loads(text))
    return lines


if __name__ == "__main__":
    sys.exit(main())
