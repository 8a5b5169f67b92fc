"""Every derainer on the GPU against the CPU: ``python -m tools.gpu.against_cpu --out FOLDER``.

First what is to be trusted at all: the largest and the mean difference of a picture from what
float32 on the CPU gives, in float32 without TF32, bfloat16 and float16. Then PSNR-Y on twenty
pairs, beside the figure of the committed table, which a CPU computed.
"""

import dataclasses
from collections.abc import Sequence

import torch
from torch import Tensor

from harness.derainer import NetworkDerainer, quantise
from harness.device import SINGLE_THREAD, Device, available_cores, choose_device
from harness.samples import Sample
from harness.terms import Precision
from tasks.image_quality import psnr, rgb_to_y
from tools.gpu.arguments import read_arguments
from tools.gpu.committed import PAIRS, psnr_of_pairs
from tools.gpu.findings import Findings
from tools.gpu.subjects import Pairs, Subject, read_pairs, subjects

PRECISIONS: tuple[Precision, ...] = ("float32", "bfloat16", "float16")

CROP = (160, 240)
"""Height and width of what is compared pixel by pixel: the CPU has other work meanwhile."""

TINY_CROP = (48, 64)


def main() -> None:
    """Compare all pictures first; PSNR, which takes longer, comes after."""
    arguments = read_arguments(__doc__)
    findings = Findings(arguments.out, "against_cpu")
    device = choose_device(arguments.device)
    there = []
    for subject in subjects():
        if subject.missing_weights is None:
            there.append(subject)
        else:
            findings.add(derainer=subject.name, left_out="its weights are not there")
    pairs = read_pairs(2 if arguments.tiny else PAIRS)
    crops = [crop(one, TINY_CROP if arguments.tiny else CROP) for one in pairs.samples[:2]]
    if arguments.tiny:
        there, pairs = there[::6], Pairs(pairs.rain_set, crops)
    for subject in there:
        differences(subject, crops, device, findings)
    for subject in there:
        fidelity(subject, pairs, device, findings, PRECISIONS[: 1 if arguments.tiny else None])


def crop(sample: Sample, size: tuple[int, int]) -> Sample:
    """Return the upper left of a pair, of a height and a width in pixels."""
    height, width = size
    clean = None if sample.clean is None else sample.clean[:height, :width].copy()
    return Sample(sample.id, sample.rainy[:height, :width].copy(), clean)


def differences(
    subject: Subject,
    crops: Sequence[Sample],
    device: Device,
    findings: Findings,
) -> None:
    """Find how far each precision on the device is from float32 on the CPU, in levels of 255."""
    expected = _on_the_cpu(subject.build(), crops)
    derainer = subject.build()
    derainer.place(device)
    for precision in PRECISIONS:
        try:
            restored = _restore(derainer, crops, dataclasses.replace(device, precision=precision))
        except Exception as error:  # one precision of one derainer, not the others
            findings.add(derainer=subject.name, precision=precision, error=_cause(error))
            continue
        levels = (restored - expected).abs() * 255
        findings.add(
            derainer=subject.name,
            precision=precision,
            largest=levels.max().item(),
            mean=levels.mean().item(),
        )


def fidelity(
    subject: Subject,
    pairs: Pairs,
    device: Device,
    findings: Findings,
    precisions: Sequence[Precision],
) -> None:
    """Find the mean PSNR-Y of each precision on the pairs, 8 bits by truncation."""
    derainer = subject.build()
    derainer.place(device)
    same_pairs = pairs.rain_set == "Rain100L" and len(pairs.samples) == PAIRS
    on_a_cpu = psnr_of_pairs(subject.name) if same_pairs else None
    for precision in precisions:
        at = dataclasses.replace(device, precision=precision)
        try:
            decibels = [
                psnr(rgb_to_y(quantise(restored, "floor")), rgb_to_y(sample.clean))
                for batch in pairs.batches(device.batch_size)
                for sample, restored in zip(batch, derainer.restore_samples(batch, at), strict=True)
                if sample.clean is not None
            ]
        except Exception as error:  # one precision of one derainer, not the others
            findings.add(derainer=subject.name, precision=precision, psnr_error=_cause(error))
            continue
        findings.add(
            derainer=subject.name,
            precision=precision,
            rain_set=pairs.rain_set,
            pairs=len(decibels),
            psnr_y=sum(decibels) / len(decibels),
            psnr_y_committed=on_a_cpu,
        )


def _on_the_cpu(derainer: NetworkDerainer, samples: Sequence[Sample]) -> Tensor:
    cpu = Device(torch.device("cpu"), "float32", SINGLE_THREAD)
    derainer.place(cpu)
    torch.set_num_threads(max(1, available_cores() // 2))  # the others build mmcv meanwhile
    try:
        return _restore(derainer, samples, cpu)
    finally:
        torch.set_num_threads(1)


def _restore(derainer: NetworkDerainer, samples: Sequence[Sample], device: Device) -> Tensor:
    """Return (N, 3, H, W) restored pictures in [0, 1], on the CPU."""
    return torch.stack(derainer.restore_samples(samples, device)).cpu()


def _cause(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:200]


if __name__ == "__main__":
    main()
