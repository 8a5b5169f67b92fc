"""Rain sets with label maps: pictures that are rainy already, or that our rain is drawn on."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import DirectoryPath, Field

from harness.errors import ConfigError
from harness.rain_sets.composed import ComposedRainSet
from harness.rain_sets.drawn_rain import HowItMayRain, rain_of
from harness.rain_sets.filed_pictures import pairs_in_files, pictures_in_files
from harness.rain_sets.files import check_folder
from harness.rain_sets.label_table import table_of_values
from harness.rain_sets.map_truths import LabelMaps
from harness.rain_sets.matching import Roles, find_partners
from harness.rain_sets.name_patterns import NamePattern
from harness.rain_sets.truths import Truths

LabelValue = Annotated[int, Field(ge=0, le=255)]

_ROLES = Roles("image", "label map")


class LabelledRainSet(ComposedRainSet):
    """Pictures and label maps in files of their own, matched by name.

    Args:
        name: As it stands in the tables.
        root: The folder that the patterns refer to.
        images: Pattern of the pictures, for example ``images/{id}.jpg``; see `NamePattern`.
        labels: Pattern of the label maps, for example ``labels/{id}.png``.
        classes: Names of the classes, in the order of the label maps' values.
        ignore: Values that no score counts; 255 never counts.
        values: The label maps' value for each class; 0, 1, 2, ... where None.
        clean: Pattern of the clean pictures, where ``images`` are rainy.
        rain: ``light``, ``heavy`` or numbers draw our rain on ``images``, which are then the clean
            ones.
        rain_seed: Of the drawn rain.
        spare_truth: Pass over a label map or a clean picture without its image, for sets that
            use a part of a larger one's truth. Otherwise it is an id that fails to load.
        description: A sentence for the report.

    Raises:
        ConfigError: If the folder is missing, a pattern is wrong or matches nothing, two files
            would have the same id, or the classes and values contradict each other.
    """

    keeps_older_keys = True

    def __init__(
        self,
        name: str,
        root: DirectoryPath,
        images: str,
        labels: str,
        classes: list[str],
        ignore: Sequence[LabelValue] = (),
        values: list[LabelValue] | None = None,
        clean: str | None = None,
        rain: HowItMayRain = "none",
        rain_seed: int = 0,
        spare_truth: bool = False,
        description: str = "",
    ) -> None:
        check_folder(name, root)
        if clean is not None and rain != "none":
            raise ConfigError(f"{name}: give `clean` or `rain`, not both; `images` are rainy once")
        each = None if values is None else [[value] for value in values]
        table = table_of_values(name, classes, each, ignore)
        if clean is None:
            filed = pictures_in_files(name, root, images, rain_of(rain, rain_seed))
        else:
            filed = pairs_in_files(name, root, images, clean, spare_truth)
        found = find_partners(name, filed.mains, NamePattern(labels), _ROLES, spare_truth)
        filed.others.append(found.found)
        truths = Truths(label_maps=LabelMaps(table, found.paths, found.lost))
        super().__init__(name, filed.pictures(), truths, description=description)
