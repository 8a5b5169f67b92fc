"""Prints for which Python, platform, PyTorch and device mmcv's operators would be compiled.

    python tools/mmcv_way.py

It ends in "cpu" where they would be compiled for the CPU alone, by the same signs as in mmcv's own
set-up.
"""

import os
import sys
import sysconfig

import torch

DEVICES = {"cuda": "FORCE_CUDA", "mlu": "FORCE_MLU", "musa": "FORCE_MUSA", "npu": "FORCE_NPU"}
DEVICES |= {"mps": "FORCE_MPS", "diopi": "MMCV_WITH_DIOPI"}


def device() -> str:
    """Return the device that mmcv's operators would be compiled for."""
    for name, variable in DEVICES.items():
        if os.environ.get(variable) == "1":
            return name
    if torch.version.hip is not None:
        return f"rocm{torch.version.hip}"
    if torch.cuda.is_available():
        return f"cuda{torch.version.cuda}"
    others = ("mlu", "musa", "npu")
    if torch.backends.mps.is_available() or any(hasattr(torch, name) for name in others):
        return "other"
    return "cpu"


if __name__ == "__main__":
    python = sys.implementation.cache_tag
    print(f"{python}-{sysconfig.get_platform()}-torch{torch.__version__}-{device()}")
