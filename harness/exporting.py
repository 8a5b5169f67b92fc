"""A derainer's network as a graph in a file, for programs that have none of this project's code."""

import contextlib
import io
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from harness.config import Entry
from harness.derainer import Derainer, NetworkDerainer
from harness.errors import ConfigError, DerainerError
from harness.plugins.parts import built_part

TOLERANCE = 1e-4
"""Greatest difference between what the graph and the network restore, of levels in [0, 1]."""

OPSET = 17
"""Of ONNX."""

TRACED_SIDES = (64, 96)
"""Height and width in pixels at least, on which a network is traced."""

CHECKED_SIDES = ((96, 64), (560, 576))
"""Sizes that the graph must restore as the network does. What does otherwise on large pictures than
on small ones, as a recursion over scales, shows at the second."""


class Exported(NamedTuple):
    """A file that was written and checked.

    Attributes:
        use: The derainer that reads such files, ``onnx`` or ``torchscript``.
        size_multiple: That it must be given.
        difference: The greatest one, of levels in [0, 1].
    """

    use: str
    size_multiple: int
    difference: float


class _Whole(nn.Module):
    """All that a derainer does to a picture, from RGB in [0, 1] to the same."""

    def __init__(self, derainer: NetworkDerainer) -> None:
        super().__init__()
        self.network = derainer.network
        self._restore = derainer.restore

    def forward(self, rainy: Tensor) -> Tensor:
        return self._restore(rainy)


def export(
    name: str, options: Mapping[str, Any], out: Path, multiple: int | None = None
) -> Exported:
    """Write a derainer's network into a file, and check that our derainer of such files agrees.

    The graph takes (N, 3, H, W) RGB in [0, 1] with sides that are multiples of a number.

    Args:
        name: Registered, of a derainer with a network.
        options: Of the derainer.
        out: Ends in ``.onnx`` for ONNX, in ``.pt`` for TorchScript; replaced if it is there.
        multiple: The number; the derainer's own ``size_multiple`` where None.

    Raises:
        ConfigError: If the name, an option or the extension is wrong.
        DerainerError: If the network cannot be written, or the file does not restore as it does;
            nothing is left of it.
    """
    if out.suffix not in _WRITERS:
        raise ConfigError(f"{out}: name a file that ends in .onnx (ONNX) or .pt (TorchScript)")
    if not out.parent.is_dir():
        raise ConfigError(f"{out.parent}: is no folder; make it, or name another file")
    derainer = built_part(
        "derainers", name, Entry(name=name, use=name, options=dict(options)), Path()
    )
    if not isinstance(derainer, NetworkDerainer):
        raise ConfigError(f"{name}: has no network that could be written into a file")
    derainer.network.eval()
    multiple = multiple or derainer.facts.size_multiple
    use, write = _WRITERS[out.suffix]
    unfinished = out.with_name(f".{out.stem}.unfinished{out.suffix}")
    try:
        with torch.inference_mode(False), torch.no_grad(), _quiet():
            write(_Whole(derainer).eval(), _noise(TRACED_SIDES, multiple), unfinished)
        difference = _compare(derainer, use, unfinished, multiple)
        unfinished.replace(out)
    except (RuntimeError, torch.jit.Error, torch.onnx.errors.OnnxExporterError) as error:
        cause = " ".join(str(error).split())[:300]
        raise DerainerError(f"{name}: cannot be written as {out.suffix[1:]} ({cause})") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return Exported(use, multiple, difference)


def _write_torchscript(network: nn.Module, example: Tensor, file: Path) -> None:
    torch.jit.trace(network, example, check_trace=False).save(str(file))  # type: ignore[no-untyped-call]


def _write_onnx(network: nn.Module, example: Tensor, file: Path) -> None:
    sides = {0: "images", 2: "height", 3: "width"}
    torch.onnx.export(
        network,
        (example,),
        str(file),
        dynamo=False,  # the other way wants a package that nothing else here needs
        opset_version=OPSET,
        input_names=["rainy"],
        output_names=["restored"],
        dynamic_axes={"rainy": sides, "restored": sides},
    )


_WRITERS: Mapping[str, tuple[str, Callable[[nn.Module, Tensor, Path], None]]] = {
    ".onnx": ("onnx", _write_onnx),
    ".pt": ("torchscript", _write_torchscript),
}


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what tracing warns of to itself: the check that follows is what counts."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)


def _noise(sides: tuple[int, int], multiple: int) -> Tensor:
    height, width = (-(-side // multiple) * multiple for side in sides)
    return torch.rand((1, 3, height, width), generator=torch.Generator().manual_seed(height))


def _compare(derainer: NetworkDerainer, use: str, file: Path, multiple: int) -> float:
    """Return how far the file's pictures are from the derainer's.

    Raises:
        DerainerError: If farther than `TOLERANCE`.
    """
    options = {"file": str(file), "size_multiple": multiple}
    read = built_part("derainers", use, Entry(name=use, use=use, options=options), Path())
    assert isinstance(read, Derainer)
    largest = 0.0
    for sides in CHECKED_SIDES:
        rainy = _noise(sides, multiple)
        with torch.inference_mode():
            difference = float((read.restore(rainy) - derainer.restore(rainy)).abs().max())
        if not difference <= TOLERANCE:
            height, width = rainy.shape[-2:]
            raise DerainerError(
                f"the file restores {width}x{height} pixels otherwise than the network (by "
                f"{difference:.2g} of 1): a graph does the same at every size, so fix what depends "
                "on it, as in --options '{scales: 1, passes: 3}' for rdmc-s, or take a larger "
                "--multiple, 32 for two scales"
            )
        largest = max(largest, difference)
    return largest
