"""A network in a TorchScript file, which needs none of its authors' code."""

import warnings
from pathlib import Path

import torch
from torch import Tensor

from baselines.graph import GraphDerainer
from harness.derainer import DerainerFacts
from harness.device import Device
from harness.errors import DerainerError
from harness.memory import is_out_of_memory


class TorchScriptDerainer(GraphDerainer):
    """Runs what ``torch.jit.save`` wrote; arguments as `GraphDerainer` has them.

    A TorchScript file is a program: use those only whose authors you trust. ``input_size`` must
    be given where the network was traced in such a way that it takes one size alone.
    """

    facts = DerainerFacts(title="TorchScript file")

    def open(self) -> None:
        """Read the graph; see `GraphDerainer.open`."""
        self.network = _load(self.file)

    def place(self, device: Device) -> None:
        """Move the network to the device; see `Derainer.place`."""
        super().place(device)
        self.network.to(device.torch_device)

    def compute(self, images: Tensor) -> Tensor:
        """Run the network; see `GraphDerainer.compute`."""
        try:
            # Unprofiled: or else the first two calls would compute in another way than later ones.
            with torch.jit.optimized_execution(False):  # type: ignore[attr-defined]
                made: object = self.network(images)
        except (RuntimeError, torch.jit.Error) as error:
            if is_out_of_memory(error) or "out of memory" in str(error):
                raise torch.OutOfMemoryError(_last_line(error)) from error
            raise DerainerError(
                f"{self.file.name} failed on an input of shape {tuple(images.shape)} "
                f"({_last_line(error)})"
            ) from error
        return self._choose(made)

    def parameters_count(self) -> int | None:
        """Return the number that the configuration gives, or else what the file holds."""
        if self.given.parameters is not None:
            return self.given.parameters
        return sum(parameter.numel() for parameter in self.network.parameters())

    def _choose(self, made: object) -> Tensor:
        """Return the output that holds the picture."""
        if isinstance(made, Tensor) and self.output is None:
            return made
        if isinstance(made, tuple | list) and isinstance(self.output, int):
            chosen = made[self.output] if -len(made) <= self.output < len(made) else None
        else:
            chosen = made.get(self.output) if isinstance(made, dict) else None
        if isinstance(chosen, Tensor):
            return chosen
        asked = "`output` is not set" if self.output is None else f"`output` is {self.output!r}"
        raise DerainerError(f"{self.file.name} returned {_describe(made)}, and {asked}")


def _load(file: Path) -> torch.jit.ScriptModule:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the format stays with us
            network: torch.jit.ScriptModule = torch.jit.load(file, map_location="cpu")  # type: ignore[no-untyped-call]
    except (RuntimeError, ValueError, OSError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DerainerError(
            f"{file}: no TorchScript that torch can load ({reason[:200]}); it must be written by "
            "torch.jit.save, for weights alone are not enough"
        ) from error
    network.eval()
    return network


def _describe(made: object) -> str:
    if isinstance(made, Tensor):
        return "one tensor"
    if isinstance(made, dict):
        return f"a dict of {', '.join(map(repr, made))}"
    if isinstance(made, tuple | list):
        kinds = ", ".join(type(one).__name__ for one in made)
        return f"{len(made)} outputs, 0 to {len(made) - 1} ({kinds})"
    return f"a {type(made).__name__}"


def _last_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[-1].strip()[:200] if lines else type(error).__name__
