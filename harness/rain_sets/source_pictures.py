"""The pictures of a sample: a rainy one and its clean one, or one that our rain is drawn on."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from harness.errors import SampleError
from harness.images import Picture, read_rgb
from harness.rain_sets.drawn_rain import DrawnRain
from harness.rain_sets.files import digest_of
from harness.samples import ImageArray


class RainyAndClean(NamedTuple):
    """A scene in rain and, where anybody knows it, without; see `Sample` for shapes and notes."""

    rainy: ImageArray
    clean: ImageArray | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class SourcePictures:
    """The picture files of one sample, and the rain that is drawn on them.

    Reading is two steps, so that truth can be compared with the picture in between.

    Attributes:
        sample_id: Of the sample.
        path: The picture that any truth belongs to; it is rainy unless ``rain`` is drawn on it.
        clean_path: The same scene without rain; None where there is no such file.
        rain: Drawn on the picture, which is then the clean one; None: it is rainy already.
    """

    sample_id: str
    path: Path
    clean_path: Path | None = None
    rain: DrawnRain | None = None

    def digests(self) -> list[str]:
        """Return the SHA-256 of the file, then of the clean one if there is one, for the key.

        Raises:
            SampleError: If one cannot be read.
        """
        return [digest_of(path) for path in (self.path, self.clean_path) if path]

    def rain_facts(self) -> list[object] | None:
        """Return what determines the drawn rain, for the key; None where none is drawn."""
        return self.rain.facts(self.sample_id) if self.rain else None

    def read(self) -> Picture:
        """Decode the picture, without its clean one and without drawn rain.

        Raises:
            SampleError: If it cannot be decoded.
        """
        return read_rgb(self.path)

    def complete(self, picture: Picture) -> RainyAndClean:
        """Read the clean picture, or draw the rain, for a picture that `read` returned.

        Raises:
            SampleError: If the clean one cannot be decoded or has another size, or the picture
                is too small for rain.
        """
        if self.clean_path:
            clean = read_rgb(self.clean_path)
            _check_same_size(self.path, picture, self.clean_path, clean)
            return RainyAndClean(picture.pixels, clean.pixels, picture.notes + clean.notes)
        if self.rain:
            rainy = self.rain.draw(picture.pixels, self.sample_id)
            return RainyAndClean(rainy, picture.pixels, picture.notes)
        return RainyAndClean(picture.pixels, None, picture.notes)


def _check_same_size(path: Path, picture: Picture, other_path: Path, other: Picture) -> None:
    if picture.pixels.shape != other.pixels.shape:
        height, width = picture.pixels.shape[:2]
        other_height, other_width = other.pixels.shape[:2]
        raise SampleError(
            f"{path} is {width}x{height} but {other_path} is {other_width}x{other_height}: "
            "the images of a pair must have one size"
        )
