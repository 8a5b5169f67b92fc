"""Reading weight files without running what may hide in them, and fitting them to a network."""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from harness.errors import DerainerError

WRAPPERS = ("state_dict", "params_ema", "params", "net", "model", "model_state_dict")
"""Keys under which published checkpoints keep the tensors."""

PREFIXES = ("module.", "derainet.")
"""What a wrapper around the network wrote before the name of every tensor."""


def read_state_dict(path: Path, trust: bool = False) -> dict[str, Tensor]:
    """Read the tensors of a checkpoint, in whatever wrapper or prefix they come.

    Args:
        path: A file that ``torch.save`` wrote.
        trust: Unpickle arbitrary objects too, which runs any code in the file.

    Returns:
        The tensors on the CPU, floating ones as float32, without any of `PREFIXES`.

    Raises:
        DerainerError: If the file is missing, damaged, holds no tensors, or needs more than
            tensors while ``trust`` is off.
    """
    checkpoint = _read(path, trust)
    for wrapper in WRAPPERS:
        if isinstance(checkpoint, Mapping) and isinstance(checkpoint.get(wrapper), Mapping):
            checkpoint = checkpoint[wrapper]
    if not isinstance(checkpoint, Mapping):
        raise DerainerError(f"{path}: holds a {type(checkpoint).__name__}, not named tensors")
    tensors = {str(key): value for key, value in checkpoint.items() if isinstance(value, Tensor)}
    if not tensors:
        raise DerainerError(f"{path}: holds no tensors (keys: {', '.join(map(str, checkpoint))})")
    for prefix in PREFIXES:
        if all(key.startswith(prefix) for key in tensors):
            tensors = {key.removeprefix(prefix): value for key, value in tensors.items()}
    return {
        key: value.float() if value.is_floating_point() else value for key, value in tensors.items()
    }


def _read(path: Path, trust: bool) -> Any:
    if not path.is_file():
        raise DerainerError(f"{path}: no such weight file")
    try:
        return torch.load(path, map_location="cpu", weights_only=not trust)
    except pickle.UnpicklingError as error:
        if trust:
            raise DerainerError(f"{path}: no checkpoint that torch can read ({error})") from error
        raise DerainerError(
            f"{path}: holds more than tensors, and unpickling that can run any code; if you "
            "trust its author, put `trust: true` beside it"
        ) from error
    except (RuntimeError, EOFError, OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DerainerError(f"{path}: damaged or no torch checkpoint ({reason})") from error


def fit_state_dict(network: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Load tensors into a network, every one of them and nothing else.

    Args:
        network: Receives the tensors.
        tensors: As `read_state_dict` returns them.
        path: Where they came from, for the error.

    Raises:
        DerainerError: If a tensor is missing, left over, or of another shape; the text shows
            the first few of each.
    """
    expected = network.state_dict()
    missing = [key for key in expected if key not in tensors]
    left_over = [key for key in tensors if key not in expected]
    reshaped = [
        f"{key} {tuple(tensors[key].shape)} for {tuple(expected[key].shape)}"
        for key in expected
        if key in tensors and tensors[key].shape != expected[key].shape
    ]
    causes = [
        f"{len(keys)} {what} ({', '.join(keys[:3])}{', ...' if len(keys) > 3 else ''})"
        for keys, what in (
            (missing, "missing"),
            (left_over, "unknown"),
            (reshaped, "of another shape"),
        )
        if keys
    ]
    if causes:
        raise DerainerError(
            f"{path}: weights of another network than {type(network).__name__}: "
            f"tensors {', '.join(causes)}"
        )
    network.load_state_dict(dict(tensors))
