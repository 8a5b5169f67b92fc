"""A plate of pictures: what every derainer made of one image, and a part of it drawn larger."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from harness.errors import BenchError, SampleError
from harness.opened_pictures import from_picture
from harness.report.plots.plot_drawing import Drawing
from harness.report.plots.sheets import TALLEST, numbered, shared_out
from harness.report.plots.style import DOUBLE_COLUMN, names_in_lines, panels
from harness.run_folder.kept_images import read_examples, restored_path
from harness.run_folder.run_data import RunData
from harness.samples import ImageArray

MOST_BESIDE = 5
PART = 4
"""The part that is drawn larger is this fraction of the picture's width and height."""
AROUND_PICTURE = 0.12
"""Inches of a picture's name and of the gap below it."""

WIDTH = 480
"""Pixels of a picture at the most: more than a paper shows of it."""
FRAME = "#E69F00"


class Place(NamedTuple):
    """A part of a picture, in pixels."""

    left: int
    top: int
    width: int
    height: int


def grid_drawings(run: RunData) -> Iterator[Drawing]:
    """Draw the first example of each rain set.

    Raises:
        BenchError: If a kept picture is damaged.
    """
    for position, (rain_set, kept) in enumerate(read_examples(run.directory).items()):
        pictures = {}
        for entry in run.manifest.derainers if kept else ():
            path = restored_path(kept[0].folder, entry.name)
            if path.is_file():
                pictures[run.labels[entry.name]] = _opened(path)
        if len({one.shape for one in pictures.values()}) == 1:
            yield from _drawings(pictures, rain_set, kept[0].image, f"pictures-{position + 1}")


def _opened(path: Path) -> ImageArray:
    try:
        return from_picture(path, lambda image: np.asarray(image.convert("RGB")))
    except SampleError as error:
        raise BenchError(f"{path}: damaged ({error}); run the benchmark again") from error


def place_of_difference(pictures: list[ImageArray]) -> Place:
    """Return the part in which restorations, (H, W, 3) each of one size, differ most.

    >>> one, other = np.zeros((2, 40, 80, 3), np.uint8)
    >>> other[30:, 60:] = 255
    >>> place_of_difference([one, other])
    Place(left=60, top=30, width=20, height=10)
    """
    height, width, _ = pictures[0].shape
    part_height, part_width = max(1, height // PART), max(1, width // PART)
    apart = np.stack(pictures).astype(np.float32).std(axis=0).mean(axis=2)
    sums = cv2.integral(apart)
    of_parts = (
        sums[part_height:, part_width:]
        - sums[:-part_height, part_width:]
        - sums[part_height:, :-part_width]
        + sums[:-part_height, :-part_width]
    )
    top, left = np.unravel_index(int(np.argmax(of_parts)), of_parts.shape)
    return Place(int(left), int(top), part_width, part_height)


def _drawings(
    pictures: dict[str, ImageArray], rain_set: str, image: str, name: str
) -> Iterator[Drawing]:
    place = place_of_difference(list(pictures.values()))
    height, width, _ = next(iter(pictures.values())).shape
    columns = min(MOST_BESIDE, len(pictures))
    cell = min(TALLEST / 2, DOUBLE_COLUMN / columns * height / width + AROUND_PICTURE)
    labels = names_in_lines(list(pictures))
    sheets = shared_out(list(zip(labels, pictures.values(), strict=True)), 2 * cell, columns)
    caption = (
        f"{image} of {rain_set}, and the part of it in which the restorations differ most, "
        f"{PART} times as large."
    )
    alternative = f"Pictures of {image}, one for each derainer."
    for own_name, shown in zip(numbered(name, len(sheets)), sheets, strict=True):
        yield Drawing(own_name, caption, alternative, _plate, (shown, place, columns, cell))


def _plate(
    shown: Sequence[tuple[str, ImageArray]], place: Place, columns: int, cell: float
) -> Figure:
    """Draw pictures with their names, and below each the part of it at a place."""
    blocks = -(-len(shown) // columns)
    figure, axes = panels(2 * columns * blocks, columns, DOUBLE_COLUMN, cell)
    for axis in axes:
        axis.set_axis_off()
    for index, (label, pixels) in enumerate(shown):
        height, width, _ = pixels.shape
        block, column = divmod(index, columns)
        above = axes[2 * block * columns + column]
        below = axes[(2 * block + 1) * columns + column]
        above.imshow(_no_wider(pixels), extent=(0, width, height, 0), interpolation="antialiased")
        above.set_title(label, fontsize=7)
        corner = (place.left, place.top)
        size = (place.width, place.height)
        above.add_patch(Rectangle(corner, *size, fill=False, edgecolor=FRAME, linewidth=1))
        part = pixels[place.top :, place.left :][: place.height, : place.width]
        below.imshow(_no_wider(part), interpolation="nearest")
    return figure


def _no_wider(pixels: ImageArray) -> ImageArray:
    height, width, _ = pixels.shape
    if width <= WIDTH:
        return pixels
    size = (WIDTH, max(1, round(height * WIDTH / width)))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))
