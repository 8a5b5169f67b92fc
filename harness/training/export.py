"""What a training leaves: the best checkpoint's weights in half precision, and how they came."""

import json
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy._core import multiarray
from torch import Tensor

from harness.digests import digest_file
from harness.errors import ConfigError
from harness.images import write_bytes


class Best(NamedTuple):
    """The best checkpoint of a training.

    Attributes:
        name: Of its file.
        content: As mmengine wrote it: ``state_dict``, ``meta``, ``message_hub`` and more.
    """

    name: str
    content: Mapping[str, Any]


def read_best(work_dir: Path) -> Best:
    """Read the checkpoint that validated best.

    Args:
        work_dir: Where mmengine kept the checkpoints of a training.

    Raises:
        ConfigError: If there is none yet.
    """
    found = sorted(work_dir.glob("best_*.pth"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise ConfigError(
            f"{work_dir}: no best_*.pth; train at least until the first validation, and let the "
            "config set `save_best`"
        )
    with torch.serialization.safe_globals(_what_mmengine_pickles()):
        content = torch.load(found[-1], map_location="cpu", weights_only=True)
    return Best(found[-1].name, content)


def _what_mmengine_pickles() -> list[Any]:
    """Return all that a checkpoint of mmengine holds beside tensors: its buffers of log values."""
    from mmengine.logging.history_buffer import HistoryBuffer

    def method_of_a_buffer(owner: Any, name: str) -> Any:
        if owner is not HistoryBuffer and not isinstance(owner, HistoryBuffer):
            raise pickle.UnpicklingError(f"a checkpoint of mmengine asks for {owner!r}.{name}")
        return getattr(owner, name)

    number_types = {type(np.dtype(name)) for name in ("f4", "f8", "i4", "i8", "b1")}
    arrays = [np.ndarray, np.dtype, multiarray._reconstruct, multiarray.scalar, *number_types]
    return [HistoryBuffer, (method_of_a_buffer, "builtins.getattr"), *arrays]


def write_weights(target: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, object]) -> Path:
    """Write weights in half precision, and their facts beside them.

    Args:
        target: The weight file; ``.json`` beside it receives the facts and the file's SHA-256.
        tensors: By the names that the network knows them under.
        facts: JSON values.

    Returns:
        ``target``.
    """
    temporary = target.with_suffix(".tmp")
    torch.save({key: to_half(value).contiguous() for key, value in tensors.items()}, temporary)
    temporary.replace(target)
    described = {**facts, "torch": torch.__version__, "sha256": digest_file(target)}
    write_bytes(target.with_suffix(".json"), (json.dumps(described, indent=2) + "\n").encode())
    return target


def to_half(tensor: Tensor) -> Tensor:
    """Return a floating tensor in half precision, unless a value would overflow there.

    >>> to_half(torch.tensor([1.5])).dtype, to_half(torch.tensor([1e6])).dtype
    (torch.float16, torch.float32)
    """
    if not tensor.is_floating_point() or not bool(torch.isfinite(tensor.half()).all()):
        return tensor
    return tensor.half()
