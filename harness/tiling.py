"""Restoring large images in overlapping tiles, joined so that no seam can be seen.

A network sees less context at the edge of a tile than within the image, so its output there is
another. Neighbouring tiles therefore overlap; of the overlap each gives up the part next to its
own edge (`GIVEN_UP`), and in between one tile passes into the other linearly.
"""

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from typing import NamedTuple

import torch
from torch import Tensor

from harness.device import Device
from harness.foreign_code import ForeignError, attempt
from harness.memory import is_out_of_memory
from harness.peak_memory import peak_bytes
from harness.tile_queue import Share, in_turn
from harness.tile_sizes import OVERLAP, Tile, Tiling

GIVEN_UP = 3 / 8
"""Share of an overlap. With PReNet, giving up nothing leaves differences of two grey levels, and
giving up half, so that tiles meet at an edge, larger ones than this."""

GENEROUS_BYTES_PER_PIXEL = 16 * 1024
"""No derainer that we know takes as much. Where even this fits, nothing is measured."""

PROBE_SIDE = 128
"""Side of the crop on which a derainer's memory is measured, in pixels."""

Restore = Callable[[Tensor], Tensor]
"""Maps (N, 3, H, W) to the same shape."""


def restore_in_tiles(
    restore: Restore, images: Tensor, tiling: Tiling, multiple: int, share: Share = in_turn
) -> Tensor:
    """Restore images tile by tile.

    Args:
        restore: What restores a tile.
        images: (N, 3, H, W), both sides multiples of ``multiple``.
        tiling: How to cut.
        multiple: The derainer's size multiple.
        share: Has the tiles restored. Whoever does it, they are the same and joined in one order.

    Returns:
        (N, 3, H, W) float32.
    """
    height, width = images.shape[-2:]
    rows, columns = tiling.spans(height, multiple), tiling.spans(width, multiple)
    places = [(row, column) for row in rows for column in columns]

    def tile(number: int) -> Tensor:
        row, column = places[number]
        part = images[..., row, column].contiguous(memory_format=torch.channels_last)
        return restore(part).float()

    with closing(share(tile, len(places))) as tiles:
        strips = [join(list(islice(tiles, len(columns))), columns, dim=3) for _ in rows]
    return join(strips, rows, dim=2)


def join(parts: Sequence[Tensor], spans: Sequence[slice], dim: int) -> Tensor:
    """Join (N, C, H, W) parts that overlap along one dimension.

    Args:
        parts: In their order.
        spans: Where each lies in the whole.
        dim: 2 for parts above each other, 3 for parts side by side.
    """
    shape = list(parts[0].shape)
    shape[dim] = spans[-1].stop
    joined = parts[0].new_empty(shape)
    joined.narrow(dim, 0, spans[0].stop).copy_(parts[0])
    for part, before, here in zip(parts[1:], spans, spans[1:], strict=False):
        shared = before.stop - here.start
        given_up = int(shared * GIVEN_UP)
        passage = shared - 2 * given_up
        share = (torch.arange(passage, device=part.device) + 0.5) / passage
        share = share.reshape([-1 if axis == dim else 1 for axis in range(part.ndim)])
        start = here.start + given_up
        joined.narrow(dim, start, passage).lerp_(part.narrow(dim, given_up, passage), share)
        rest = here.stop - start - passage
        joined.narrow(dim, start + passage, rest).copy_(part.narrow(dim, given_up + passage, rest))
    return joined


class Tiler:
    """Restores the images of one derainer: whole where memory suffices, else in tiles.

    How much memory a pixel takes is measured once, on a small crop. Where that was too hopeful
    and memory runs out all the same, the tiles are halved until they fit. Several threads may use
    it at a time.

    Args:
        tile: See `Tile`.
        overlap: Pixels that neighbouring tiles share.
    """

    def __init__(self, tile: Tile = "auto", overlap: int = OVERLAP) -> None:
        self.tile, self.overlap = tile, overlap
        self._most_pixels: float | None = None  # that fit at a time; None: not known yet
        self._guard = threading.Lock()
        self._here = threading.local()

    @property
    def tiling(self) -> Tiling | None:
        """How this thread's last images were cut; None if they were restored whole."""
        tiling: Tiling | None = getattr(self._here, "tiling", None)
        return tiling

    @contextmanager
    def sharing(self, share: Share) -> Iterator[None]:
        """Have the tiles of what this thread restores shared for the length of a block."""
        self._here.share = share
        try:
            yield
        finally:
            del self._here.share

    def note(self, tiling: Tiling | None) -> None:
        """Take over how this thread's last images were cut by the tiler of another process."""
        self._here.tiling = tiling

    def restore(
        self,
        restore: Restore,
        images: Tensor,
        device: Device,
        multiple: int = 1,
        is_local: bool = True,
    ) -> Tensor:
        """Restore images.

        Args:
            restore: What restores (N, 3, H, W).
            images: Of that shape, both sides multiples of ``multiple``.
            device: Where they are.
            multiple: The derainer's size multiple.
            is_local: Whether distant parts of an image are restored independently; otherwise
                images are cut only if ``tile`` is a number.

        Returns:
            (N, 3, H, W).
        """
        self._here.tiling = None
        if isinstance(self.tile, int):
            return self._in_tiles(restore, images, self.tile, multiple)
        if self.tile == "off" or not is_local:
            return restore(images)
        return self._as_memory_allows(restore, images, device, multiple)

    def _in_tiles(self, restore: Restore, images: Tensor, side: int, multiple: int) -> Tensor:
        tiling = Tiling(side, self.overlap).aligned(multiple)
        if max(images.shape[-2:]) <= tiling.side:
            return restore(images)
        share = getattr(self._here, "share", in_turn)
        restored = restore_in_tiles(restore, images, tiling, multiple, share)
        self._here.tiling = tiling
        return restored

    def _as_memory_allows(
        self, restore: Restore, images: Tensor, device: Device, multiple: int
    ) -> Tensor:
        smallest = Tiling(0, self.overlap).aligned(multiple).side
        most = self._fitting_pixels(restore, images, device, multiple)
        while True:
            portion = _fitting_portion(images, most, smallest, multiple)
            try:
                if portion.images == len(images) and portion.side is None:
                    return restore(images)
                some = torch.split(images, portion.images)
                if portion.side is None:
                    return torch.cat([restore(batch) for batch in some])
                side = portion.side
                return torch.cat([self._in_tiles(restore, image, side, multiple) for image in some])
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error) or portion.pixels <= smallest**2:
                    raise
            most = self._lower(portion.pixels / 2)
            if device.torch_device.type == "cuda":
                torch.cuda.empty_cache()

    def _fitting_pixels(
        self, restore: Restore, images: Tensor, device: Device, multiple: int
    ) -> float:
        """Return how many pixels can be restored at a time, measuring it where that is close."""
        count, _, height, width = images.shape
        with self._guard:
            if self._most_pixels is not None:
                return self._most_pixels
            memory = device.memory_per_lane()
            if count * height * width * GENEROUS_BYTES_PER_PIXEL <= memory:
                return math.inf
            side = -(-PROBE_SIDE // multiple) * multiple
            crop = images[:1, :, :side, :side]
            try:
                needed = attempt(lambda: peak_bytes(lambda: restore(crop), device.torch_device))
            except ForeignError:  # the image itself will show it, or that it was the crop
                return math.inf
            self._most_pixels = memory / max(1, needed) * crop.shape[-2] * crop.shape[-1]
            return self._most_pixels

    def _lower(self, pixels: float) -> float:
        """Remember that more than this many pixels do not fit."""
        with self._guard:
            self._most_pixels = min(pixels, self._most_pixels or math.inf)
            return self._most_pixels


class _Portion(NamedTuple):
    """What is restored at a time.

    Attributes:
        images: How many of the batch; one where it is cut in tiles.
        side: Of a tile, None for whole images.
        pixels: Of all that.
    """

    images: int
    side: int | None
    pixels: int


def _fitting_portion(images: Tensor, most: float, smallest: int, multiple: int) -> _Portion:
    """Return the largest portion of ``most`` pixels, or the smallest tile if nothing else fits.

    A batch goes in as few parts as fit, which are as equal as can be: of eight images of which
    seven fit, four and four.
    """
    count, _, height, width = images.shape
    if height * width <= most:
        fitting = count if math.isinf(most) else min(count, int(most // (height * width)))
        images_each = math.ceil(count / math.ceil(count / fitting))
        return _Portion(images_each, None, images_each * height * width)
    side = max(smallest, math.isqrt(int(most)) // multiple * multiple)
    return _Portion(1, side, min(side**2, height * width))
