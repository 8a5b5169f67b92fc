"""``overlaps.json``: pictures of a run's rain sets that were found among pictures of others."""

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.images import write_bytes
from harness.run_folder.damage import DamagedError, read_whole

FILE_NAME = "overlaps.json"


class Overlap(BaseModel):
    """What was found of one rain set in another set.

    Attributes:
        rain_set: Of the run.
        against: The other set, as what weights learned from is called.
        found: Pictures of the rain set that are in the other one.
        images: Pictures of the rain set that were sought.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    rain_set: str
    against: str
    found: int
    images: int

    def in_words(self) -> str:
        """Say it as a footnote does."""
        return f"{self.found} of {self.images} images of {self.rain_set} were found in it"


class Overlaps(BaseModel):
    """All that was found for a run."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    overlaps: tuple[Overlap, ...] = ()

    def with_others(self, newer: "Overlaps") -> "Overlaps":
        """Return these with what was found since, which counts where both speak of the same."""
        by_pair = {(one.rain_set, one.against): one for one in (*self.overlaps, *newer.overlaps)}
        return Overlaps(overlaps=tuple(by_pair.values()))


def read_overlaps(directory: Path) -> Overlaps:
    """Read what was found for a run's folder; nothing where nothing was sought.

    Raises:
        DamagedError: If the file is damaged.
    """
    path = directory / FILE_NAME
    if not path.exists():
        return Overlaps()
    try:
        return Overlaps.model_validate(json.loads(read_whole(path).decode()))
    except (ValidationError, ValueError, RecursionError) as error:
        cause = str(error).splitlines()[0]
        raise DamagedError(
            f"{path}: damaged ({cause}); move it away, and run `rdmc-bench check` again"
        ) from error


def write_overlaps(directory: Path, overlaps: Overlaps) -> None:
    """Add what was found to ``overlaps.json`` of a run's folder."""
    merged = read_overlaps(directory).with_others(overlaps)
    text = json.dumps(merged.model_dump(mode="json"), indent=1, ensure_ascii=False)
    write_bytes(directory / FILE_NAME, (text + "\n").encode())
