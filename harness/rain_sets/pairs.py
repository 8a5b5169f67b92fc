"""Rain sets of pairs: a rainy image and the same scene without rain."""

from pydantic import DirectoryPath

from harness.rain_sets.composed import ComposedRainSet
from harness.rain_sets.filed_pictures import halves_in_files, pairs_in_files
from harness.rain_sets.files import check_folder
from harness.rain_sets.source_pictures import Side


class PairedRainSet(ComposedRainSet):
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

    keeps_older_keys = True

    def __init__(
        self, name: str, root: DirectoryPath, rainy: str, clean: str, description: str = ""
    ) -> None:
        check_folder(name, root)
        super().__init__(
            name, pairs_in_files(name, root, rainy, clean).pictures(), description=description
        )


class SideBySideRainSet(ComposedRainSet):
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

    keeps_older_keys = True

    def __init__(
        self,
        name: str,
        root: DirectoryPath,
        pictures: str,
        clean_side: Side,
        description: str = "",
    ) -> None:
        check_folder(name, root)
        filed = halves_in_files(name, root, pictures, clean_side)
        super().__init__(name, filed.pictures(), description=description)
