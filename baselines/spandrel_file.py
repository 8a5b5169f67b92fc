"""A published weight file whose network the package spandrel knows, told by the file itself.

spandrel (github.com/chaiNNer-org/spandrel, MIT) holds the code of many restoration networks:
NAFNet, Uformer, KBNet, SwinIR and others, with spandrel_extra_arches also Restormer, MPRNet,
MIRNetv2 and M3SNet. Of neither package is any code here.
"""

import importlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from baselines.foreign import ForeignDerainer, GivenFacts
from harness.derainer import DerainerFacts
from harness.device import Device
from harness.digests import digest_file
from harness.errors import ConfigError, DerainerError
from harness.foreign_code import cause_of, outcome
from harness.samples import RainSet
from harness.weights import read_state_dict

EXTRA = "spandrel_extra_arches"
"""The package of the networks whose licences are restrictive."""

LICENCES = {
    "Restormer": "Academic Public License, non-commercial",
    "MPRNet": "Academic Public License, non-commercial",
    "MIRNet2": "Academic Public License, non-commercial",
}
"""Of the code and weights of some networks, as their authors' repositories state them."""

RESTRICTIVE = f"restrictive, see its authors ({EXTRA})"
PERMISSIVE = "permissive code (spandrel: MIT, Apache-2.0 or public domain)"


class SpandrelDerainer(ForeignDerainer):
    """Runs a network that spandrel tells by its weight file.

    The file is read as any other here: tensors alone, nothing in it is run. The size multiple, and
    whether the picture may be cut into tiles, are what spandrel says of the network.

    Args:
        file: The weights, as ``torch.save`` or safetensors wrote them.
        facts: What the tables say of the method; by default it is called as the network is.

    Raises:
        ConfigError: If spandrel cannot be imported.
        DerainerError: If the file is damaged, of no known network, or of one that does not map a
            picture to one of the same size.
    """

    facts = DerainerFacts(
        title="file of a network that spandrel knows",
        licence="of the network that the file holds: Restormer's, MPRNet's and others' are for "
        "non-commercial use",
        source="the file tells the network, and so the size multiple: 8 for Restormer and MPRNet, "
        "16 for M3SNet, 128 for Uformer",
    )
    is_reentrant: ClassVar[bool] = True
    tells_size_multiple: ClassVar[bool] = True

    def __init__(self, file: Path, facts: GivenFacts | None = None) -> None:
        registry, extra = _known_networks()
        self.model = _told(registry, file, has_extra=bool(extra))
        architecture = self.model.architecture
        self.weights_digest = digest_file(file)
        needed = self.model.size_requirements
        self.know(facts, str(architecture.name), size_multiple=int(needed.multiple_of))
        of_code = LICENCES.get(architecture.id) or (
            RESTRICTIVE if architecture.id in extra else PERMISSIVE
        )
        licence = f"{of_code}; weights: {self.given.licence}"
        self.facts = replace(self.facts, licence=licence)
        self.is_local = self.model.tiling.name == "SUPPORTED"  # type: ignore[misc]

    def remarks(self, rain_sets: Sequence[RainSet], device: Device) -> list[str]:
        """Say where spandrel knows that a precision does not work; see `Derainer.remarks`."""
        works = {"float16": self.model.supports_half, "bfloat16": self.model.supports_bfloat16}
        if works.get(device.precision, True):
            return []
        return [
            f"{self.facts.title} does not work in {device.precision}, as spandrel says; "
            "`precision: float32` does"
        ]

    def place(self, device: Device) -> None:
        """Move the network to the device; see `Derainer.place`."""
        self.model.model.to(device.torch_device).eval()

    def restore(self, rainy: Tensor) -> Tensor:
        """Run the network, picture by picture, as spandrel asks; see `Derainer.restore`."""
        restored = [self.model(image[None].contiguous()).float() for image in rainy]
        return torch.cat(restored)

    def parameters_count(self) -> int | None:
        """Return the number that the configuration gives, or else what the network has."""
        if self.given.parameters is not None:
            return self.given.parameters
        network: torch.nn.Module = self.model.model
        return sum(one.numel() for one in network.parameters())

    def options(self) -> dict[str, object]:
        """Return the digest of the file, and the network that it is taken for."""
        return {"file": self.weights_digest, "network": str(self.model.architecture.id)}


def _known_networks() -> tuple[Any, frozenset[str]]:
    """Return the networks that are known, and the names of those of `EXTRA`, if it is installed."""
    spandrel, error = outcome(lambda: importlib.import_module("spandrel"))
    if error is not None:  # without a torchvision that fits, operators of its are not found
        raise ConfigError(
            f"`use: spandrel` cannot import spandrel ({cause_of(error)}): pip install "
            f"'rdmc-bench[spandrel]', with the torchvision that is built for torch "
            f"{torch.__version__}"
        ) from error
    registry: Any = spandrel.MAIN_REGISTRY.copy()  # type: ignore[union-attr]
    more, _ = outcome(lambda: importlib.import_module(EXTRA))
    if more is None:
        return registry, frozenset()
    registry.add(*more.EXTRA_REGISTRY)
    return registry, frozenset(str(one.architecture.id) for one in more.EXTRA_REGISTRY)


def _told(registry: Any, file: Path, has_extra: bool) -> Any:
    """Return the network that a file holds, with what spandrel says of it."""
    tensors = read_state_dict(file)
    loaded, error = outcome(lambda: registry.load(tensors))
    if error is not None:
        more = "" if has_extra else f"; Restormer, MPRNet and M3SNet need the package {EXTRA}"
        cause = f" ({cause_of(error)})" if error.args else ""
        raise DerainerError(
            f"{file}: of none of the {len(registry)} networks that spandrel knows here{cause}{more}"
        ) from error
    model: Any = loaded
    name = model.architecture.name
    channels = (getattr(model, "input_channels", 0), getattr(model, "output_channels", 0))
    if model.scale != 1 or channels != (3, 3) or model.purpose != "Restoration":
        raise DerainerError(
            f"{file}: holds {name} for {model.purpose}, scale {model.scale}, {channels[0]} to "
            f"{channels[1]} channels; a derainer maps a colour picture to one of its own size"
        )
    return model
