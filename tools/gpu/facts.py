"""The card and its own speed: ``python -m tools.gpu.facts --out FOLDER``.

Datasheets promise more than a card gives, so the rate of a large matrix product is measured here;
the share of it that a derainer reaches is what `tools.gpu.latency` reports.
"""

import os
import platform
import shutil
import subprocess

import torch

from harness.device import available_cores
from tools.gpu.arguments import StageArguments, read_arguments
from tools.gpu.findings import Findings
from tools.gpu.timing import median_seconds

PRECISIONS = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}

REPEATS = 5


def main() -> None:
    """Write down the machine, then its rates."""
    arguments = read_arguments(__doc__)
    findings = Findings(arguments.out, "facts")
    findings.add(
        device=arguments.device,
        tiny=arguments.tiny,
        python=platform.python_version(),
        torch=torch.__version__,
        cuda=torch.version.cuda,
        cudnn=torch.backends.cudnn.version(),  # type: ignore[no-untyped-call]
        nvcc=_first_line("nvcc", "--version", containing="release"),
        cores=available_cores(),
        revision=os.environ.get("RDMC_BENCH_REVISION"),
    )
    if arguments.device == "cuda":
        card = torch.cuda.get_device_properties(0)
        findings.add(
            card=card.name,
            capability=f"{card.major}.{card.minor}",
            multiprocessors=card.multi_processor_count,
            memory_gib=round(card.total_memory / 2**30, 1),
            driver=_first_line("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"),
        )
    _measure(arguments, findings)


def _measure(arguments: StageArguments, findings: Findings) -> None:
    torch.backends.cuda.matmul.allow_tf32 = False
    side, copied = (256, 2**20) if arguments.tiny else (8192, 2**31)
    for name, dtype in PRECISIONS.items():
        # Random numbers: on zeros a card is faster than on any real data.
        first, second = (torch.randn(side, side, device=arguments.device).to(dtype) for _ in "ab")
        product = torch.empty_like(first)

        def multiply(
            a: torch.Tensor = first, b: torch.Tensor = second, out: torch.Tensor = product
        ) -> object:
            return torch.mm(a, b, out=out)

        seconds = median_seconds(multiply, arguments.device, REPEATS, most=2)
        findings.add(matrix_product=name, side=side, tflops=2 * side**3 / seconds / 1e12)
    source = torch.randint(0, 255, (copied,), dtype=torch.uint8, device=arguments.device)
    target = torch.empty_like(source)
    seconds = median_seconds(lambda: target.copy_(source), arguments.device, REPEATS, most=2)
    findings.add(copy_bytes=copied, gb_per_second=2 * copied / seconds / 1e9)


def _first_line(program: str, *arguments: str, containing: str = "") -> str | None:
    """Return what a program says first, or None where it is not there or fails."""
    if shutil.which(program) is None:
        return None
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    lines = [line.strip() for line in done.stdout.splitlines() if containing in line]
    return lines[0] if lines and done.returncode == 0 else None


if __name__ == "__main__":
    main()
