"""Rain sets of pairs: a rainy image and the same scene without rain."""

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import DirectoryPath

from harness.digests import digest_json
from harness.errors import SampleError
from harness.images import READING_VERSION, read_rgb
from harness.rain_sets.files import check_folder, digest_of, find_pictures
from harness.rain_sets.matching import Roles, match_by_name
from harness.rain_sets.name_patterns import NamePattern
from harness.rain_sets.source_pictures import SourcePictures
from harness.samples import RainSet, Sample

_ROLES = Roles("rainy image", "clean image")


class PairedRainSet(RainSet):
    """Rainy and clean images in files of their own, paired by name.

    The id of a sample is the name of its rainy file without the extension. A rainy image
    without its clean one, and a clean one without any rainy one, are ids that fail to load.

    Args:
        name: As it stands in the tables.
        root: The folder that the patterns refer to.
        rainy: For example ``rainy/rain-{id}.png``; see `NamePattern`.
        clean: For example ``norain/norain-{id}.png``; with fewer fields than ``rainy``, many
            rainy images share a clean one.
        description: A sentence for the report.

    Raises:
        ConfigError: If the folder is missing, a pattern is wrong or matches nothing, or two
            files would have the same id.
    """

    def __init__(
        self, name: str, root: DirectoryPath, rainy: str, clean: str, description: str = ""
    ) -> None:
        check_folder(name, root)
        self.name = name
        self.description = description
        self._couples = match_by_name(name, root, NamePattern(rainy), NamePattern(clean), _ROLES)
        self._ids = self._couples.ids()

    def ids(self) -> Sequence[str]:
        """Return the ids of all samples, sorted; see `RainSet.ids`."""
        return self._ids

    def key(self, sample_id: str) -> str:
        """Return the digest of both files; see `RainSet.key`."""
        return digest_json(["pair", READING_VERSION, *self._source(sample_id).digests()])

    def load(self, sample_id: str) -> Sample:
        """Decode both images; see `RainSet.load`."""
        source = self._source(sample_id)
        rainy, clean, notes = source.complete(source.read())
        return Sample(sample_id, rainy, clean, notes=notes)

    def versions(self) -> Mapping[str, Sequence[str]]:
        """Return for each sample the ids of the other rainy images of its clean one."""
        return self._couples.with_the_same_partner()

    def _source(self, sample_id: str) -> SourcePictures:
        return SourcePictures(sample_id, *self._couples.couple(sample_id))


class SideBySideRainSet(RainSet):
    """Pairs in one file each: the clean and the rainy half beside each other.

    Args:
        name: As it stands in the tables.
        root: The folder that the pattern refers to.
        pictures: For example ``{id}.jpg``.
        clean_side: Which half is the clean one.
        description: A sentence for the report.

    Raises:
        ConfigError: If the folder is missing, the pattern is wrong or matches nothing, or two
            files would have the same id.
    """

    def __init__(
        self,
        name: str,
        root: DirectoryPath,
        pictures: str,
        clean_side: Literal["left", "right"],
        description: str = "",
    ) -> None:
        self.name = name
        self.description = description
        self._clean_side = clean_side
        self._pictures = find_pictures(name, root, pictures)

    def ids(self) -> Sequence[str]:
        """Return the ids of all samples, sorted; see `RainSet.ids`."""
        return tuple(self._pictures.paths)

    def key(self, sample_id: str) -> str:
        """Return the digest of the file and the side; see `RainSet.key`."""
        digest = digest_of(self._pictures.path(sample_id))
        return digest_json(["side by side", READING_VERSION, self._clean_side, digest])

    def load(self, sample_id: str) -> Sample:
        """Decode the file and part it in the middle; see `RainSet.load`."""
        path = self._pictures.path(sample_id)
        picture = read_rgb(path)
        width = picture.pixels.shape[1]
        if width % 2:
            raise SampleError(
                f"{path}: is {width} pixels wide; two halves of one size need an even width"
            )
        left = picture.pixels[:, : width // 2].copy()
        right = picture.pixels[:, width // 2 :].copy()
        rainy, clean = (right, left) if self._clean_side == "left" else (left, right)
        return Sample(sample_id, rainy, clean, notes=picture.notes)
