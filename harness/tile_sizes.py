"""The sizes of tiles: what a configuration may ask for, and where tiles lie in an image."""

import math
from typing import Literal, NamedTuple

Tile = Literal["auto", "off"] | int
"""Side of a tile in pixels; ``off``: never any; ``auto``: where memory is short."""

OVERLAP = 256
"""Pixels that neighbouring tiles share. With tiles of 512 pixels RDMC-S restores six photographs as
it does whole but for 79 to 113 dB, two grey levels at the most; PReNet needs a quarter of it."""


def check_tile(value: object) -> Tile:
    """Check the setting ``tile`` of a configuration.

    Args:
        value: As YAML gives it, which reads a bare ``off`` as False.

    Raises:
        ValueError: If it is nothing of what `Tile` allows.
    """
    if value is False or value == "off":
        return "off"
    if value == "auto":
        return "auto"
    if isinstance(value, int) and value > 1:
        return value
    raise ValueError("choose auto, off, or the side of a tile in pixels, as in `tile: 512`")


def smallest_tile(overlap: int) -> int:
    """Return the shortest side of a tile: of its two overlaps nothing may be left out."""
    return max(1, 2 * overlap)


class Tiling(NamedTuple):
    """How images are cut.

    Attributes:
        side: Of a tile, in pixels.
        overlap: Pixels that neighbours share, or a few more.
    """

    side: int
    overlap: int

    def aligned(self, multiple: int) -> "Tiling":
        """Return the next larger one of which both numbers are multiples of ``multiple``."""
        overlap = -(-self.overlap // multiple) * multiple
        side = max(self.side, smallest_tile(overlap))
        return Tiling(-(-side // multiple) * multiple, overlap)

    def spans(self, length: int, multiple: int) -> list[slice]:
        """Return where tiles lie along a side of an image.

        They are spread evenly and begin at multiples of ``multiple``, so that a network pools the
        same pixels together as in the whole image.

        Args:
            length: Of the image's side, a multiple of ``multiple``.
            multiple: The derainer's size multiple.

        >>> Tiling(32, 8).spans(72, 4)
        [slice(0, 32, None), slice(20, 52, None), slice(40, 72, None)]
        """
        side, overlap = self.aligned(multiple)
        if length <= side:
            return [slice(0, length)]
        count = math.ceil((length - overlap) / (side - overlap))
        room = length - side
        starts = [index * room // (count - 1) // multiple * multiple for index in range(count)]
        return [slice(start, start + side) for start in starts]
