"""Fitting the tensors of a weight file to a network, whatever was wrapped around it in training."""

from collections.abc import Collection, Mapping
from pathlib import Path

from torch import Tensor, nn

from harness.checkpoints import Checkpoint, read_checkpoint
from harness.errors import DerainerError
from harness.wording import some_of

PREFIXES = ("module.", "derainet.")
"""What a wrapper around the network wrote before the name of every tensor."""

MARKS = ("_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.")
"""What ``torch.compile``, FSDP and activation checkpointing write anywhere into a name."""

COUNTERS = ("num_batches_tracked",)
"""What evaluation does not use, and files of torch before 0.4.1 lack."""

FOREIGN_COUNTERS = ("total_ops", "total_params")
"""What the package thop leaves in a network that it counted."""


def read_state_dict(path: Path, trust: bool = False) -> dict[str, Tensor]:
    """Read the tensors of a weight file; see `read_checkpoint` and `plain_tensors`.

    Args:
        path: A file that ``torch.save`` wrote, or safetensors.
        trust: Unpickle arbitrary objects too, which runs any code in the file.

    Raises:
        DerainerError: See `read_checkpoint`.
    """
    return plain_tensors(read_checkpoint(path, trust))


def plain_tensors(checkpoint: Checkpoint) -> dict[str, Tensor]:
    """Return a checkpoint's tensors without any of `MARKS` and `PREFIXES`, floating ones float32.

    >>> import torch
    >>> plain_tensors(Checkpoint({"module._orig_mod.w": torch.ones(1)}, {}))
    {'w': tensor([1.])}
    """
    tensors = {_unmarked(key): value for key, value in checkpoint.tensors.items()}
    for prefix in PREFIXES:
        if all(key.startswith(prefix) for key in tensors):
            tensors = {key.removeprefix(prefix): value for key, value in tensors.items()}
    return {
        key: value.float() if value.is_floating_point() else value for key, value in tensors.items()
    }


def _unmarked(key: str) -> str:
    for mark in MARKS:
        key = key.replace(mark, "")
    return key


def named_as(
    expected: Collection[str], tensors: Mapping[str, Tensor], path: Path
) -> dict[str, Tensor]:
    """Return a network's tensors under its own names, out of what it was a part of in training.

    A training program (Lightning's, for example) keeps the network in an attribute, whose name
    stands before those of its tensors, and other things beside it.

    Args:
        expected: The names of the network's tensors.
        tensors: As `read_state_dict` returns them.
        path: Where they came from, for the error.

    Returns:
        All the tensors if they are named so already, or nothing fits; those of the network alone
        if there is one prefix under which all of them are.

    Raises:
        DerainerError: If there are several such prefixes, and not just one says that it is an
            average (``ema``).
    """
    asked = [name for name in expected if not name.endswith(COUNTERS)]
    if not asked or all(name in tensors for name in asked):
        return _without_foreign_counters(expected, tensors)
    prefixes = [
        key.removesuffix(asked[0])
        for key in tensors
        if key.endswith(f".{asked[0]}")
        and all(key.removesuffix(asked[0]) + name in tensors for name in asked)
    ]
    averages = [prefix for prefix in prefixes if "ema" in prefix.lower()]
    chosen = averages if len(averages) == 1 else prefixes
    if len(chosen) > 1:
        raise DerainerError(
            f"{path}: holds this network several times ({', '.join(chosen)}); save one of them "
            "alone"
        )
    if not chosen:
        return _without_foreign_counters(expected, tensors)
    below = {
        key.removeprefix(chosen[0]): value
        for key, value in tensors.items()
        if key.startswith(chosen[0])
    }
    return _without_foreign_counters(expected, below)


def _without_foreign_counters(
    expected: Collection[str], tensors: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    return {
        key: value
        for key, value in tensors.items()
        if key in expected or key.rpartition(".")[2] not in FOREIGN_COUNTERS
    }


def fit_state_dict(network: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Load tensors into a network, every one of them and nothing else.

    Args:
        network: Receives the tensors.
        tensors: As `read_state_dict` returns them; see `named_as` for what may stand around them.
        path: Where they came from, for the error.

    Raises:
        DerainerError: If a tensor is missing, left over, of another shape, or holds whole numbers
            where others belong (the text shows the first few of each), or if one holds NaN.
    """
    expected = network.state_dict()
    tensors = named_as(expected, tensors, path)
    for key in expected.keys() - tensors.keys():
        if key.endswith(COUNTERS):
            tensors[key] = expected[key]
    missing = [key for key in expected if key not in tensors]
    left_over = [key for key in tensors if key not in expected]
    reshaped = [
        f"{key} {tuple(tensors[key].shape)} for {tuple(expected[key].shape)}"
        for key in expected
        if key in tensors and tensors[key].shape != expected[key].shape
    ]
    retyped = [
        f"{key} {tensors[key].dtype} for {expected[key].dtype}"
        for key in expected
        if key in tensors
        and not key.endswith(COUNTERS)
        and tensors[key].is_floating_point() != expected[key].is_floating_point()
    ]
    causes = [
        f"{len(keys)} {what} ({some_of(keys)})"
        for keys, what in (
            (missing, "missing"),
            (left_over, "unknown"),
            (reshaped, "of another shape"),
            (retyped, "of another type"),
        )
        if keys
    ]
    if causes:
        raise DerainerError(
            f"{path}: weights of another network than {type(network).__name__}: "
            f"tensors {', '.join(causes)}"
        )
    _refuse_not_a_number(network, tensors, path)
    network.load_state_dict(tensors)


def _refuse_not_a_number(network: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    learned = {name for name, _ in network.named_parameters()}
    broken = [
        key
        for key, value in tensors.items()
        if value.is_floating_point()
        # a mask kept as a buffer may be infinite by design
        and bool((~value.isfinite() if key in learned else value.isnan()).any())
    ]
    if broken:
        raise DerainerError(
            f"{path}: {len(broken)} of {len(tensors)} tensors hold NaN or infinite values "
            f"({some_of(broken)}): a training that diverged, or a damaged file; take an "
            "earlier checkpoint"
        )
