"""From the options of label maps to the table of what their values mean."""

from pathlib import Path

from harness.errors import ConfigError
from harness.nearest import nearest
from harness.rain_sets.known_classes import CAMVID_CLASSES, CITYSCAPES_CLASSES
from harness.rain_sets.label_table import (
    LabelTable,
    read_colour_file,
    table_of_colours,
    table_of_values,
)
from harness.rain_sets.layout_options import LabelMapsOptions

_KNOWN = ("cityscapes", "cityscapes-train-ids", "camvid")


def label_table(name: str, root: Path, options: LabelMapsOptions) -> LabelTable:
    """Return what the values, or the colours, of a set's label maps mean.

    Args:
        name: Of the rain set, for errors.
        root: Its folder, for a file with colours.
        options: As the configuration has them.

    Raises:
        ConfigError: If they contradict each other.
    """
    if options.colours is not None:
        colours = options.colours
        if isinstance(colours, str):
            colours = read_colour_file(name, root / colours)
            ignored = options.ignored_colours()
            left = {
                one: [colour for colour in some if colour not in ignored]
                for one, some in colours.items()
            }
            colours = {one: some for one, some in left.items() if some}
        return table_of_colours(name, colours, options.ignored_colours())
    ignore, classes = options.ignored_values(), options.classes
    if isinstance(classes, str):
        return _known_table(name, classes, ignore)
    if isinstance(classes, dict):
        return table_of_values(name, list(classes), list(classes.values()), ignore)
    if options.reduce_zero_label:
        values = [[number + 1] for number in range(len(classes))]
        return table_of_values(name, classes, values, sorted({0, *ignore}))
    return table_of_values(name, classes, None, ignore)


def _known_table(name: str, known: str, ignore: list[int]) -> LabelTable:
    if known == "cityscapes":
        values = [[value] for value in CITYSCAPES_CLASSES.values()]
        others = {*range(34)} - {*CITYSCAPES_CLASSES.values()}
        return table_of_values(name, list(CITYSCAPES_CLASSES), values, sorted(others | {*ignore}))
    if known == "cityscapes-train-ids":
        return table_of_values(name, list(CITYSCAPES_CLASSES), None, ignore)
    if known == "camvid":
        return table_of_values(name, list(CAMVID_CLASSES), None, sorted({11, *ignore}))
    raise ConfigError(
        f"{name}: no classes are known as {known!r}{nearest(known, _KNOWN)} (known are "
        f"{', '.join(_KNOWN)}); give a list of names"
    )
