"""Small pictures of restored images, and of what tasks drew on them, for the page's browser."""

import io
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from harness.images import slug, write_bytes
from harness.run_folder.kept_images import chosen_by_digest
from harness.run_folder.picture_stamps import as_xmp_of_webp
from harness.samples import ImageArray

PREVIEWS = "previews"
SIDE = 320
"""Pixels of the longer side at the most."""
QUALITY = 55
"""Of WebP: rain at this size in 5 to 12 kB."""
EFFORT = 2
"""Of WebP's encoder, 0 to 6: it takes a third of the time of the usual 4, for 7 % more bytes."""

DRAWN = "drawn"
MOST_COLOURS = 256
"""Of a drawing that keeps each pixel's colour, as label maps must: 1 to 3 kB."""


class Previews:
    """The folder ``previews/``: ``<rain set>/<derainer>/<image>.webp``.

    What a task draws of its prediction lies in ``<rain set>/drawn/<task>/<derainer>/<image>.webp``,
    and of the truth in ``<rain set>/drawn/<task>/<image>.webp``: a layer with opacity.

    Nothing is computed anew for one that is missing: the page does without it.

    Args:
        directory: The run's folder.
        count: Images a rain set.
    """

    def __init__(self, directory: Path, count: int) -> None:
        self.directory, self.count = directory, count
        self.root = directory / PREVIEWS

    def choose(self, ids: Sequence[str]) -> frozenset[str]:
        """Choose the images of a rain set, among them those that the examples show."""
        return frozenset(chosen_by_digest(ids, self.count))

    def put(
        self, rain_set: str, image: str, derainer: str, pixels: ImageArray, key: str = ""
    ) -> None:
        """Keep a restored image, (H, W, 3) uint8, as a small one, with the key of what made it."""
        path = preview_path(self.directory, rain_set, derainer, image)
        write_bytes(path, small_webp(pixels, key))

    def put_drawing(
        self,
        rain_set: str,
        image: str,
        derainer: str | None,
        task: str,
        drawing: npt.NDArray[np.uint8] | None,
        key: str = "",
    ) -> None:
        """Keep what a task drew, as `Examples.put_drawing` does, as a small one.

        Args:
            rain_set: Its name.
            image: The sample's id.
            derainer: Whose restored image was predicted on; None for the truth.
            task: Its name.
            drawing: (h, w, 4) uint8, or nothing.
            key: Of what made it.
        """
        folder = drawings_folder(self.directory, rain_set, task, derainer)
        path = folder / f"{slug(image)}.webp"
        if drawing is None:
            path.unlink(missing_ok=True)
        else:
            write_bytes(path, small_drawing(drawing, key))

    def drop_drawings(self, rain_set: str, task: str) -> bool:
        """Delete all that a task drew on a rain set; return whether there was anything."""
        of_task = drawings_folder(self.directory, rain_set, task, None)
        paths = [*of_task.glob("*.webp"), *of_task.glob("*/*.webp")]
        for path in paths:
            path.unlink(missing_ok=True)
        return bool(paths)


def preview_path(directory: Path, rain_set: str, derainer: str, image: str) -> Path:
    """Return where a run's folder has the small picture of a restored image."""
    return directory / PREVIEWS / rain_set / derainer / f"{slug(image)}.webp"


def drawings_folder(directory: Path, rain_set: str, task: str, derainer: str | None) -> Path:
    """Return where a run's folder has the small drawings of a task, None being the truth's."""
    of_task = directory / PREVIEWS / rain_set / DRAWN / task
    return of_task if derainer is None else of_task / derainer


def small_webp(pixels: ImageArray, key: str = "") -> bytes:
    """Return a picture as WebP, of which no side is longer than `SIDE`, with a key's stamp."""
    small = Image.fromarray(_fitted(pixels, cv2.INTER_AREA))
    return _webp(small, key, quality=QUALITY, method=EFFORT)


def small_drawing(drawing: npt.NDArray[np.uint8], key: str = "") -> bytes:
    """Return a drawing, (h, w, 4), as WebP, of which no side is longer than `SIDE`.

    Each pixel has the colour and opacity of one of the drawing's, so that classes stay told apart.
    Only of more colours than `MOST_COLOURS`, as in a map of depth, are they nearly so.
    """
    small = Image.fromarray(_fitted(drawing, cv2.INTER_NEAREST_EXACT))
    if small.getcolors(MOST_COLOURS) is None:
        return _webp(small, key, quality=QUALITY, method=EFFORT)
    return _webp(small, key, lossless=True, quality=25, method=0)


def _fitted(pixels: npt.NDArray[np.uint8], interpolation: int) -> npt.NDArray[np.uint8]:
    height, width, _ = pixels.shape
    scale = min(1.0, SIDE / max(height, width))
    if scale == 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=interpolation), np.uint8)


def _webp(picture: Image.Image, key: str, **settings: int) -> bytes:
    encoded = io.BytesIO()
    picture.save(encoded, "WEBP", xmp=as_xmp_of_webp(key), **settings)
    return encoded.getvalue()
