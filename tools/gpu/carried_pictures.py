"""Pictures for a GPU machine that has none.

    python -m tools.gpu.carried_pictures DATA FOLDER --bytes 20000000

Twenty pairs of ``DATA/Rain100L`` without loss, and the photographs of ``DATA/clean_photos`` made
smaller, to train on. Photographs come last and take what of the bytes is left.
"""

import argparse
import io
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageOps

PAIRS = 20

SIDES = (640, 512, 448, 384)
"""Longer sides of the photographs, pixels: the largest at which all of them fit is taken."""

JPEG_QUALITY = 82


def main() -> None:
    """Write the pictures and say how large they are."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--bytes", type=int, required=True, help="of all pictures, at most")
    options = parser.parse_args()
    pairs = write_pairs(options.data / "Rain100L", options.folder / "Rain100L")
    photographs = write_photographs(
        sorted((options.data / "clean_photos").glob("*.jpg")),
        options.folder / "clean_photos",
        options.bytes - pairs,
    )
    print(f"pictures: {pairs / 1e6:.1f} MB of pairs, {photographs / 1e6:.1f} MB of photographs")


def write_pairs(source: Path, target: Path) -> int:
    """Write the first pairs of Rain100L as lossless WebP, a third smaller than PNG.

    Returns:
        The bytes written.
    """
    written = 0
    for side in ("rainy", "norain"):
        (target / side).mkdir(parents=True, exist_ok=True)
        for file in sorted((source / side).glob("*.png"))[:PAIRS]:
            made = target / side / f"{file.stem}.webp"
            with Image.open(file) as picture:
                picture.convert("RGB").save(made, lossless=True, quality=60, method=4)
            written += made.stat().st_size
    return written


def write_photographs(files: list[Path], target: Path, most: int) -> int:
    """Write photographs as JPEG at the largest of `SIDES` at which they fit.

    If they fit at none, some are left out, evenly among them.

    Args:
        files: The photographs.
        target: The folder for them.
        most: Bytes of all together.

    Returns:
        The bytes written.
    """
    target.mkdir(parents=True, exist_ok=True)
    for side in SIDES:
        made = dict(shrunk(files, side))
        if sum(map(len, made.values())) <= most:
            break
    share = min(1.0, most / max(1, sum(map(len, made.values()))))
    written = 0
    for number, (name, content) in enumerate(made.items()):
        if int((number + 1) * share) > int(number * share) and written + len(content) <= most:
            (target / name).write_bytes(content)
            written += len(content)
    return written


def shrunk(files: list[Path], side: int) -> Iterator[tuple[str, bytes]]:
    """Give the name and the JPEG of each photograph, its longer side at most ``side`` pixels."""
    for file in files:
        with Image.open(file) as picture:
            upright = ImageOps.exif_transpose(picture).convert("RGB")
        upright.thumbnail((side, side), Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        upright.save(buffer, "JPEG", quality=JPEG_QUALITY)
        yield f"{file.stem}.jpg", buffer.getvalue()


if __name__ == "__main__":
    main()
