"""Every built-in task with another value for each of its options."""

import functools
import shutil
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from changes import NAME, Part, counts, idle

import tasks
from harness.plugins import registry
from harness.task import Task

SHIPPED = Path(tasks.__file__).parent


def build_task(name: str, options: Mapping[str, Any]) -> Task:
    target: Any = registry.load("tasks", name)
    with mock.patch("tasks.pyiqa_metric._pyiqa", lambda: PYIQA):
        return target(**options)


class MeanLevel(torch.nn.Module):
    """Stands in for a network of pyiqa."""

    metric_mode, lower_better = "NR", True

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        return picture.mean()


PYIQA: Any = types.SimpleNamespace(
    __version__="0",
    list_models=lambda metric_mode: ["musiq", "clipiqa"] if metric_mode == "NR" else [],
    create_metric=lambda metric, device: MeanLevel(),
)
"""Stands in for the package."""


def pyiqa(folder: Path) -> Part:
    return Part({}, {**NAME, "metric": [counts("clipiqa")]})


def no_options(folder: Path) -> Part:
    return Part({}, NAME)


def model_task(model: str, folder: Path) -> Part:
    """A task with a model of this project, or with copies of its files.

    Args:
        model: Its name.
        folder: Takes the copies.
    """
    weights = copy_into(folder / "moved", SHIPPED / "weights" / f"{model}.pth")
    config = copy_into(folder / "moved", SHIPPED / "configs" / f"{model}.py")
    given = {"weights": weights}
    return Part(
        {},
        {
            **NAME,
            "model": [
                idle(str(config), **given),
                idle(edited(config, "num_workers=0", "num_workers=1"), **given),
                counts(edited(config, "103.53", "100.0"), **given),
                counts(edited(config, '"car"', '"lorry"'), **given),
            ],
            "weights": [idle(weights), counts(other_weights(weights))],
            "trust": [idle(True)],
            "class_map": [counts({"car": "bus"})],
        },
    )


def detection(folder: Path) -> Part:
    part = model_task("rtmdet_streets", folder)
    changes = {
        "score_threshold": [counts(0.3), idle(0.001)],
        "max_detections": [counts(50)],
        "classes": [counts(["car"]), idle(["car", "bus", "person", "bicycle", "sign"])],
    }
    return Part(part.options, {**part.changes, **changes})


def detection_against(folder: Path) -> Part:
    part = detection(folder)
    changes = {name: part.changes[name] for name in part.changes if name != "class_map"}
    others = {
        "pseudo_score": [counts(0.5), idle(0.3)],
    }
    return Part(part.options, {**changes, **others, "score_threshold": [counts(0.2), idle(0.001)]})


def segmentation_against(folder: Path) -> Part:
    part = model_task("unet_streets", folder)
    return Part(
        part.options, {name: part.changes[name] for name in part.changes if name != "class_map"}
    )


def copy_into(folder: Path, path: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(path, folder))


def edited(config: Path, text: str, replacement: str) -> str:
    """Write a model's config with some text replaced, under the same name elsewhere."""
    before = config.read_text()
    assert text in before
    number = len(list(config.parent.parent.iterdir()))
    path = config.parent.parent / f"edited-{number}" / config.name
    path.parent.mkdir()
    path.write_text(before.replace(text, replacement, 1))
    return str(path)


def other_weights(weights: Path) -> Path:
    """Write the weights with the first tensor doubled."""
    checkpoint = torch.load(weights, weights_only=True)
    tensors = checkpoint.get("state_dict", checkpoint)
    name = next(key for key, tensor in tensors.items() if tensor.is_floating_point())
    tensors[name] = tensors[name] * 2
    path = weights.with_name("other.pth")
    torch.save(checkpoint, path)
    return path


TASKS: Mapping[str, Callable[[Path], Part]] = {
    "restoration": no_options,
    "detection": detection,
    "segmentation": functools.partial(model_task, "unet_streets"),
    "niqe": no_options,
    "pictures": no_options,
    "pyiqa": pyiqa,
    "detection-agreement": detection_against,
    "detection-change": detection_against,
    "segmentation-agreement": segmentation_against,
    "segmentation-change": segmentation_against,
}
"""By the registered name: writes what a task needs into a folder, and returns it."""
