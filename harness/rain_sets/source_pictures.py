"""The pictures of a sample: a rainy one and its clean one, or one that our rain is drawn on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from harness.errors import SampleError
from harness.images import Picture, read_rgb
from harness.opened_pictures import RUN_BYTES
from harness.picture_colours import picture_digest
from harness.rain_sets.drawn_rain import DrawnRain
from harness.rain_sets.files import digest_of
from harness.rain_sets.scaling import Scale
from harness.samples import ImageArray

Side = Literal["left", "right"]


class RainyAndClean(NamedTuple):
    """A scene in rain and, where anybody knows it, without; see `Sample` for shapes and notes."""

    rainy: ImageArray
    clean: ImageArray | None
    notes: tuple[str, ...]


class Opened(NamedTuple):
    """A picture as it was read.

    Attributes:
        picture: What any truth belongs to.
        clean: Its clean half, where one file holds both.
    """

    picture: Picture
    clean: ImageArray | None = None


@dataclass(frozen=True)
class SourcePictures:
    """The picture files of one sample, and the rain that is drawn on them.

    Reading is two steps, so that truth can be compared with the picture in between.

    Attributes:
        sample_id: Of the sample.
        path: The picture that any truth belongs to; it is rainy unless ``rain`` is drawn on it.
        clean_path: The same scene without rain; None where there is no such file.
        rain: Drawn on the picture, which is then the clean one; None: it is rainy already.
        clean_side: The clean half of the file, where it holds both beside each other.
    """

    sample_id: str
    path: Path
    clean_path: Path | None = None
    rain: DrawnRain | None = None
    clean_side: Side | None = None

    def digests(self) -> list[str]:
        """Return the digest of the file, then of the clean one if there is one, for the key.

        Raises:
            SampleError: If one cannot be read.
        """
        paths = (self.path, self.clean_path)
        return [digest_of(path, picture_digest) for path in paths if path]

    def rain_facts(self) -> list[object] | None:
        """Return what determines the drawn rain, for the key; None where none is drawn."""
        return self.rain.facts(self.sample_id) if self.rain else None

    def read(self, bytes_per_pixel: float = RUN_BYTES) -> Opened:
        """Decode the picture, without a clean one of its own and without drawn rain.

        Args:
            bytes_per_pixel: Of memory that is taken for it; see `read_rgb`.

        Raises:
            SampleError: If it cannot be decoded, is too large, or its halves differ in width.
        """
        picture = read_rgb(self.path, bytes_per_pixel)
        if self.clean_side is None:
            return Opened(picture)
        width = picture.pixels.shape[1]
        if width % 2:
            raise SampleError(
                f"{self.path}: is {width} pixels wide; two halves of one size need an even width"
            )
        left = picture.pixels[:, : width // 2].copy()
        right = picture.pixels[:, width // 2 :].copy()
        rainy, clean = (right, left) if self.clean_side == "left" else (left, right)
        return Opened(Picture(rainy, picture.notes), clean)

    def complete(
        self,
        opened: Opened,
        scale: Scale | None = None,
        depth: npt.NDArray[np.float32] | None = None,
    ) -> RainyAndClean:
        """Read the clean picture, or draw the rain, for a picture that `read` returned.

        Args:
            opened: What `read` returned.
            scale: Makes the pictures smaller, before any rain is drawn.
            depth: (h, w) metres, of the size that ``scale`` leaves, for rain that is drawn.

        Raises:
            SampleError: If the clean one cannot be decoded, has another size or is the rainy file
                itself, or the picture is too small for rain.
        """
        picture, clean = opened.picture, opened.clean
        notes = picture.notes + (scale.notes if scale else ())
        if self.clean_path:
            read = self._read_clean(picture)
            clean, notes = read.pixels, notes + read.notes
        pixels = scale.picture(picture.pixels) if scale else picture.pixels
        if clean is not None:
            return RainyAndClean(pixels, scale.picture(clean) if scale else clean, notes)
        if self.rain:
            return RainyAndClean(self.rain.draw(pixels, self.sample_id, depth), pixels, notes)
        return RainyAndClean(pixels, None, notes)

    def _read_clean(self, picture: Picture) -> Picture:
        path = self.clean_path
        assert path is not None
        clean = read_rgb(path)
        if path.samefile(self.path):
            raise SampleError(
                f"{self.path}: the rainy and the clean picture are one file ({path.resolve()})"
            )
        _check_same_size(self.path, picture, path, clean)
        return clean


def _check_same_size(path: Path, picture: Picture, other_path: Path, other: Picture) -> None:
    if picture.pixels.shape != other.pixels.shape:
        height, width = picture.pixels.shape[:2]
        other_height, other_width = other.pixels.shape[:2]
        raise SampleError(
            f"{path} is {width}x{height} but {other_path} is {other_width}x{other_height}: "
            "the images of a pair must have one size"
        )
