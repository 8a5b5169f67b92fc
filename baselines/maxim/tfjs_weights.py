"""MAXIM's published weights: read out of a TensorFlow.js graph, by the names of its nodes.

The npm package ``@upscalerjs/maxim-deraining`` holds ``model.json``, the graph, and beside it the
files of the numbers. Kernels, biases and norms bear the path of their module in the authors' code;
the kernel of a dense layer is an anonymous argument, known by the product that it goes into.
"""

import hashlib
import math
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from pydantic import BaseModel, NonNegativeInt, ValidationError
from torch import Tensor

from harness.errors import DerainerError
from harness.foreign_code import cause_of, outcome
from harness.memory import shortage
from harness.regular_files import open_regular, read_regular
from harness.settings import first_problem

GRAPH = "model.json"

ROOT = "/backbone/"
"""After this, the name of a node is the path of a module."""

PRODUCT = "/einsum/Einsum"
"""How the name of a dense layer's product goes on after the path."""

FUNCTION = "/jit_"
"""In the name of what is computed by a function, and no parameter."""

KERNELS = {
    "transpose_3": "weight",  # (height, width, inputs, outputs)
    "transpose_4": "weight",  # of a transposed convolution: (height, width, outputs, inputs)
}

PARTS = {
    **KERNELS,
    "Reshape": "bias",
    "Reshape_2": "weight",  # of a layer norm
    "Reshape_3": "bias",
}
"""What the last word of a node's name is to its module."""

TYPES: Mapping[str, npt.DTypeLike] = {"float32": "<f4", "int32": "<i4"}
"""How the numbers of a tensor are stored; there are no others in this graph."""

Numbers = npt.NDArray[np.generic]
Read = Callable[[str], bytes]
"""Returns what a file of the graph holds, by its name."""


class _Node(BaseModel):
    name: str
    op: str
    input: tuple[str, ...] = ()


class _Topology(BaseModel):
    node: tuple[_Node, ...]


class _Stored(BaseModel):
    name: str
    shape: tuple[NonNegativeInt, ...]
    dtype: str
    quantization: object = None


class _Group(BaseModel):
    paths: tuple[str, ...]
    weights: tuple[_Stored, ...]


class _Graph(BaseModel):
    modelTopology: _Topology  # noqa: N815 - as the file spells it
    weightsManifest: tuple[_Group, ...]  # noqa: N815


class GraphTensors(NamedTuple):
    """What a TensorFlow.js graph holds.

    Attributes:
        tensors: By the names of `MAXIM`'s parameters, shaped as torch has them.
        digest: SHA-256 over the graph and the files of its numbers, one after the other.
    """

    tensors: dict[str, Tensor]
    digest: str


def is_graph(path: Path) -> bool:
    """Return whether a file is to be read as a graph: ``model.json``, or npm's ``.tgz`` with it."""
    return path.suffix == ".json" or path.name.endswith((".tgz", ".tar.gz"))


def read_graph(path: Path) -> GraphTensors:
    """Read a graph's weights.

    Args:
        path: ``model.json``, beside which the files that it names lie, or the ``.tgz`` of npm.

    Raises:
        DerainerError: If a file is missing, damaged, or holds another graph than MAXIM's.
    """
    read = _beside(path) if path.suffix == ".json" else _packed(path)
    content = read(path.name if path.suffix == ".json" else GRAPH)
    digest, graph = hashlib.sha256(content), _parsed(content, path)
    stored: dict[str, Numbers] = {}
    files = [name for group in graph.weightsManifest for name in group.paths]
    if len(set(files)) < len(files):
        raise DerainerError(f"{path}: names a file of numbers twice; fetch it again")
    for group in graph.weightsManifest:
        numbers = b"".join(map(read, group.paths))
        digest.update(numbers)
        stored.update(_arrays(group, numbers, path))
    tensors = dict(_parameters(graph.modelTopology.node, stored))
    if not tensors:
        raise DerainerError(f"{path}: is no graph of MAXIM (no node is named after {ROOT})")
    return GraphTensors(tensors, digest.hexdigest())


def _beside(path: Path) -> Read:
    """Return what reads the files in the folder of ``model.json``."""

    def read(name: str) -> bytes:
        file = path.parent / Path(name).name
        try:
            return read_regular(file)
        except OSError as error:
            raise DerainerError(f"{file}: cannot be read ({error.strerror})") from error

    return read


def _packed(path: Path) -> Read:
    """Return what reads the files in npm's archive, which is unpacked in memory, and once."""
    files, error = outcome(lambda: dict(_unpacked(path)))  # a damaged one raises many things
    if isinstance(error, DerainerError):
        raise error
    if error is not None:
        raise DerainerError(f"{path}: damaged ({cause_of(error)}); fetch it again") from error
    found = files or {}

    def read(name: str) -> bytes:
        if name not in found:
            raise DerainerError(f"{path}: holds no {name}, as npm's package of MAXIM does")
        return found[name]

    return read


def _unpacked(path: Path) -> Iterator[tuple[str, bytes]]:
    total = 0
    with open_regular(path) as opened, tarfile.open(fileobj=opened, mode="r|gz") as archive:
        for member in archive:
            name = Path(member.name).name
            if not member.isfile() or not (name == GRAPH or name.endswith(".bin")):
                continue
            total += member.size
            problem = shortage(total)
            if problem:
                raise DerainerError(f"{path}: {problem}")
            content = archive.extractfile(member)
            yield name, content.read() if content else b""


def _parsed(content: bytes, path: Path) -> _Graph:
    try:
        return _Graph.model_validate_json(content)
    except ValidationError as error:
        raise DerainerError(
            f"{path}: is no TensorFlow.js graph ({first_problem(error)}); fetch it again"
        ) from error


def _arrays(group: _Group, numbers: bytes, path: Path) -> Iterator[tuple[str, Numbers]]:
    """Yield the tensors of a group by name, out of its numbers, which follow each other."""
    begin = 0
    for stored in group.weights:
        if stored.dtype not in TYPES or stored.quantization is not None:
            raise DerainerError(
                f"{path}: {stored.name} is of another type than float32 and int32; take the "
                "package's own files"
            )
        count = math.prod(stored.shape)
        if begin + 4 * count > len(numbers):
            raise DerainerError(f"{path}: its files of numbers are too short; fetch it again")
        flat = np.frombuffer(numbers, TYPES[stored.dtype], count, begin)
        yield stored.name, flat.reshape(stored.shape)
        begin += 4 * count


def _parameters(nodes: Iterable[_Node], stored: dict[str, Numbers]) -> Iterator[tuple[str, Tensor]]:
    """Yield what `MAXIM` has learned, and take it out of what is stored: each has one place."""
    for node in nodes:
        _, found, place = node.name.partition(ROOT)
        module, _, part = place.rpartition("/")
        if not found or FUNCTION in module:
            continue
        if node.op == "Einsum" and place.endswith(PRODUCT) and node.input[-1] in stored:
            kernel = stored.pop(node.input[-1])  # (inputs, outputs)
            yield _name(place.removesuffix(PRODUCT), "weight"), _tensor(kernel.T)
        elif part in PARTS and node.name in stored:
            array = stored.pop(node.name)
            is_kernel = part in KERNELS and array.ndim == 4
            as_in_torch = array.transpose(3, 2, 0, 1) if is_kernel else array.reshape(-1)
            yield _name(module, PARTS[part]), _tensor(as_in_torch)


def _name(module: str, parameter: str) -> str:
    return f"{module}.{parameter}".replace("/", ".")


def _tensor(array: Numbers) -> Tensor:
    return torch.from_numpy(array.astype(np.float32, order="C"))
