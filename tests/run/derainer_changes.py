"""Every built-in derainer with another value for each of its options."""

import functools
import inspect
import io
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from changes import Part, counts, idle
from onnx import TensorProto, helper
from spandrel_stand_in import Gain, standing_in

from baselines.foreign import GivenFacts
from harness.derainer import Derainer
from harness.plugins import registry

SAID = GivenFacts(title="Another", paper="Somebody, 2020", year=2020, parameters=3)
"""What a configuration may say of a method of others."""


def build_derainer(name: str, options: Mapping[str, Any], folder: Path) -> Derainer:
    """Build a derainer; where it needs weights and none are given, with untrained ones that fit."""
    target: Any = registry.load("derainers", name)
    if name == "spandrel":
        with standing_in():
            return target(**options)
    if hasattr(target, "build_network") and "weights" not in options:
        options = {**options, "weights": untrained(name, options, folder / f"{name}.pth")}
    with small_groups():
        return target(**options)


def small_groups() -> Any:
    """Return a context in which MAXIM mixes few pixels, which is where most of its numbers are."""
    return mock.patch.multiple("baselines.maxim.maxim_network", SIDES=(4, 4, 4), SMALLEST_SIDE=4)


def untrained(name: str, options: Mapping[str, Any], path: Path, seed: int = 0) -> Path:
    """Write random weights of a derainer's network with these options."""
    target: Any = registry.load("derainers", name)
    known = inspect.signature(target.build_network).parameters
    path.write_bytes(
        random_weights(name, tuple((key, options[key]) for key in known if key in options), seed)
    )
    return path


@functools.cache
def random_weights(name: str, architecture: tuple[tuple[str, Any], ...], seed: int) -> bytes:
    target: Any = registry.load("derainers", name)
    torch.manual_seed(seed)
    content = io.BytesIO()
    with small_groups():
        torch.save(target.build_network(**dict(architecture)).state_dict(), content)
    return content.getvalue()


def published(name: str, folder: Path) -> Part:
    """One whose network has no options."""
    first = untrained(name, {}, folder / "first.pth")
    second = untrained(name, {}, folder / "second.pth", seed=1)
    moved = Path(shutil.copy(first, folder / "moved.pth"))
    changes = {
        "weights": [counts(second, weights=first), idle(moved, weights=first)],
        "trust": [idle(True)],
    }
    if name == "umrl":
        changes |= {"own_statistics": [counts(True)], "stretch": [counts(True)]}
    return Part({}, changes)


def rdmc(name: str, folder: Path) -> Part:
    """RDMC, small enough for a test."""
    options = {"width": 0.125}
    first = untrained(name, options, folder / "first.pth")
    second = untrained(name, options, folder / "second.pth", seed=1)
    moved = Path(shutil.copy(first, folder / "moved.pth"))
    return Part(
        options,
        {
            "weights": [counts(second, weights=first), idle(moved, weights=first)],
            "trust": [idle(True)],
            "width": [counts(0.25)],
            "recruitment": [counts("static")],
            "norm": [counts("batch-per-pass")],
            "passes": [counts(2)],
            "dilations": [counts((1, 2, 4))],
            "channels": [counts((32, 32, 32, 32, 32))],
            "scales": [counts(2), counts(1), idle("auto")],
            "corrects": [counts("estimate")],
        },
    )


def maxim(folder: Path) -> Part:
    """MAXIM, narrow enough for a test."""
    options = {"features": 4}
    first = untrained("maxim", options, folder / "first.pth")
    second = untrained("maxim", options, folder / "second.pth", seed=1)
    moved = Path(shutil.copy(first, folder / "moved.pth"))
    return Part(
        options,
        {
            "weights": [counts(second, weights=first), idle(moved, weights=first)],
            "trust": [idle(True)],
            "features": [counts(8)],
        },
    )


def folder_of_pictures(folder: Path) -> Part:
    """Finished pictures, whose bytes are all that is looked at here."""
    (folder / "restored").mkdir()
    (folder / "restored" / "1.png").write_bytes(b"one")
    (folder / "other").mkdir()
    (folder / "other" / "1.png").write_bytes(b"other")
    moved = shutil.copytree(folder / "restored", folder / "moved")
    return Part(
        {"root": folder / "restored"},
        {
            "root": [counts(folder / "other"), idle(moved)],
            "pattern": [counts("{id}.png")],
            "cut": [counts(True)],
            "facts": [idle(SAID)],
        },
    )


def command(folder: Path) -> Part:
    """A program that is never started."""
    paths = [folder / "code.py", folder / "changed" / "code.py", folder / "moved" / "code.py"]
    for path, text in zip(paths, ("1", "2", "1"), strict=True):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    code, changed, moved = ([path] for path in paths)
    return Part(
        {"argv": [sys.executable, "{input}", "{output}"]},
        {
            "argv": [counts([sys.executable, "-O", "{input}", "{output}"])],
            "cwd": [counts(folder)],  # relative words of argv mean other files there
            "env": [counts({"STRENGTH": "2"})],
            "inherit_env": [counts(False)],
            "time_limit": [idle(10.0)],
            "images_per_call": [idle(1)],
            "input": [counts("{id}.bmp")],
            "output": [counts("{id}.png")],
            "version": [counts("2")],
            "depends_on": [counts(changed, depends_on=code), idle(moved, depends_on=code)],
            "facts": [idle(SAID)],
        },
    )


def graph(write: Callable[[Path, float], Path], folder: Path) -> Part:
    """A network in a file.

    Args:
        write: Writes one of two outputs that scales by a factor.
        folder: Takes the files.
    """
    (folder / "moved").mkdir()
    first, second = write(folder / "first.graph", 1.0), write(folder / "second.graph", 2.0)
    moved = Path(shutil.copy(first, folder / "moved" / "renamed.graph"))
    return Part(
        {"file": first, "output": 0},
        {
            "file": [counts(second), idle(moved)],
            "size_multiple": [counts(8)],
            "padding": [counts("centred")],
            "channel_order": [counts("BGR")],
            "value_range": [counts((-1.0, 1.0))],
            "mean": [counts((0.5, 0.5, 0.5))],
            "std": [counts((0.5, 0.5, 0.5))],
            "output_range": [counts((-1.0, 1.0))],
            "residual": [counts(True)],
            "output": [counts(1)],
            "input_size": [counts((16, 16))],
            "facts": [idle(SAID)],
        },
    )


def spandrel_file(folder: Path) -> Part:
    """Weights of the network that stands in for those that spandrel knows."""
    first, second, moved = (folder / f"{name}.pth" for name in ("first", "second", "moved"))
    torch.save(Gain(1.0).state_dict(), first)
    torch.save(Gain(2.0).state_dict(), second)
    shutil.copy(first, moved)
    return Part({"file": first}, {"file": [counts(second), idle(moved)], "facts": [idle(SAID)]})


class TwoOutputs(torch.nn.Module):
    """The picture as it is, and scaled."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, rainy: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return rainy * 1, rainy * self.factor


def write_torchscript(path: Path, factor: float) -> Path:
    traced = torch.jit.trace(TwoOutputs(factor), torch.rand(1, 3, 8, 8), check_trace=False)
    torch.jit.save(traced, path)
    return path


def write_onnx(path: Path, factor: float) -> Path:
    shape = ["batch", 3, "height", "width"]
    rainy, same, scaled = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name in ("rainy", "same", "scaled")
    )
    by = helper.make_tensor("by", TensorProto.FLOAT, [1], [factor])
    nodes = [
        helper.make_node("Identity", ["rainy"], ["same"]),
        helper.make_node("Mul", ["rainy", "by"], ["scaled"]),
    ]
    made = helper.make_graph(nodes, "scaling", [rainy], [same, scaled], [by])
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def nothing(folder: Path) -> Part:
    """One without options."""
    return Part({}, {})


def guided_filter(folder: Path) -> Part:
    return Part(
        {},
        {
            "radius": [counts(3)],
            "epsilon": [counts(0.1)],
            "opening": [counts(5)],
            "strength": [counts(0.5)],
        },
    )


def ugsm(folder: Path) -> Part:
    return Part({}, {"along": [counts(1.0)], "sparsity": [counts(0.5)], "iterations": [counts(3)]})


DERAINERS: Mapping[str, Callable[[Path], Part]] = {
    "rainy": nothing,
    "clean": nothing,
    "guided-filter": guided_filter,
    "ugsm": ugsm,
    "folder": folder_of_pictures,
    "command": command,
    "onnx": functools.partial(graph, write_onnx),
    "torchscript": functools.partial(graph, write_torchscript),
    "maxim": maxim,
    "spandrel": spandrel_file,
    **{name: functools.partial(rdmc, name) for name in ("rdmc", "rdmc-s")},
    **{
        name: functools.partial(published, name)
        for name in (
            "ddn",
            "rescan",
            "prn",
            "prn-r",
            "prenet",
            "prenet-r",
            "spanet",
            "umrl",
            "brn",
            "vrgnet",
            "sapnet",
            "dpenet",
        )
    },
}
"""By the registered name: writes what the derainer needs into a folder, and returns it."""

OTHER_FACTS: Mapping[str, tuple[Any, ...]] = {
    "title": ("Another",),
    "paper": ("Somebody, 2020",),
    "year": (1999,),
    "licence": ("another",),
    "trained_on": ("other pictures",),
    "source": ("elsewhere",),
    "size_multiple": (64, 32),
    "padding": ("centred", "end"),
    "channel_order": ("BGR", "RGB"),
    "normalisation": ("another",),
    "authors_quantiser": ("floor", "round"),
    "version": (100,),
}
"""Of the values for each fact, the first is taken that a derainer does not have."""

SAID_OF_OTHERS = {
    "title",
    "paper",
    "year",
    "licence",
    "trained_on",
    "source",
    "authors_quantiser",
}
"""What is merely said of a method whose facts stand in a configuration. The facts of ours change
with its code alone, and all are in its key."""
