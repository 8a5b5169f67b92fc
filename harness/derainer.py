"""The interface of a derainer, and the facts about it that stand in every table."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from harness.device import Device
from harness.digests import digest_json
from harness.errors import DerainerError
from harness.provenance import KnownWeights
from harness.samples import ImageArray, RainSet, Sample
from harness.terms import Bound, Padding, Quantiser
from harness.tiling import Tiler


@dataclass(frozen=True)
class DerainerFacts:
    """What is known of a method, apart from its numbers.

    Attributes:
        title: The name that papers use.
        paper: Authors, venue and year, or "" for a reference row.
        year: Year of publication, or None.
        licence: Licence of the weights in use.
        trained_on: What the weights were trained on, "" where nothing was trained.
        source: Where the weights come from.
        size_multiple: Both sides of the input are padded (by reflection) to a multiple of this.
        padding: Where that is done: at the ``end`` of each side, or ``centred``, half before and
            half after.
        channel_order: Order in which the network was trained; conversion is done here.
        normalisation: How the network's input is made from [0, 1], in words.
        authors_quantiser: How the authors' script turned the output into 8 bits.
        version: Raised whenever the same weights would give other pictures.
    """

    title: str
    paper: str = ""
    year: int | None = None
    licence: str = ""
    trained_on: str = ""
    source: str = ""
    size_multiple: int = 1
    channel_order: Literal["RGB", "BGR"] = "RGB"
    normalisation: str = "none"
    authors_quantiser: Quantiser = "round"
    version: int = 1
    padding: Padding = "end"

    def for_keys(self) -> dict[str, object]:
        """Return the facts as they go into keys.

        Padding at the end is left out: keys were made before there was any other.
        """
        facts = asdict(self)
        if self.padding == "end":
            del facts["padding"]
        return facts


class Derainer(ABC):
    """Takes the rain out of pictures.

    A subclass gives ``facts`` and ``restore``. Its constructor takes the options that may stand
    beside its name in a configuration, as annotated keyword arguments; a ``Path`` is resolved
    against the configuration file.
    """

    facts: DerainerFacts
    bound: ClassVar[Bound | None] = None
    """``lower`` or ``upper`` for the rows that only bound the tables: what deraining starts from
    (the rainy input) and what it could give back at the most (the clean image)."""
    is_computed: ClassVar[bool] = True
    """False where finished pictures are only read: what that costs says nothing of a method."""
    is_reentrant: ClassVar[bool] = False
    """True if several threads may be in ``restore`` at a time, each with a picture or a tile of
    one, which fills a CPU's cores."""
    is_local: ClassVar[bool] = True
    """False if what is far away in a picture changes a pixel (global pooling or attention): such
    a derainer works in tiles only where the configuration asks for them."""
    limits_itself: ClassVar[bool] = False
    """True if a call ends by itself in any case, as one with a time limit of its own: then a run's
    ``call_limit`` does not apply."""
    tells_size_multiple: ClassVar[bool] = False
    """True if only a weight file tells ``facts.size_multiple``; the list of derainers says so."""
    known_weights: ClassVar[KnownWeights] = {}
    """What is known of the weight files of this method; the list of derainers shows it."""
    tiler: Tiler | None = None
    """Cuts large pictures; a run gives each of its derainers one. None: whole at any size."""

    @abstractmethod
    def restore(self, rainy: Tensor) -> Tensor:
        """Remove the rain.

        Args:
            rainy: (N, 3, H, W) float32, RGB in [0, 1], on the derainer's device; H and W are
                multiples of ``facts.size_multiple``.

        Returns:
            The restored images, of the same shape. Values outside [0, 1] are clipped.
        """

    def restore_samples(self, samples: Sequence[Sample], device: Device) -> list[Tensor]:
        """Restore samples that share one image size.

        Overridden by what needs more of a sample than its rainy image.

        Returns:
            For each sample (3, H, W): uint8, or float in [0, 1] to be quantised; on the device or
            on the CPU.

        Raises:
            DerainerError: If the output is no tensor of floats of the input's shape.
        """
        rainy = device.upload([sample.rainy for sample in samples])
        padded, inner = self._padded(rainy)

        def restore(images: Tensor) -> Tensor:
            return checked_output("restore", self.restore(images), images.shape)

        with torch.inference_mode(), device.autocast():
            if self.tiler is None:
                restored = restore(padded)
            else:
                multiple = self.facts.size_multiple
                restored = self.tiler.restore(restore, padded, device, multiple, self.is_local)
        return list(restored[..., *inner].float().clamp(0, 1))

    def _padded(self, rainy: Tensor) -> tuple[Tensor, tuple[slice, slice]]:
        """Pad (N, 3, H, W) as the facts say, and return where the picture lies in the result."""
        padding = self.facts.padding
        padded = pad_to_multiple(rainy, self.facts.size_multiple, padding)
        inner = []
        for length, longer in zip(rainy.shape[-2:], padded.shape[-2:], strict=True):
            before = (longer - length) // 2 if padding == "centred" else 0
            inner.append(slice(before, before + length))
        return padded, (inner[0], inner[1])

    def place(self, device: Device) -> None:  # noqa: B027 - a filter has nothing to move
        """Move what must be moved to the device, once, before the first ``restore``."""

    def refusal(self, rain_set: RainSet) -> str | None:
        """Return why this derainer cannot restore that rain set, or None if it can.

        Such cells are left out and named so.
        """
        return None

    def remarks(self, rain_sets: Sequence[RainSet], device: Device) -> list[str]:
        """Return what the user should know before the run, a line each; a run says it once."""
        return []

    def expect(self, rain_set: RainSet, sample_ids: Sequence[str], logs: Path) -> None:  # noqa: B027
        """Learn what comes next: called before the first image of each rain set.

        Args:
            rain_set: Of which all images are until the next call.
            sample_ids: Those that this process will ask for, about in this order; it may ask for
                fewer where restored images were kept.
            logs: A folder of this derainer, not made yet, for what it leaves for the user.
        """

    def close(self) -> None:  # noqa: B027 - most have nothing to give back
        """Give up a call under way, and what is held: the run is over, or was interrupted."""

    def parameters_count(self) -> int | None:
        """Return the number of learned parameters, None where nobody knows it."""
        return 0

    def options(self) -> dict[str, object]:
        """Return what distinguishes this instance from another of its class (JSON types).

        Weights go in by their digest, never by their path.
        """
        return {}

    def fingerprint(self) -> str:
        """Return a digest of all that determines the restored pixels."""
        cls = type(self)
        return digest_json(
            [f"{cls.__module__}:{cls.__qualname__}", self.facts.for_keys(), self.options()]
        )


class NetworkDerainer(Derainer):
    """A derainer around a torch network that maps (N, 3, H, W) to (N, 3, H, W).

    Attributes:
        network: The network, in evaluation mode; once placed, what `for_inference` made of it.
        weights_digest: SHA-256 of the weight file, "" for an untrained network.
    """

    network: nn.Module
    weights_digest: str = ""
    _parameters_count: int | None = None  # counted when placed
    is_reentrant: ClassVar[bool] = True  # a network in evaluation mode keeps no state

    def restore(self, rainy: Tensor) -> Tensor:
        """Run the network; see `Derainer.restore`."""
        if self.facts.channel_order == "BGR":
            rainy = rainy.flip(1)
        restored: Tensor = self.network(rainy)
        return restored.flip(1) if self.facts.channel_order == "BGR" else restored

    def for_inference(self) -> nn.Module:
        """Return what computes the same as the network in evaluation, but faster.

        By default the network itself; overridden where, for example, batch norms can be folded.
        """
        return self.network

    def place(self, device: Device) -> None:
        """Move the network to the device, in evaluation mode and the device's fastest layout."""
        self._parameters_count = self.parameters_count()
        self.network.eval()
        self.network = device.place_module(self.for_inference())

    def parameters_count(self) -> int:
        """Return the number of learned parameters of the network, as it was before `place`."""
        if self._parameters_count is not None:
            return self._parameters_count
        return sum(parameter.numel() for parameter in self.network.parameters())

    def options(self) -> dict[str, object]:
        """Return the digest of the weights."""
        return {"weights": self.weights_digest}


def checked_output(source: str, restored: object, shape: Sequence[int]) -> Tensor:
    """Return what was restored if it is a tensor of floats of the expected shape.

    Args:
        source: What returned it, for the error.
        restored: What was returned.
        shape: That it must have.

    Raises:
        DerainerError: If it is anything else.
    """
    if not isinstance(restored, Tensor):
        raise DerainerError(
            f"{source} returned {type(restored).__name__}: it must return a tensor of shape "
            f"{tuple(shape)}"
        )
    if restored.shape != torch.Size(shape):
        raise DerainerError(
            f"{source} returned shape {tuple(restored.shape)}: it must return {tuple(shape)}"
        )
    if not restored.is_floating_point():
        raise DerainerError(f"{source} returned {restored.dtype}: it must return floats in [0, 1]")
    return restored


def pad_to_multiple(images: Tensor, multiple: int, padding: Padding = "end") -> Tensor:
    """Pad by reflection until both sides are multiples of ``multiple``.

    Reflection repeats where the padding exceeds the image, so every size can be padded.

    Args:
        images: (N, C, H, W).
        multiple: At least 1.
        padding: Where pixels are added. If half of them is no whole number, one more comes after
            the picture than before it.

    >>> pad_to_multiple(torch.zeros(1, 3, 5, 8), 4).shape
    torch.Size([1, 3, 8, 8])
    >>> pad_to_multiple(torch.arange(5.0).expand(1, 1, 4, 5), 4, "centred")[0, 0, 0].tolist()
    [1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 3.0, 2.0]
    """
    height, width = images.shape[-2:]
    rows, columns = -height % multiple, -width % multiple
    if padding == "end":
        return pad_to(images, height + rows, width + columns)
    after = pad_to(images, height + rows - rows // 2, width + columns - columns // 2)
    return pad_to(after.flip(2, 3), height + rows, width + columns).flip(2, 3)


def pad_to(images: Tensor, height: int, width: int) -> Tensor:
    """Pad the right and bottom of (N, C, H, W) by reflection to a size that is no smaller."""
    missing_rows, missing_columns = height - images.shape[-2], width - images.shape[-1]
    while missing_rows or missing_columns:
        height, width = images.shape[-2:]
        rows, columns = min(missing_rows, height - 1), min(missing_columns, width - 1)
        mode = "reflect"
        if (missing_rows and rows == 0) or (missing_columns and columns == 0):
            rows, columns, mode = missing_rows, missing_columns, "replicate"
        images = F.pad(images, (0, columns, 0, rows), mode=mode)
        missing_rows, missing_columns = missing_rows - rows, missing_columns - columns
    return images


def quantise(restored: Tensor, quantiser: Quantiser) -> ImageArray:
    """Turn a restored image into 8 bits, as a saved picture would hold it.

    Args:
        restored: (3, H, W), uint8 (returned as it is) or float in [0, 1].
        quantiser: ``round`` to the nearest level, or ``floor`` as many authors' scripts do.

    Returns:
        (H, W, 3) uint8, in memory of its own.

    >>> quantise(torch.full((3, 1, 1), 0.999), "floor").ravel().tolist()
    [254, 254, 254]
    >>> quantise(torch.full((3, 1, 1), 0.999), "round").ravel().tolist()
    [255, 255, 255]
    """
    return np.array(levels(restored, quantiser).cpu().numpy(), order="C")


def levels(restored: Tensor, quantiser: Quantiser) -> Tensor:
    """Return (3, H, W) restored, see `quantise`, as (H, W, 3) uint8 on its device."""
    if restored.dtype != torch.uint8:
        exact = restored.float().clamp(0, 1) * 255
        restored = (exact.round() if quantiser == "round" else exact.floor()).to(torch.uint8)
    return restored.permute(1, 2, 0)
