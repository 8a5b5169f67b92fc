"""Reading safetensors: a header in JSON, then the bytes of the tensors, and no code."""

import json
import math
import sys
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from harness.errors import DerainerError

DTYPES = {
    "BOOL": torch.bool,
    "U8": torch.uint8,
    "I8": torch.int8,
    "I16": torch.int16,
    "I32": torch.int32,
    "I64": torch.int64,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F32": torch.float32,
    "F64": torch.float64,
}
"""By the format's own names, https://huggingface.co/docs/safetensors."""


class Safetensors(NamedTuple):
    """What a file holds.

    Attributes:
        tensors: On the CPU, each with memory of its own.
        metadata: Texts by name.
    """

    tensors: dict[str, Tensor]
    metadata: dict[str, str]


def read_safetensors(path: Path) -> Safetensors:
    """Read a file.

    Raises:
        DerainerError: If it is damaged, or has a type of numbers that is not known here.
    """
    if sys.byteorder != "little":
        raise DerainerError(f"{path}: safetensors are read on little-endian machines alone")
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    try:
        header = json.loads(content[8:start])
        metadata = header.pop("__metadata__", None) or {}
        described = {name: _described(one) for name, one in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DerainerError(f"{path}: damaged, its safetensors header is none ({error})") from error
    tensors = {}
    for name, (dtype, shape, first, last) in described.items():
        if dtype not in DTYPES:
            raise DerainerError(f"{path}: {name} is of the type {dtype}, which is not read here")
        size = math.prod(shape) * DTYPES[dtype].itemsize
        if min(shape, default=0) < 0 or first < 0 or last - first != size:
            raise DerainerError(f"{path}: damaged, the shape of {name} contradicts its bytes")
        if start + last > len(content):
            raise DerainerError(
                f"{path}: ends before {name} does: a download that broke off; fetch it again"
            )
        buffer = bytearray(content[start + first : start + last])
        flat = torch.frombuffer(buffer, dtype=DTYPES[dtype]) if size else torch.empty(0)
        tensors[name] = flat.to(DTYPES[dtype]).reshape(shape)
    return Safetensors(tensors, {str(key): str(value) for key, value in metadata.items()})


def _described(entry: dict[str, Any]) -> tuple[str, list[int], int, int]:
    first, last = map(int, entry["data_offsets"])
    return str(entry["dtype"]), list(map(int, entry["shape"])), first, last
