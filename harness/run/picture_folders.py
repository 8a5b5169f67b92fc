"""Where the pictures of a run are kept."""

from dataclasses import dataclass
from pathlib import Path

from harness.config import RunConfig
from harness.run_folder.kept_images import Examples, RestoredImages
from harness.run_folder.previews import Previews


@dataclass(frozen=True)
class PictureFolders:
    """The folders of a run's pictures.

    Attributes:
        examples: What the report shows large.
        previews: What it shows small.
        restored: Every restored image, None where the run does not keep them.
    """

    examples: Examples
    previews: Previews
    restored: RestoredImages | None

    @classmethod
    def of(cls, directory: Path, config: RunConfig) -> "PictureFolders":
        """Return those of a run's folder."""
        return cls(
            Examples(directory, config.examples),
            Previews(directory, config.previews),
            RestoredImages(directory, config.quantiser) if config.keep_restored else None,
        )
