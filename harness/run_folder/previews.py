"""Small pictures of restored images, of which the page shows as many as it has room for."""

import io
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from harness.images import slug, write_bytes
from harness.run_folder.kept_images import chosen_by_digest
from harness.samples import ImageArray

PREVIEWS = "previews"
SIDE = 320
"""Pixels of the longer side at the most."""
QUALITY = 55
"""Of WebP: rain at this size in 5 to 12 kB."""
EFFORT = 2
"""Of WebP's encoder, 0 to 6: it takes a third of the time of the usual 4, for 7 % more bytes."""


class Previews:
    """The folder ``previews/``: ``<rain set>/<derainer>/<image>.webp``.

    Nothing is computed anew for one that is missing: the page does without it.

    Args:
        directory: The run's folder.
        count: Images a rain set.
    """

    def __init__(self, directory: Path, count: int) -> None:
        self.directory, self.count = directory, count

    def choose(self, ids: Sequence[str]) -> frozenset[str]:
        """Choose the images of a rain set, among them those that the examples show."""
        return frozenset(chosen_by_digest(ids, self.count))

    def put(self, rain_set: str, image: str, derainer: str, pixels: ImageArray) -> None:
        """Keep a restored image, (H, W, 3) uint8, as a small one."""
        path = preview_path(self.directory, rain_set, derainer, image)
        write_bytes(path, small_webp(pixels))


def preview_path(directory: Path, rain_set: str, derainer: str, image: str) -> Path:
    """Return where a run's folder has the small picture of a restored image."""
    return directory / PREVIEWS / rain_set / derainer / f"{slug(image)}.webp"


def small_webp(pixels: ImageArray) -> bytes:
    """Return a picture as WebP, of which no side is longer than `SIDE`."""
    height, width, _ = pixels.shape
    scale = min(1.0, SIDE / max(height, width))
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "WEBP", quality=QUALITY, method=EFFORT)
    return encoded.getvalue()
