"""The names of a model's classes: what the config says, what the weights were trained with."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from torch import nn

from harness.errors import ConfigError, TaskError
from harness.wording import some_and_more
from tasks.mm_configs import Package, registry

HEADS = ("bbox_head", "decode_head")
"""Modules that predict a class; a proposal network's head and an auxiliary one are none."""


class Classes(NamedTuple):
    """Names of the classes that a model predicts, by index.

    Attributes:
        names: One for each output.
        remark: What a user should know of where they come from, "" for nothing.
    """

    names: tuple[str, ...]
    remark: str = ""


class _Configured(NamedTuple):
    """Names that a config gives; ``stated`` where it says so itself, not its kind of data set."""

    names: tuple[str, ...]
    stated: bool


def settled_classes(
    config: Any, path: Path, package: Package, network: nn.Module, meta: Mapping[str, Any]
) -> Classes:
    """Return the names of a model's classes once config, network and weights agree on them.

    Names that stand in the config must fit the number of outputs, and the names in the weights
    if there are such for every output; case, hyphens and underscores do not count. Names that
    come from the kind of the config's data set alone (COCO's 80) give way to those in the weights.

    Args:
        config: As ``mm_configs.load_config`` returns it.
        path: Of the config, for errors and for names in a text file beside it.
        package: Which framework the model belongs to.
        network: Built.
        meta: Of its weights; see `harness.checkpoints.Checkpoint`.

    Raises:
        ConfigError: If nobody names any class, or the file that should is not there.
        TaskError: If they do not agree; the text shows both.
    """
    configured, trained = _configured(config, path, package), trained_classes(meta)
    outputs = outputs_of(network)
    if not configured.names and not trained:
        raise ConfigError(
            f"{path}: names no classes; give test_dataloader.dataset.metainfo.classes"
        )
    if outputs is not None and len(trained) != outputs:
        trained = ()  # of another network than this one
    twice = [name for name, count in Counter(configured.names).items() if count > 1]
    if configured.stated and twice:
        raise TaskError(
            f"{path}: names {some_and_more(twice)} twice among its classes, so that two outputs "
            "would count as one class; correct test_dataloader.dataset.metainfo.classes"
        )
    if _same(configured.names, trained):
        return Classes(configured.names)
    if trained and not configured.stated:
        of = f"the {len(trained)} of its weights, not the {len(configured.names)} of its config"
        return Classes(trained, f"its class names are {of}: {some_and_more(trained)}")
    if outputs is not None and len(configured.names) != outputs:
        beside = f"; its weights name {some_and_more(trained)}" if trained else ""
        raise TaskError(
            f"{path}: the network has {_count(outputs, 'output')}, its config "
            f"{_count(len(configured.names), 'class name')} "
            f"({some_and_more(configured.names)}){beside}; give one name for each output in "
            "test_dataloader.dataset.metainfo.classes"
        )
    if trained:
        raise TaskError(f"{path}: {_contradiction(configured.names, trained)}")
    return Classes(configured.names)


def outputs_of(network: nn.Module) -> int | None:
    """Return how many classes a network predicts, None where its heads do not say."""
    own = getattr(network, "num_classes", None)
    if isinstance(own, int):
        return own
    found = set()
    for name, module in network.named_modules():
        parts = [part for part in name.split(".") if not part.isdigit()]
        if parts and parts[-1] in HEADS and isinstance(getattr(module, "num_classes", None), int):
            found.add(int(module.num_classes))
    return found.pop() if len(found) == 1 else None


def trained_classes(meta: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names that a checkpoint of mmengine or its predecessors carries, () for none."""
    dataset = meta.get("dataset_meta")
    for holder in (dataset, meta):
        for key in ("classes", "CLASSES"):
            names = holder.get(key) if isinstance(holder, Mapping) else None
            if isinstance(names, str):
                return (names,)
            if isinstance(names, list | tuple) and names:
                return tuple(map(str, names))
    return ()


def _configured(config: Any, path: Path, package: Package) -> _Configured:
    dataset = config.test_dataloader.dataset
    while "metainfo" not in dataset and ("dataset" in dataset or "datasets" in dataset):
        dataset = dataset["dataset"] if "dataset" in dataset else dataset["datasets"][0]
    names = (dataset.get("metainfo") or {}).get("classes")
    if isinstance(names, str):
        return _Configured(_names_in_text(names, path), stated=True)
    if names:
        return _Configured(tuple(map(str, names)), stated=True)
    kind = dataset["type"]
    dataset_class = registry(package, "DATASETS").get(kind) if isinstance(kind, str) else kind
    names = getattr(dataset_class, "METAINFO", {}).get("classes") or ()
    return _Configured((names,) if isinstance(names, str) else tuple(names), stated=False)


def _names_in_text(text: str, path: Path) -> tuple[str, ...]:
    """Return the names in a file, one a line, that stands beside the config; or one name itself."""
    for file in (path.parent / text, Path(text)):
        if file.is_file():
            lines = file.read_text(encoding="utf-8-sig").splitlines()
            return tuple(line.strip() for line in lines if line.strip())
    if Path(text).suffix.lower() in {".txt", ".names", ".csv"} or "/" in text:
        raise ConfigError(
            f"{path}: no file {text} with the names of its classes, beside it or in this folder"
        )
    return (text,)


def _same(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    return [_plain(name) for name in some] == [_plain(name) for name in others]


def _plain(name: str) -> str:
    return name.casefold().replace("_", " ").replace("-", " ").strip()


def _contradiction(configured: tuple[str, ...], trained: tuple[str, ...]) -> str:
    if len(configured) != len(trained):
        return (
            f"its config has {_count(len(configured), 'class name')} "
            f"({some_and_more(configured)}), its weights {len(trained)} "
            f"({some_and_more(trained)}); give the same in both"
        )
    pairs = list(zip(configured, trained, strict=True))
    apart = [
        f"{index} is {one!r} in the config and {other!r} in the weights"
        for index, (one, other) in enumerate(pairs)
        if _plain(one) != _plain(other)
    ]
    return (
        f"its class names contradict those that its weights were trained with: class "
        f"{some_and_more(tuple(apart), 3)}; correct test_dataloader.dataset.metainfo.classes"
    )


def _count(number: int, noun: str) -> str:
    ending = "es" if noun.endswith("s") else "s"
    return f"{number} {noun}{ending * (number != 1)}"
