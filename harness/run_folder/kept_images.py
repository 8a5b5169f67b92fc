"""Restored images on disk: all of them if asked for, and the few that the report shows."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, PngImagePlugin
from pydantic import TypeAdapter, ValidationError

from harness.digests import digest_json
from harness.errors import BenchError, SampleError
from harness.images import png_bytes, slug, write_bytes
from harness.opened_pictures import from_picture
from harness.regular_files import open_regular, read_regular
from harness.run_folder.damage import read_whole, set_aside
from harness.run_folder.picture_stamps import as_text_of_png
from harness.run_folder.seals import png_is_whole, seal_png
from harness.samples import ImageArray
from harness.terms import Quantiser
from harness.tile_sizes import Tiling

INDEX = "index.json"
RESTORED = "restored"
FAILED_ENDING = ".failed.txt"
_INDEX = TypeAdapter(dict[str, dict[str, str]])


class KeptImage(NamedTuple):
    """A restored image as it was kept.

    Attributes:
        pixels: (H, W, 3) uint8.
        tiling: How it was cut into tiles, None if it was restored whole.
    """

    pixels: ImageArray
    tiling: Tiling | None = None


_TILING = re.compile(r"tiles of (\d{1,9}) px that overlap by (\d{1,9}) px$")
"""Of the text that a kept image carries, which the first version wrote in the same words."""


_KEY = b"tEXtkey\0"
_WHERE_KEYS_STAND = 1024
"""Bytes at the start of a PNG within which Pillow writes its texts, and we the seal before them."""


class RestoredImages:
    """The folder ``restored/``: every restored image; the key of what made it stands inside.

    ``<rain set>/<derainer>/<image>.png`` is the image under the run's quantiser; that of a task
    with another one lies in a folder of the quantiser's name below.

    Args:
        directory: The run's folder.
        quantiser: The run's.
    """

    def __init__(self, directory: Path, quantiser: Quantiser) -> None:
        self.directory = directory / RESTORED
        self.quantiser = quantiser

    def get(
        self, rain_set: str, derainer: str, image: str, quantiser: Quantiser, key: str
    ) -> KeptImage | None:
        """Return a kept image if it is whole and was made under this key."""
        path = self._path(rain_set, derainer, image, quantiser)
        if not _is_whole(path):
            return None
        try:
            return from_picture(path, lambda png: _kept(png, key))
        except SampleError:
            return None

    def has(self, rain_set: str, derainer: str, image: str) -> bool:
        """Return whether an image is there as it was kept, under the run's quantiser."""
        return _is_whole(self._path(rain_set, derainer, image, self.quantiser))

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
        if kept.tiling:
            side, overlap = kept.tiling
            info.add_text("note", f"tiles of {side} px that overlap by {overlap} px")
        path = self._path(rain_set, derainer, image, quantiser)
        write_bytes(path, seal_png(png_bytes(kept.pixels, info)))

    def _path(self, rain_set: str, derainer: str, image: str, quantiser: Quantiser) -> Path:
        folder = self.directory / rain_set / derainer
        if quantiser != self.quantiser:
            folder /= quantiser
        return folder / f"{slug(image)}.png"


def _kept(png: Image.Image, key: str) -> KeptImage | None:
    if png.info.get("key") != key or png.mode != "RGB":
        return None
    tiles = _TILING.search(str(png.info.get("note", "")))
    tiling = Tiling(*map(int, tiles.groups())) if tiles else None
    return KeptImage(np.asarray(png).copy(), tiling)


def _is_whole(path: Path) -> bool:
    """Return whether a kept image is there, as it was written."""
    try:
        content = read_regular(path)
    except OSError:
        return False
    return bool(content) and png_is_whole(content)


def bears_key(path: Path) -> bool:
    """Return whether a picture has the text that every kept image begins with."""
    try:
        with open_regular(path) as file:
            return _KEY in file.read(_WHERE_KEYS_STAND)
    except OSError:
        return False


def chosen_by_digest(ids: Sequence[str], count: int) -> list[str]:
    """Return so many ids, the same on every machine; fewer are the first of more."""
    return sorted(ids, key=digest_json)[:count]


class Examples:
    """The folder ``examples/``: for a few images what every derainer and every task made of them.

    Below ``<rain set>/<image>/`` lie ``restored/<derainer>.png``, ``drawn/<task>/<derainer>.png``
    with what a task draws of its prediction (RGBA), and ``drawn/<task>.png`` with the truth; where
    a drawing failed, a text of the same name says why. ``index.json`` gives the ids.

    Args:
        directory: The run's folder.
        count: Images a rain set.
    """

    def __init__(self, directory: Path, count: int) -> None:
        self.directory = directory / "examples"
        self.count = count

    def heal(self) -> list[str]:
        """Move aside damaged pictures, and a folder in the place of the index, to be made again.

        Returns:
            A line for each: where it lies now.
        """
        lines, index = [], self.directory / INDEX
        if index.is_dir():
            moved = set_aside(self.directory.parent, index)
            lines.append(f"{index}: is a folder where a file belongs; moved to {moved}")
        places = ("*/*/restored/*.png", "*/*/drawn/*.png", "*/*/drawn/*/*.png")
        for path in sorted(path for place in places for path in self.directory.glob(place)):
            if path.is_file() and not _decodes(path):
                moved = set_aside(self.directory.parent, path)
                if path.parent.name != RESTORED:
                    write_bytes(_failed_path(path), b"the picture was damaged")
                lines.append(f"{path}: damaged; it was moved to {moved} and is made again")
        return lines

    def choose(self, ids: Sequence[str]) -> list[str]:
        """Choose images by a digest of their ids: arbitrary, and the same on every machine."""
        return sorted(chosen_by_digest(ids, self.count))

    def has(self, rain_set: str, image: str, derainer: str) -> bool:
        """Return whether a derainer's example is there, and nothing failed to be drawn on it."""
        folder = self.directory / rain_set / slug(image)
        drawn = folder / "drawn"
        failed = [*drawn.glob(f"*{FAILED_ENDING}"), *drawn.glob(f"*/{derainer}{FAILED_ENDING}")]
        return restored_path(folder, derainer).exists() and not failed

    def begin(self, rain_set: str, image: str, derainer: str) -> None:
        """Count a derainer's example as missing until `put_restored`."""
        path = restored_path(self.directory / rain_set / slug(image), derainer)
        path.unlink(missing_ok=True)

    def put_restored(
        self, rain_set: str, image: str, derainer: str, pixels: ImageArray, key: str = ""
    ) -> None:
        """Keep a restored image, (H, W, 3) uint8; after all that was drawn on it: see `has`.

        Args:
            rain_set: Its name.
            image: The sample's id.
            derainer: Who restored it.
            pixels: What it made of it.
            key: Of what made it.
        """
        path = restored_path(self.directory / rain_set / slug(image), derainer)
        write_bytes(path, png_bytes(pixels, as_text_of_png(key)))

    def put_drawing(
        self,
        rain_set: str,
        image: str,
        derainer: str | None,
        task: str,
        drawing: npt.NDArray[np.uint8] | None,
        key: str = "",
    ) -> None:
        """Keep what a task drew, (h, w, 4) uint8 or nothing: of its prediction, or of the truth.

        Args:
            rain_set: Its name.
            image: The sample's id.
            derainer: Whose restored image was predicted on; None for the truth.
            task: Its name.
            drawing: What it drew.
            key: Of what made it.
        """
        path = drawn_path(self.directory / rain_set / slug(image), task, derainer)
        if drawing is not None:
            write_bytes(path, png_bytes(drawing, as_text_of_png(key)))
        _failed_path(path).unlink(missing_ok=True)

    def put_failure(
        self, rain_set: str, image: str, derainer: str | None, task: str, cause: str
    ) -> None:
        """Note why something could not be drawn, so that the next run tries again."""
        path = drawn_path(self.directory / rain_set / slug(image), task, derainer)
        write_bytes(_failed_path(path), cause.encode())

    def draw_anew(self, rain_set: str, task: str, cause: str) -> None:
        """Note that all that a task drew on a rain set's examples is to be drawn again, and why."""
        of_set = self.directory / rain_set
        for path in (*of_set.glob(f"*/drawn/{task}.png"), *of_set.glob(f"*/drawn/{task}/*.png")):
            write_bytes(_failed_path(path), cause.encode())

    def write_index(self, chosen: Mapping[str, Sequence[str]]) -> None:
        """Write which images are the examples of each rain set."""
        index = {
            rain_set: {slug(image): image for image in images}
            for rain_set, images in chosen.items()
        }
        write_bytes(self.directory / INDEX, json.dumps(index, indent=1).encode())


def restored_path(folder: Path, derainer: str) -> Path:
    """Return where an example's folder has the restored image."""
    return folder / RESTORED / f"{derainer}.png"


def drawn_path(folder: Path, task: str, derainer: str | None) -> Path:
    """Return where an example's folder has what a task drew on it, None being the truth."""
    drawn = folder / "drawn"
    return drawn / f"{task}.png" if derainer is None else drawn / task / f"{derainer}.png"


def _decodes(path: Path) -> bool:
    try:
        from_picture(path, lambda picture: picture.load())
    except SampleError:
        return False
    return True


def _failed_path(drawn: Path) -> Path:
    return drawn.with_name(drawn.name.removesuffix(".png") + FAILED_ENDING)


class KeptExample(NamedTuple):
    """An example that a run kept.

    Attributes:
        image: The sample's id.
        folder: Where its pictures lie; see `restored_path` and `drawn_path`.
    """

    image: str
    folder: Path


def read_examples(directory: Path) -> dict[str, list[KeptExample]]:
    """Return the kept examples of a run's folder by rain set; none where there is no index.

    Raises:
        BenchError: If the index is damaged.
    """
    path = directory / "examples" / INDEX
    if not path.exists():
        return {}
    try:
        index = _INDEX.validate_json(read_whole(path))
    except (ValidationError, ValueError) as error:
        cause = str(error).splitlines()[0]
        raise BenchError(f"{path}: damaged ({cause}); run the benchmark again") from error
    return {
        rain_set: [KeptExample(image, path.parent / rain_set / name) for name, image in of.items()]
        for rain_set, of in index.items()
    }
