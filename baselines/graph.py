"""Networks that come as a graph in a file: how pictures go in, and how they come out."""

from abc import abstractmethod
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

import torch
from torch import Tensor

from baselines.foreign import ForeignDerainer, GivenFacts
from harness.derainer import pad_to
from harness.device import Device
from harness.digests import digest_file
from harness.errors import ConfigError, DerainerError
from harness.terms import Padding
from harness.tile_sizes import OVERLAP
from harness.tiling import Restore, Tiler
from harness.weight_file_kinds import placeholder_of

Triple = tuple[float, float, float]


class Size(NamedTuple):
    """Of a picture, in pixels."""

    height: int
    width: int

    def __str__(self) -> str:
        """Width first, as people say it."""
        return f"{self.width}x{self.height}"


class Levels(NamedTuple):
    """How the levels of a picture, in [0, 1], are told to a network.

    Attributes:
        lowest: What stands for black.
        highest: What stands for white.
        mean: Subtracted from each channel, in the network's order, after that.
        std: By which each channel is divided at last.
    """

    lowest: float
    highest: float
    mean: Triple = (0.0, 0.0, 0.0)
    std: Triple = (1.0, 1.0, 1.0)

    def encode(self, images: Tensor) -> Tensor:
        """Turn (N, 3, H, W) in [0, 1] into what a network takes."""
        levels = images * (self.highest - self.lowest) + self.lowest
        return (levels - _channels(self.mean, images)) / _channels(self.std, images)

    def decode(self, images: Tensor) -> Tensor:
        """Turn (N, 3, H, W) back into [0, 1]."""
        levels = images * _channels(self.std, images) + _channels(self.mean, images)
        return (levels - self.lowest) / (self.highest - self.lowest)

    def decode_difference(self, images: Tensor) -> Tensor:
        """Turn a difference of two encoded pictures into the difference of the pictures."""
        return images * _channels(self.std, images) / (self.highest - self.lowest)

    def in_words(self) -> str:
        """Say what a network gets, as `DerainerFacts.normalisation` does."""
        plain = self.mean == (0, 0, 0) and self.std == (1, 1, 1)
        if plain and (self.lowest, self.highest) == (0, 1):
            return "none"
        words = f"levels from {self.lowest:g} to {self.highest:g}"
        if plain:
            return words
        mean, std = (", ".join(f"{value:g}" for value in triple) for triple in self[2:])
        return f"{words}, minus ({mean}), divided by ({std})"


class GraphDerainer(ForeignDerainer):
    """A file that maps (N, 3, H, W) to (N, 3, H, W).

    Where the graph takes one size of picture alone, smaller ones are padded by reflection and
    larger ones cut into overlapping tiles of that size, which the rows note.

    Args:
        file: The graph.
        size_multiple: Both sides of a picture are padded to a multiple of this.
        channel_order: In which the network was trained.
        value_range: What stands for black and white in the network's input.
        mean: Subtracted from each channel of that, in the network's order.
        std: By which each channel is divided then.
        output_range: What stands for black and white in the output; by default the output is
            encoded as the input is.
        residual: The output is what must be subtracted from the input.
        output: Which output holds the picture, where there are several: its position from 0, or
            its name.
        input_size: Height and width that the graph takes; read from the file where it says so.
        facts: What the tables say of the method; by default it is called as the file is.
        padding: Where a picture is padded: at the ``end`` of each side, or ``centred``, half on
            each side.

    Raises:
        ConfigError: If an option is wrong.
        DerainerError: If the file holds no graph that can be used; the text says what it holds.
    """

    is_reentrant: ClassVar[bool] = True

    def __init__(
        self,
        file: Path,
        size_multiple: int = 1,
        channel_order: Literal["RGB", "BGR"] = "RGB",
        value_range: tuple[float, float] = (0.0, 1.0),
        mean: Triple = (0.0, 0.0, 0.0),
        std: Triple = (1.0, 1.0, 1.0),
        output_range: tuple[float, float] | None = None,
        residual: bool = False,
        output: int | str | None = None,
        input_size: tuple[int, int] | None = None,
        facts: GivenFacts | None = None,
        padding: Padding = "end",
    ) -> None:
        _check(size_multiple, value_range, std, output_range, input_size)
        if not file.is_file():
            raise DerainerError(f"{file}: is no file")
        placeholder = placeholder_of(file)
        if placeholder:
            raise DerainerError(f"{file}: {placeholder}")
        self.file, self.output, self.residual = file, output, residual
        self.given_levels = Levels(*value_range, mean, std)
        self.made_levels = self.given_levels if output_range is None else Levels(*output_range)
        self.input_size = None if input_size is None else Size(*input_size)
        self.weights_digest = digest_file(file)
        self.open()
        self.know(
            facts,
            file.stem,
            size_multiple=1 if self.input_size else size_multiple,
            padding="end" if self.input_size else padding,
            channel_order=channel_order,
            normalisation=self.given_levels.in_words(),
        )

    @abstractmethod
    def open(self) -> None:
        """Read the graph, and ``input_size`` where the file states it.

        Raises:
            DerainerError: If the file holds no graph that can be used.
        """

    @abstractmethod
    def compute(self, images: Tensor) -> Tensor:
        """Return the graph's output for (N, 3, H, W), whatever its shape.

        Raises:
            DerainerError: If the graph fails, or has no such output.
        """

    def place(self, device: Device) -> None:
        """Prepare for tiles where the graph takes one size alone; see `Derainer.place`."""
        if self.input_size is not None and (self.tiler is None or self.tiler.tile != "off"):
            self.tiler = FixedSizeTiler(self.input_size)

    def restore(self, rainy: Tensor) -> Tensor:
        """Run the graph; see `Derainer.restore`.

        Raises:
            DerainerError: If the graph fails, gives another shape, or takes only smaller sizes.
        """
        swaps = self.facts.channel_order == "BGR"
        images = rainy.flip(1) if swaps else rainy
        made = self._compute_at_its_size(self.given_levels.encode(images.float()))
        if self.residual:
            restored = images - self.made_levels.decode_difference(made)
        else:
            restored = self.made_levels.decode(made)
        return restored.flip(1) if swaps else restored

    def _compute_at_its_size(self, images: Tensor) -> Tensor:
        if self.input_size is None:
            return self._compute_and_check(images)
        size = Size(*images.shape[-2:])
        if not self.input_size.height >= size.height or not self.input_size.width >= size.width:
            raise DerainerError(
                f"{self.file.name} takes pictures of {self.input_size} alone and this one is "
                f"{size}: without `tile: off` it would be cut into tiles"
            )
        made = self._compute_and_check(pad_to(images, *self.input_size))
        return made[..., : size.height, : size.width]

    def _compute_and_check(self, images: Tensor) -> Tensor:
        made = self.compute(images)
        if made.shape != images.shape:
            raise DerainerError(
                f"{self.file.name} gave shape {tuple(made.shape)} for an input of shape "
                f"{tuple(images.shape)}: both must be equal; `output` names another output, "
                "`size_multiple` pads the input"
            )
        return made.float()

    def options(self) -> dict[str, object]:
        """Return the digest of the file, and how pictures go in and come out."""
        return {
            "file": self.weights_digest,
            "given": list(self.given_levels),
            "made": list(self.made_levels),
            "residual": self.residual,
            "output": self.output,
            "input_size": self.input_size,
        }


class FixedSizeTiler(Tiler):
    """Cuts what is larger than the one size that a graph takes, and nothing else.

    Args:
        size: That the graph takes; a tile is as long as its shorter side.
    """

    def __init__(self, size: Size) -> None:
        super().__init__(min(size), min(OVERLAP, min(size) // 2))
        self.size = size

    def restore(
        self,
        restore: Restore,
        images: Tensor,
        device: Device,
        multiple: int = 1,
        is_local: bool = True,
    ) -> Tensor:
        """Restore images; see `Tiler.restore`."""
        height, width = images.shape[-2:]
        if height <= self.size.height and width <= self.size.width:
            self._here.tiling = None
            return restore(images)
        return super().restore(restore, images, device, multiple, is_local)


def _channels(triple: Triple, like: Tensor) -> Tensor:
    return torch.tensor(triple, dtype=torch.float32, device=like.device).reshape(1, 3, 1, 1)


def _check(
    size_multiple: int,
    value_range: tuple[float, float],
    std: Triple,
    output_range: tuple[float, float] | None,
    input_size: tuple[int, int] | None,
) -> None:
    if size_multiple < 1:
        raise ConfigError(f"size_multiple: must be at least 1 (got {size_multiple})")
    for name, levels in (("value_range", value_range), ("output_range", output_range)):
        if levels is not None and levels[0] >= levels[1]:
            raise ConfigError(f"{name}: black must be below white, as in [-1, 1] (got {levels})")
    if min(std) <= 0:
        raise ConfigError(f"std: must be above 0 for each channel (got {std})")
    if input_size is not None and min(input_size) < 2:
        raise ConfigError(f"input_size: must be height and width in pixels (got {input_size})")
