"""A contact sheet of scenes: ``python -m harness.streets.scenes.sheet docs/images/scenes.png``."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from harness.streets.scenes.scene import render_scene

FIRST_SEED = 1_000_000


def contact_sheet(
    seeds: Sequence[int], columns: int = 4, width: int = 384, height: int = 224, gap: int = 4
) -> npt.NDArray[np.uint8]:
    """Render scenes side by side, row by row, on white; return (rows, columns, 3) uint8."""
    rows = -(-len(seeds) // columns)
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), 255, np.uint8)
    for place, seed in enumerate(seeds):
        top, left = (place // columns) * (height + gap), (place % columns) * (width + gap)
        sheet[top : top + height, left : left + width] = render_scene(seed, width, height).image
    return sheet


def main(arguments: Sequence[str] | None = None) -> None:
    """Write a contact sheet as the command line asks."""
    parser = argparse.ArgumentParser(description="Render a contact sheet of scenes.")
    parser.add_argument("out", type=Path, help="picture to write; its suffix gives the format")
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--count", type=int, default=16)
    parser.add_argument("--columns", type=int, default=4)
    parser.add_argument("--scale", type=float, default=0.7, help="of the written picture")
    options = parser.parse_args(arguments)
    seeds = range(options.first_seed, options.first_seed + options.count)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    sheet = Image.fromarray(contact_sheet(seeds, options.columns))
    size = (round(sheet.width * options.scale), round(sheet.height * options.scale))
    sheet = sheet.resize(size, Image.Resampling.LANCZOS)
    sheet.save(options.out, optimize=True)


if __name__ == "__main__":
    main()
