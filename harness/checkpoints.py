"""Reading checkpoints without running what may hide in them: the tensors, out of any wrapper."""

import pickle
import pickletools
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

import torch
from torch import Tensor, nn

from harness.claimed_storages import refuse_false_claims
from harness.dangling_links import dangling
from harness.errors import DerainerError
from harness.foreign_code import cause_of, outcome
from harness.memory import shortage
from harness.regular_files import open_regular
from harness.safetensors_format import read_safetensors
from harness.weight_file_kinds import kind_of

WRAPPERS = (
    *("params_ema", "state_dict_ema", "model_ema", "ema"),
    *("state_dict", "params", "net", "model", "model_state_dict", "model_state"),
    *("network", "generator", "module"),
)
"""Keys under which published checkpoints keep the tensors. An average over a training (BasicSR,
timm, YOLO) goes before its last step, since that is what its authors test; mmengine's
``ema_state_dict`` is not such a one: ``state_dict`` holds the average there."""

SAVE_TENSORS = "torch.save(network.state_dict(), 'weights.pth')"


class Checkpoint(NamedTuple):
    """What a weight file holds.

    Attributes:
        tensors: By name, as the file spells them, on the CPU.
        meta: What mmengine notes beside them: ``dataset_meta`` with the names of the classes.
    """

    tensors: dict[str, Tensor]
    meta: Mapping[str, Any]


def read_checkpoint(path: Path, trust: bool = False) -> Checkpoint:
    """Read a checkpoint of ``torch.save`` or a safetensors file.

    Args:
        path: The file.
        trust: Unpickle arbitrary objects too, which runs any code in the file.

    Raises:
        DerainerError: If the file is missing, damaged, no checkpoint (the text says what it is),
            holds no tensors, or needs more than tensors while ``trust`` is off.
    """
    if path.is_dir():
        raise DerainerError(f"{path}: is a folder; name a weight file in it")
    if not path.exists():
        raise DerainerError(
            f"{path}: {dangling(path) if path.is_symlink() else 'no such weight file'}"
        )
    try:
        kind = kind_of(path)
        problem = shortage(path.stat().st_size)
        if problem:
            raise DerainerError(f"{path}: {problem}")
        if kind.format is None:
            raise DerainerError(f"{path}: {kind.description}")
        if kind.format == "safetensors":
            tensors, metadata = read_safetensors(path)
            return Checkpoint(_only_tensors(tensors, path), metadata)
    except OSError as error:
        raise DerainerError(f"{path}: cannot be read ({error.strerror or error})") from error
    content = _unpickled(path, trust)
    meta = content.get("meta") if isinstance(content, Mapping) else None
    tensors = _only_tensors(_unwrapped(content, path), path)
    return Checkpoint(tensors, meta if isinstance(meta, Mapping) else {})


def _unpickled(path: Path, trust: bool) -> Any:
    if trust:
        content, error = outcome(lambda: _loaded(path, weights_only=False))  # its author's code
        if error is not None:
            raise DerainerError(f"{path}: {_cannot_unpickle(path, error)}") from error
        return content
    refuse_false_claims(path)
    content, error = outcome(lambda: _loaded(path, weights_only=True))
    if error is None:
        return content
    if not isinstance(error, pickle.UnpicklingError):  # whatever a damaged pickle makes it raise
        raise DerainerError(f"{path}: damaged ({cause_of(error)}); fetch it again") from error
    network = whole_network(path)
    if network:
        raise DerainerError(
            f"{path}: {_about_whole(network)}; `trust: true` beside it reads it where that "
            "code can be imported, and runs what it holds"
        ) from error
    raise DerainerError(
        f"{path}: holds more than tensors, and unpickling that can run any code; if you "
        "trust its author, put `trust: true` beside it"
    ) from error


def _loaded(path: Path, weights_only: bool) -> Any:
    """Return what ``torch.save`` wrote, whatever the file is called: torch goes by its suffix."""
    with open_regular(path) as file:
        return torch.load(file, map_location="cpu", weights_only=weights_only)


def _cannot_unpickle(path: Path, error: BaseException) -> str:
    network = whole_network(path)
    if network:
        return f"{_about_whole(network)} ({cause_of(error)})"
    if isinstance(error, ImportError | AttributeError):
        return (
            f"holds objects of code that is not here ({cause_of(error)}); where that code is, "
            f"save the tensors alone: {SAVE_TENSORS}"
        )
    return f"torch cannot read it ({cause_of(error)})"


def _about_whole(network: str) -> str:
    return (
        f"holds a whole pickled network ({network}), which only its author's code can read; "
        f"save its tensors alone, where that code is: {SAVE_TENSORS}"
    )


def whole_network(path: Path) -> str:
    """Return the class of a whole network that a checkpoint pickles, "" where there is none.

    Its pickle is looked through, not run.
    """
    named, _ = outcome(lambda: list(_pickled_names(path)))
    if named is None or not any(name.startswith("torch.nn.modules.") for name in named):
        return ""
    others = [name for name in named if name.split(".")[0] not in {"torch", "collections"}]
    return (others or named)[0]


def _pickled_names(path: Path) -> Iterator[str]:
    """Yield the classes and functions that a checkpoint's pickle names."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            (name, *_) = [one for one in archive.namelist() if one.endswith("data.pkl")]
            with archive.open(name) as file:
                yield from _names_in(file)
        return
    with path.open("rb") as file:
        for _ in range(4):  # a number, a version, the machine, and then the object
            yield from _names_in(file)


def _names_in(file: IO[bytes]) -> Iterator[str]:
    texts: list[str] = []
    for opcode, argument, _ in pickletools.genops(file):
        if opcode.name == "GLOBAL":
            yield str(argument).replace(" ", ".")
        elif opcode.name == "STACK_GLOBAL":
            yield ".".join(texts[-2:])
        elif isinstance(argument, str):
            texts.append(argument)


def _unwrapped(content: Any, path: Path) -> Mapping[Any, Any]:
    """Return the innermost mapping that a wrapper holds, or a network's own tensors."""
    seen: set[int] = set()
    while True:
        if id(content) in seen:
            raise DerainerError(f"{path}: holds a mapping within itself, not named tensors")
        seen.add(id(content))
        if isinstance(content, nn.Module):
            return content.state_dict()
        if not isinstance(content, Mapping):
            raise DerainerError(f"{path}: holds a {type(content).__name__}, not named tensors")
        inner = next((content[key] for key in WRAPPERS if _holds_tensors(content.get(key))), None)
        if inner is None:
            return _only_part(content, path)
        content = inner


def _only_part(content: Mapping[Any, Any], path: Path) -> Mapping[Any, Any]:
    """Return a mapping of tensors, also from under a key that nobody knows if it is the only one.

    Raises:
        DerainerError: If several could be meant.
    """
    if _holds_tensors(content):
        return content
    parts = {str(key): value for key, value in content.items() if _holds_tensors(value)}
    if len(parts) > 1:
        raise DerainerError(
            f"{path}: holds the tensors of several networks ({', '.join(parts)}); save those of "
            "one alone"
        )
    for part in parts.values():
        return part.state_dict() if isinstance(part, nn.Module) else part
    return content


def _holds_tensors(value: Any) -> bool:
    """Return whether a value is a network or a mapping with tensors, maybe in wrappers."""
    waiting, seen = [value], set[int]()
    while waiting:
        one = waiting.pop()
        if isinstance(one, nn.Module):
            return True
        if not isinstance(one, Mapping) or id(one) in seen:
            continue
        seen.add(id(one))
        if any(isinstance(key, str) and isinstance(part, Tensor) for key, part in one.items()):
            return True
        waiting += [one.get(key) for key in WRAPPERS]
    return False


def _only_tensors(content: Mapping[Any, Any], path: Path) -> dict[str, Tensor]:
    tensors = {str(key): value for key, value in content.items() if isinstance(value, Tensor)}
    if not tensors:
        keys = ", ".join(str(key)[:40] for key in list(content)[:10] if isinstance(key, str | int))
        raise DerainerError(f"{path}: holds no tensors (keys: {keys})")
    odd = next((key for key, value in tensors.items() if not _is_plain(value)), None)
    if odd is not None:
        raise DerainerError(
            f"{path}: {odd!r} is no plain tensor of real numbers; save it dense, on a CPU"
        )
    larger = next((key for key, value in tensors.items() if _claims_more(value)), None)
    if larger is not None:
        raise DerainerError(
            f"{path}: {larger!r} claims {tensors[larger].numel()} values, more than the file "
            "holds of it; save a copy of its own (`tensor.clone()`)"
        )
    problem = shortage(sum(4 * value.numel() for value in tensors.values()))
    if problem:
        raise DerainerError(f"{path}: {problem}")
    return tensors


def _is_plain(value: Tensor) -> bool:
    dense = value.layout is torch.strided and value.device.type == "cpu"
    return dense and not value.is_quantized and not value.is_complex()


def _claims_more(value: Tensor) -> bool:
    """Return whether a tensor shows bytes several times over: a small file would fill memory."""
    return value.numel() * value.element_size() > value.untyped_storage().nbytes()
