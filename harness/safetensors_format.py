"""Reading safetensors: a header in JSON, then the bytes of the tensors, and no code."""

import json
import math
import sys
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from harness.errors import DerainerError
from harness.foreign_code import cause_of, outcome
from harness.regular_files import read_regular

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


LONGEST = 1 << 40
"""Of a tensor along one dimension; torch cannot say more of an empty one."""


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
    content = memoryview(read_regular(path))
    start = 8 + int.from_bytes(content[:8], "little")
    header, error = outcome(lambda: _header(bytes(content[8:start])))
    if header is None:
        cause = cause_of(error) if error is not None else "it is empty"
        raise DerainerError(f"{path}: damaged, its safetensors header is none ({cause})") from error
    described, metadata = header
    tensors, end = {}, 0
    for name, (dtype, shape, first, last) in sorted(described.items(), key=lambda one: one[1][2:]):
        if dtype not in DTYPES:
            raise DerainerError(f"{path}: {name} is of the type {dtype}, which is not read here")
        size = math.prod(shape) * DTYPES[dtype].itemsize
        if min(shape, default=0) < 0 or max(shape, default=0) > LONGEST or last - first != size:
            raise DerainerError(f"{path}: damaged, the shape of {name} contradicts its bytes")
        if first < end:
            raise DerainerError(f"{path}: damaged, {name} has bytes of another tensor")
        if start + last > len(content):
            raise DerainerError(
                f"{path}: ends before {name} does: a download that broke off; fetch it again"
            )
        end = last
        buffer = bytearray(content[start + first : start + last])
        flat = torch.frombuffer(buffer, dtype=DTYPES[dtype]) if size else torch.empty(0)
        tensors[name] = flat.to(DTYPES[dtype]).reshape(shape)
    return Safetensors({name: tensors[name] for name in described}, metadata)


class _Described(NamedTuple):
    """What the header says of a tensor."""

    dtype: str
    shape: list[int]
    first: int
    last: int


def _header(text: bytes) -> tuple[dict[str, _Described], dict[str, str]]:
    header = json.loads(text)
    metadata = header.pop("__metadata__", None) or {}
    described = {name: _described(one) for name, one in header.items()}
    return described, {str(key): str(value) for key, value in metadata.items()}


def _described(entry: dict[str, Any]) -> _Described:
    first, last = map(int, entry["data_offsets"])
    return _Described(str(entry["dtype"]), list(map(int, entry["shape"])), first, last)
