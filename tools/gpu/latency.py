"""Milliseconds a megapixel, and the card's share: ``python -m tools.gpu.latency --out FOLDER``.

What is timed is ``restore`` of a batch that lies on the device, in the given precision. Its
floating-point operations over its time, over the rate of a large matrix product in the same
precision (`tools.gpu.facts`), is the share of the card that it uses.
"""

import dataclasses
import itertools
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from harness.derainer import NetworkDerainer, pad_to_multiple
from harness.device import Device, choose_device
from harness.terms import Precision
from tools.gpu.arguments import read_arguments
from tools.gpu.findings import FILE_NAME, Findings, read_findings
from tools.gpu.subjects import rdmc_of_width, subjects
from tools.gpu.timing import median_seconds

WIDTHS = {"RDMC, width 1": 1.0, "RDMC, width 1/2": 0.5}
"""Sizes of RDMC that nobody has trained yet, which changes nothing of their speed."""

PRECISIONS: tuple[Precision, ...] = ("bfloat16", "float32", "float16")


class Setting(NamedTuple):
    """How a derainer is timed.

    Attributes:
        height: Of the pictures, pixels.
        width: Likewise.
        batch: How many pictures.
        channels_last: The layout that the benchmark uses; otherwise PyTorch's default.
        precision: Of the autocast, float32 being exact.
    """

    height: int
    width: int
    batch: int
    channels_last: bool
    precision: Precision


def settings(tiny: bool) -> Iterator[Setting]:
    """Give the settings, what tells most first: a run may end before the last."""
    sizes = [(32, 48), (48, 64)] if tiny else [(320, 480), (1080, 1920)]
    precisions = PRECISIONS[:1] if tiny else PRECISIONS
    for channels_last in (True, False):
        for (height, width), batch in itertools.product(sizes, (1, 2 if tiny else 8)):
            for precision in precisions:
                yield Setting(height, width, batch, channels_last, precision)


def main() -> None:
    """Time every kind of network in every setting."""
    arguments = read_arguments(__doc__)
    findings = Findings(arguments.out, "latency")
    device = choose_device(arguments.device)
    rates = matrix_rates(read_findings(arguments.out / FILE_NAME))
    derainers = kinds_of_network(arguments.tiny)
    for derainer in derainers.values():
        derainer.place(device)
    work = {name: operations_a_pixel(derainer, device) for name, derainer in derainers.items()}
    for setting in settings(arguments.tiny):
        rate = rates.get(setting.precision)
        for name, derainer in derainers.items():
            try:
                timed = time_one(derainer, setting, device)
            except torch.OutOfMemoryError:
                torch.cuda.empty_cache()
                findings.add(derainer=name, **setting._asdict(), error="out of memory")
                continue
            except Exception as error:  # a network in one setting, not the others
                cause = f"{type(error).__name__}: {' '.join(str(error).split())}"[:200]
                findings.add(derainer=name, **setting._asdict(), error=cause)
                continue
            findings.add(
                derainer=name,
                **setting._asdict(),
                ms_per_megapixel=1e9 * timed.seconds_a_pixel,
                share=work[name] / timed.seconds_a_pixel / rate if rate else None,
                peak_mib=timed.peak_mib,
            )


def kinds_of_network(tiny: bool) -> dict[str, NetworkDerainer]:
    """Return one derainer of each kind by its title: weights do not change its speed."""
    found: dict[str, NetworkDerainer] = {}
    for subject in subjects():
        if subject.missing_weights is None:
            derainer = subject.build()
            found.setdefault(derainer.facts.title, derainer)
    for name, width in WIDTHS.items():
        found[name] = rdmc_of_width(width / 8 if tiny else width)
    names = [next(iter(found)), *WIDTHS] if tiny else found
    return {name: found[name] for name in names}


def matrix_rates(found: list[dict[str, object]]) -> dict[str, float]:
    """Return the operations a second of the card's matrix product, by precision."""
    products = [one for one in found if one["stage"] == "facts" and "matrix_product" in one]
    return {str(one["matrix_product"]): float(str(one["tflops"])) * 1e12 for one in products}


class Timed(NamedTuple):
    """What a derainer took in a setting.

    Attributes:
        seconds_a_pixel: The median time of a call, over the pixels of its batch.
        peak_mib: The most memory of the card that was in use; None on a CPU.
    """

    seconds_a_pixel: float
    peak_mib: int | None


def time_one(derainer: NetworkDerainer, setting: Setting, device: Device) -> Timed:
    """Time a derainer, already placed, in one setting."""
    layout = torch.channels_last if setting.channels_last else torch.contiguous_format
    derainer.network.to(memory_format=layout)  # type: ignore[call-overload]
    size = (setting.height, setting.width)
    rainy = noise(derainer, setting.batch, size, device).contiguous(memory_format=layout)
    at = dataclasses.replace(device, precision=setting.precision)

    def restore() -> Tensor:
        with torch.inference_mode(), at.autocast():
            return derainer.restore(rainy)

    kind = device.torch_device.type
    if kind == "cuda":
        torch.cuda.reset_peak_memory_stats()
    seconds = median_seconds(restore, kind, repeats=10, most=0.4)
    peak = round(torch.cuda.max_memory_allocated() / 2**20) if kind == "cuda" else None
    return Timed(seconds / (setting.batch * setting.height * setting.width), peak)


def operations_a_pixel(derainer: NetworkDerainer, device: Device) -> float:
    """Return the floating-point operations of convolutions and matrix products for a pixel."""
    rainy = noise(derainer, 1, (64, 96), device)
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        derainer.restore(rainy)
    return float(counter.get_total_flops()) / (rainy.shape[-2] * rainy.shape[-1])


def noise(derainer: NetworkDerainer, batch: int, size: tuple[int, int], device: Device) -> Tensor:
    """Return (N, 3, H, W) of noise on the device, padded as the derainer needs it."""
    rainy = torch.rand(batch, 3, *size).to(device.torch_device)
    return pad_to_multiple(rainy, derainer.facts.size_multiple)


if __name__ == "__main__":
    main()
