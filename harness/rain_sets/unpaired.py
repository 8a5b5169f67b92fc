"""Rain sets of real rain, of which nobody has the clean image."""

from pydantic import DirectoryPath

from harness.rain_sets.composed import ComposedRainSet
from harness.rain_sets.filed_pictures import pictures_in_files
from harness.rain_sets.files import check_folder


class UnpairedRainSet(ComposedRainSet):
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

    keeps_older_keys = True

    def __init__(
        self, name: str, root: DirectoryPath, pattern: str = "*", description: str = ""
    ) -> None:
        check_folder(name, root)
        pictures = pictures_in_files(name, root, pattern).pictures()
        super().__init__(name, pictures, description=description)
