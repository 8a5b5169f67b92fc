"""How fast derainers are: the plain network against the fast path, and what that costs.

    python benchmarks/speed.py [NAME[,OPTION=VALUE...] ...] [--device auto|cpu|cuda]
        [--sizes 320x480,1080x1920] [--threads 1] [--repeats 5] [--json FILE] [--csv FILE]

By default rdmc-s, rdmc (untrained, of the paper's width) and prenet. Four steps, each on top of
the one before: `plain` (float32 in PyTorch's default layout), `channels_last`, `folded` (batch
norms in the convolutions; only where there are any) and `bfloat16`. What is timed, and by which
clock, is what `rdmc-bench cost` times. The steps take turns, so that all stand on the same machine
at the same time, and the ratios are of their medians; one round more goes first and does not
count. Peak memory is what one call adds to a fresh process.

Where RDMC_BENCH_DATA names a folder with Rain100L, a second table compares the restored pictures
themselves with those of the plain network, whole and in tiles.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import measured
import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from harness.cost.macs import count_macs
from harness.cost.measuring import warmed_up
from harness.cost.timing import time_in_turns
from harness.derainer import NetworkDerainer, pad_to_multiple, quantise
from harness.device import Device, choose_device
from harness.machine import processor
from harness.peak_memory import peak_of_process
from harness.plugins import registry
from harness.plugins.options import bind_options
from harness.samples import Sample
from harness.tile_sizes import Tiling
from harness.tiling import Tiler
from tasks.image_quality import psnr, rgb_to_y

DERAINERS = ("rdmc-s", "rdmc", "prenet")
STEPS = ("plain", "channels_last", "folded", "bfloat16")
TILING = Tiling(side=384, overlap=192)
"""Makes two tiles of a picture of Rain100L; they are compared with the whole."""


@dataclass(frozen=True)
class PlainDevice(Device):
    """Leaves networks and images in PyTorch's default layout."""

    def place(self, images: Tensor) -> Tensor:
        """Move images."""
        return images.to(self.torch_device).contiguous()

    def place_module(self, module: nn.Module) -> nn.Module:
        """Move a network."""
        return module.to(self.torch_device).requires_grad_(False)


def build(entry: str) -> NetworkDerainer:
    """Build a derainer; one whose weights nobody has gets random ones.

    Args:
        entry: Its registered name, and options of its constructor after commas.
    """
    name, *given = entry.split(",")
    target: Any = registry.load("derainers", name)
    options = dict(pair.partition("=")[::2] for pair in given)
    if is_untrained(entry):
        architecture = bind_options(entry, target.build_network, options, Path.cwd())
        with tempfile.TemporaryDirectory() as folder:
            weights = Path(folder) / "untrained.pth"
            torch.save(target.build_network(**architecture).state_dict(), weights)
            restoring: NetworkDerainer = target(weights, **architecture)
    else:
        restoring = target(**bind_options(entry, target, options, Path.cwd()))
    return restoring


def is_untrained(entry: str) -> bool:
    """Return whether a derainer has no weights: nobody has any for RDMC's full width."""
    return entry.split(",")[0] == "rdmc" and "weights=" not in entry


def steps_of(entry: str) -> list[str]:
    """Return the steps that change something for a derainer."""
    has_norms = any(isinstance(module, _BatchNorm) for module in build(entry).network.modules())
    return [step for step in STEPS if step != "folded" or has_norms]


def place(entry: str, step: str, device: Device) -> tuple[NetworkDerainer, Device]:
    """Return a derainer on the device as it runs in one of the steps, and that step's device."""
    derainer = build(entry)
    if step == "plain":
        device = PlainDevice(device.torch_device, "float32", device.threads)
    elif step == "bfloat16":
        device = replace(device, precision="bfloat16")
    if step in {"folded", "bfloat16"}:
        derainer.place(device)
    else:
        derainer.network = device.place_module(derainer.network.eval())
    return derainer, device


def forward(entry: str, step: str, size: tuple[int, int], device: Device) -> Callable[[], None]:
    """Return a call that restores one picture of a size in one of the steps."""
    return warmed_up(*place(entry, step, device), size)


def latencies(
    entry: str, size: tuple[int, int], device: Device, options: argparse.Namespace
) -> dict[str, float]:
    """Return the median milliseconds of each step, measured in turns."""
    calls = {step: forward(entry, step, size, device) for step in steps_of(entry)}
    for call in calls.values():
        call()
    times = time_in_turns(calls, options.repeats, device)
    return {step: statistics.median(time.milliseconds) for step, time in times.items()}


def peak_in_fresh_process(
    entry: str, step: str, size: tuple[int, int], options: argparse.Namespace
) -> float:
    """Return by how many MiB one call raises the memory of a process of its own, or its GPU."""
    arguments = ["--peak-of", step, "--sizes", "{}x{}".format(*size), "--device", options.device]
    command = [sys.executable, __file__, entry, *arguments, "--threads", str(options.threads)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def speed_rows(device: Device, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield a row for each derainer, size and step."""
    for entry in options.derainers:
        derainer = build(entry)
        for height, width in options.sizes:
            padded = pad_to_multiple(torch.empty(1, 1, height, width), derainer.facts.size_multiple)
            gmacs = count_macs(derainer.network, *padded.shape[-2:]) / 1e9
            if gmacs > options.most_gmacs:
                print(f"{entry} at {height}x{width}: left out, {gmacs:.0f} GMACs (--most-gmacs)")
                continue
            medians = latencies(entry, (height, width), device, options)
            for step, milliseconds in medians.items():
                yield {
                    "derainer": entry,
                    "size": f"{height}x{width}",
                    "step": step,
                    "parameters": derainer.parameters_count(),
                    "gmacs": round(gmacs, 1),
                    "milliseconds": round(milliseconds, 1),
                    "plain/step": round(medians["plain"] / milliseconds, 2),
                    "peak_mib": round(peak_in_fresh_process(entry, step, (height, width), options)),
                }


def quality_rows(device: Device, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield a row for each derainer and step: how its pictures differ from the plain ones."""
    layout: Any = registry.load("rain-sets", "Rain100L")
    rain_set = layout(name="Rain100L", root=Path(os.environ["RDMC_BENCH_DATA"]) / "Rain100L")
    samples = [rain_set.load(image) for image in list(rain_set.ids())[: options.pictures]]
    tiles = f"tiles of {TILING.side}"
    for entry in options.derainers:
        if is_untrained(entry):
            continue
        reference = scores_before = None
        for step in [*steps_of(entry), tiles]:
            derainer, on = place(entry, "folded" if step == tiles else step, device)
            derainer.tiler = Tiler(*TILING) if step == tiles else None
            restored = [derainer.restore_samples([sample], on)[0].cpu() for sample in samples]
            scores = np.array([psnr_y(*pair) for pair in zip(restored, samples, strict=True)])
            if reference is None or scores_before is None:
                reference, scores_before = restored, scores
            pairs = zip(restored, reference, strict=True)
            error = np.mean([float((one - other).square().mean()) for one, other in pairs])
            yield {
                "derainer": entry,
                "step": step,
                "psnr_y": round(float(scores.mean()), 4),
                "minus plain": round(float((scores - scores_before).mean()), 4),
                "largest": round(float(np.abs(scores - scores_before).max()), 4),
                "psnr to plain": round(-10 * float(np.log10(error + 1e-20)), 1),
            }


def psnr_y(restored: Tensor, sample: Sample) -> float:
    """Return the PSNR-Y of a restored picture as the benchmark scores it, dB."""
    assert sample.clean is not None
    return psnr(rgb_to_y(quantise(restored, "round")), rgb_to_y(sample.clean))


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("derainers", nargs="*", default=DERAINERS, metavar="NAME[,OPTION=VALUE]")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument(
        "--sizes",
        type=lambda text: [tuple(map(int, size.split("x"))) for size in text.split(",") if size],
        default="320x480,1080x1920",
        help="HEIGHTxWIDTH, more after commas; empty: none",
    )
    parser.add_argument("--threads", type=int, default=1, help="of an operator, on a CPU")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--most-gmacs", type=float, default=3000, help="leave out what is more")
    parser.add_argument("--pictures", type=int, default=20, help="of Rain100L; 0: none")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="the speeds alone")
    parser.add_argument("--peak-of", choices=STEPS, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Measure, print two tables, and write what is asked for."""
    options = read_options()
    device = choose_device(options.device)
    torch.set_num_threads(options.threads)
    if options.peak_of:
        call = forward(options.derainers[0], options.peak_of, options.sizes[0], device)
        print(peak_of_process(call, device.torch_device) / 2**20)
        return
    threads = f", {options.threads} thread(s)" * (device.torch_device.type == "cpu")
    where = f"{processor()}{threads}, torch {torch.__version__}"
    if device.torch_device.type == "cuda":
        where = f"{device.describe()}, torch {torch.__version__}"
    print(f"{where}; load before the start {measured.LOAD:.2f}\n")
    speeds, quality = pd.DataFrame(speed_rows(device, options)), pd.DataFrame()
    if len(speeds):
        print(speeds.to_string(index=False))
    if "RDMC_BENCH_DATA" in os.environ and options.pictures:
        quality = pd.DataFrame(quality_rows(device, options))
        print(f"\nThe first {options.pictures} pictures of Rain100L, dB")
        print(quality.to_string(index=False))
    if options.csv:
        speeds.to_csv(options.csv, index=False)
    if options.json:
        tables = {"speed": speeds.to_dict("records"), "quality": quality.to_dict("records")}
        measured.write(options.json, {"where": where, **tables})


if __name__ == "__main__":
    main()
