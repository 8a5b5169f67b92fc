"""Restored images on disk: all of them if asked for, and the few that the report shows."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import numpy as np
import numpy.typing as npt
from PIL import Image, PngImagePlugin

from harness.derainer import Quantiser
from harness.digests import digest_json
from harness.images import png_bytes, write_bytes
from harness.samples import ImageArray


def slug(sample_id: str) -> str:
    """Return a file name for a sample id, which may hold slashes.

    >>> slug("frankfurt/000_1")
    'frankfurt%2F000_1'
    """
    return quote(sample_id, safe=" ()+,=@")


class KeptImage(NamedTuple):
    """A restored image as it was kept.

    Attributes:
        pixels: (H, W, 3) uint8.
        note: How it was cut into tiles, "" if it was restored whole.
    """

    pixels: ImageArray
    note: str = ""


class RestoredImages:
    """The folder ``restored/``: every restored image; the key of what made it stands inside.

    ``<rain set>/<derainer>/<image>.png`` is the image under the run's quantiser; that of a task
    with another one lies in a folder of the quantiser's name below.

    Args:
        directory: The run's folder.
        quantiser: The run's.
    """

    def __init__(self, directory: Path, quantiser: Quantiser) -> None:
        self.directory = directory / "restored"
        self.quantiser = quantiser

    def get(
        self, rain_set: str, derainer: str, image: str, quantiser: Quantiser, key: str
    ) -> KeptImage | None:
        """Return a kept image if it is whole and was made under this key."""
        path = self._path(rain_set, derainer, image, quantiser)
        try:
            with Image.open(path) as png:
                if png.info.get("key") != key:
                    return None
                return KeptImage(np.asarray(png).copy(), str(png.info.get("note", "")))
        except OSError:
            return None

    def put(
        self,
        rain_set: str,
        derainer: str,
        image: str,
        quantiser: Quantiser,
        key: str,
        kept: KeptImage,
    ) -> None:
        """Keep an image."""
        info = PngImagePlugin.PngInfo()
        info.add_text("key", key)
        if kept.note:
            info.add_text("note", kept.note)
        path = self._path(rain_set, derainer, image, quantiser)
        write_bytes(path, png_bytes(kept.pixels, info))

    def _path(self, rain_set: str, derainer: str, image: str, quantiser: Quantiser) -> Path:
        folder = self.directory / rain_set / derainer
        if quantiser != self.quantiser:
            folder /= quantiser
        return folder / f"{slug(image)}.png"


class Examples:
    """The folder ``examples/``: for a few images what every derainer and every task made of them.

    ``<rain set>/<image>/<derainer>.png`` is the restored image, ``<derainer>.<task>.png`` the
    label map predicted on it, ``truth.<task>.png`` the true one; ``index.json`` gives the ids.

    Args:
        directory: The run's folder.
        count: Images a rain set.
    """

    def __init__(self, directory: Path, count: int) -> None:
        self.directory = directory / "examples"
        self.count = count

    def choose(self, ids: Sequence[str]) -> list[str]:
        """Choose images by a digest of their ids: arbitrary, and the same on every machine."""
        return sorted(sorted(ids, key=digest_json)[: self.count])

    def has(self, rain_set: str, image: str, derainer: str) -> bool:
        """Return whether a derainer's example is there."""
        return (self.directory / rain_set / slug(image) / f"{derainer}.png").exists()

    def put(self, rain_set: str, image: str, name: str, pixels: npt.NDArray[np.uint8]) -> None:
        """Keep a picture of an example under a name."""
        write_bytes(self.directory / rain_set / slug(image) / f"{name}.png", png_bytes(pixels))

    def write_index(self, chosen: dict[str, list[str]]) -> None:
        """Write which images are the examples of each rain set."""
        index = {
            rain_set: {slug(image): image for image in images}
            for rain_set, images in chosen.items()
        }
        write_bytes(self.directory / "index.json", json.dumps(index, indent=1).encode())
