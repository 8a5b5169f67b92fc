"""A registry of one network that stands in for the package spandrel, with its interface."""

import types
from collections.abc import Mapping
from typing import Any
from unittest import mock

import torch
from torch import Tensor, nn


class Gain(nn.Module):
    """Scales the picture."""

    def __init__(self, gain: float = 1.0) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.tensor([gain]))

    def forward(self, rainy: Tensor) -> Tensor:
        return rainy * self.gain


class Model:
    """What spandrel says of a network, as its ImageModelDescriptor does."""

    def __init__(self, tensors: Mapping[str, Tensor], **said: Any) -> None:
        self.model = Gain()
        self.model.load_state_dict(dict(tensors))
        self.architecture = types.SimpleNamespace(id="Gain", name="GainNet")
        self.size_requirements = types.SimpleNamespace(minimum=0, multiple_of=8, square=False)
        self.tiling = types.SimpleNamespace(name="SUPPORTED")
        self.supports_half, self.supports_bfloat16 = False, True
        self.purpose, self.scale = "Restoration", 1
        self.input_channels = self.output_channels = 3
        vars(self).update(said)

    def __call__(self, image: Tensor) -> Tensor:
        assert image.shape[0] == 1  # spandrel takes one picture at a time
        assert image.shape[-1] % 8 == image.shape[-2] % 8 == 0
        restored: Tensor = self.model(image)
        return restored.clamp(0, 1)


class Registry:
    """Knows one network, of which it says what it is told to."""

    def __init__(self, **said: Any) -> None:
        self.refusal: Exception = said.pop("refusal", LookupError("no architecture fits"))
        self.said = said

    def __len__(self) -> int:
        return 1

    def copy(self) -> "Registry":
        return self

    def load(self, tensors: Mapping[str, Tensor]) -> Model:
        if tensors.keys() != {"gain"}:
            raise self.refusal
        return Model(tensors, **self.said)


def standing_in(**said: Any) -> Any:
    """Return a context in which the stand-in is what is imported as spandrel."""
    package = types.ModuleType("spandrel")
    package.MAIN_REGISTRY = Registry(**said)  # type: ignore[attr-defined]
    return mock.patch.dict("sys.modules", {"spandrel": package, "spandrel_extra_arches": None})
