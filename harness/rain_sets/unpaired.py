"""Rain sets of real rain, of which nobody has the clean image."""

from collections.abc import Sequence

from pydantic import DirectoryPath

from harness.digests import digest_json
from harness.images import READING_VERSION, read_rgb
from harness.rain_sets.files import digest_of, find_pictures
from harness.samples import RainSet, Sample


class UnpairedRainSet(RainSet):
    """Rainy pictures without reference.

    Args:
        name: As it stands in the tables.
        root: The folder that the pattern refers to.
        pattern: Which pictures; ``*`` takes every picture in the folder itself.
        description: A sentence for the report.

    Raises:
        ConfigError: If the folder is missing, the pattern is wrong or matches no picture, or two
            files would have the same id.
    """

    has_clean = False

    def __init__(
        self, name: str, root: DirectoryPath, pattern: str = "*", description: str = ""
    ) -> None:
        self.name = name
        self.description = description
        self._pictures = find_pictures(name, root, pattern)

    def ids(self) -> Sequence[str]:
        """Return the ids of all samples, sorted; see `RainSet.ids`."""
        return tuple(self._pictures.paths)

    def key(self, sample_id: str) -> str:
        """Return the digest of the file; see `RainSet.key`."""
        digest = digest_of(self._pictures.path(sample_id))
        return digest_json(["unpaired", READING_VERSION, digest])

    def load(self, sample_id: str) -> Sample:
        """Decode the picture; see `RainSet.load`."""
        picture = read_rgb(self._pictures.path(sample_id))
        return Sample(sample_id, picture.pixels, notes=picture.notes)
