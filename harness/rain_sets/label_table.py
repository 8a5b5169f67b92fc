"""What the values of a label map mean: classes by value or by colour."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from harness.errors import ConfigError, SampleError
from harness.images import read_colour_map, read_label_map
from harness.samples import IGNORE_LABEL
from harness.spelling import plain
from harness.text_files import read_text

Colour = tuple[int, int, int]

_NOBODY = -1
"""In a table: the value must not occur."""


@dataclass(frozen=True)
class LabelTable:
    """Classes of label maps.

    Attributes:
        classes: Their names.
        class_of: By value its class, `IGNORE_LABEL`, or -1 where it must not occur; (256,), or
            (65536,) where values have 16 bits. For colours, the same in the order of ``colours``.
        colours: (K,) int64, red x 65536 + green x 256 + blue, sorted; None for values.
    """

    classes: tuple[str, ...]
    class_of: npt.NDArray[np.int32]
    colours: npt.NDArray[np.int64] | None = None

    def facts(self) -> object:
        """Return what determines the classes of a file, for the key."""
        if self.colours is not None:
            return {"colours": self.colours.tolist(), "classes": self.class_of.tolist()}
        if len(self.class_of) == 256:
            return self.class_of.tolist()
        known = np.flatnonzero(self.class_of != _NOBODY)
        return {"values": known.tolist(), "classes": self.class_of[known].tolist()}

    def read(self, path: Path) -> npt.NDArray[np.uint8]:
        """Return a label map, (H, W), in classes and `IGNORE_LABEL`.

        Raises:
            SampleError: If it cannot be read, or holds what is no class and is not ignored.
        """
        if self.colours is not None:
            return self._read_colours(path, self.colours)
        values = read_label_map(path)
        label_map = np.full(values.shape, _NOBODY, np.int32)
        in_table = values < len(self.class_of)
        label_map[in_table] = self.class_of[values[in_table]]
        if (label_map < 0).any():
            unknown = ", ".join(str(value) for value in np.unique(values[label_map < 0])[:5])
            known = ", ".join(str(value) for value in np.flatnonzero(self.class_of >= 0))
            raise SampleError(
                f"{path}: holds the value {unknown}, which is no class and is not ignored "
                f"(known are {known})"
            )
        return label_map.astype(np.uint8)

    def _read_colours(self, path: Path, colours: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        red, green, blue = np.moveaxis(read_colour_map(path).astype(np.int64), 2, 0)
        packed = red * 65536 + green * 256 + blue
        place = np.minimum(np.searchsorted(colours, packed), len(colours) - 1)
        unknown = np.unique(packed[colours[place] != packed])
        if len(unknown):
            shown = ", ".join(f"#{value:06x}" for value in unknown[:5])
            raise SampleError(
                f"{path}: holds the colour {shown}, which is no class and is not ignored "
                f"({len(unknown)} such colours; {len(colours)} are known)"
            )
        label_map: npt.NDArray[np.uint8] = self.class_of[place].astype(np.uint8)
        return label_map


def table_of_values(
    name: str,
    classes: Sequence[str],
    values: Sequence[Sequence[int]] | None = None,
    ignore: Sequence[int] = (),
) -> LabelTable:
    """Return the table of label maps whose values are numbers.

    Args:
        name: Of the rain set, for errors.
        classes: Names.
        values: One or more for each class; 0, 1, 2, ... where None.
        ignore: Values that no score counts; 255 never counts where it is no class.

    Raises:
        ConfigError: If they contradict each other.
    """
    classes = [plain(one) for one in classes]
    check_class_names(name, classes)
    if values is None:
        values = [[number] for number in range(len(classes))]
    each = [value for of_class in values for value in of_class]
    if len(values) != len(classes) or not all(values) or len(set(each)) < len(each):
        raise ConfigError(
            f"{name}: `values` must give each of the {len(classes)} classes a value of its own"
        )
    both = sorted({*each} & {*ignore})
    if both:
        raise ConfigError(f"{name}: the value {both[0]} stands for a class and in `ignore`")
    highest = max((*each, *ignore, IGNORE_LABEL))
    class_of = np.full(256 if highest < 256 else 65536, _NOBODY, np.int32)
    class_of[IGNORE_LABEL] = IGNORE_LABEL
    class_of[list(ignore)] = IGNORE_LABEL
    for index, of_class in enumerate(values):
        class_of[list(of_class)] = index
    return LabelTable(tuple(classes), class_of)


def table_of_colours(
    name: str, colours: Mapping[str, Sequence[Colour]], ignore: Sequence[Colour] = ()
) -> LabelTable:
    """Return the table of label maps whose classes are colours.

    Args:
        name: Of the rain set, for errors.
        colours: One or more for each class.
        ignore: Colours that no score counts.

    Raises:
        ConfigError: If a colour stands twice.
    """
    classes = [plain(one) for one in colours]
    check_class_names(name, classes)
    class_of: dict[int, int] = {}
    pairs = [(colour, index) for index, some in enumerate(colours.values()) for colour in some]
    for colour, index in [*pairs, *((colour, IGNORE_LABEL) for colour in ignore)]:
        red, green, blue = colour
        packed = red * 65536 + green * 256 + blue
        if packed in class_of:
            raise ConfigError(f"{name}: the colour #{packed:06x} stands twice in the colour table")
        class_of[packed] = index
    ordered = sorted(class_of)
    return LabelTable(
        tuple(classes),
        np.array([class_of[packed] for packed in ordered], np.int32),
        np.array(ordered, np.int64),
    )


def check_class_names(name: str, classes: Sequence[str]) -> None:
    """Refuse names that do not tell classes apart.

    Raises:
        ConfigError: If there is none, too many, one twice, or one without a letter.
    """
    if not all(one.strip() for one in classes):
        raise ConfigError(f"{name}: `classes` holds a name without a letter: give each class one")
    if not 0 < len(classes) <= IGNORE_LABEL or len(set(classes)) < len(classes):
        raise ConfigError(f"{name}: `classes` needs 1 to {IGNORE_LABEL} names, each once")


def read_colour_file(name: str, path: Path) -> dict[str, list[Colour]]:
    """Read a colour table: a line a class, with red, green and blue and the name.

    The name may stand before the numbers (``road,128,64,128``) or after them
    (``128 64 128 road``); a line without three numbers is a heading.

    Raises:
        ConfigError: If the file cannot be read, or a line has no name or wrong numbers.
    """
    try:
        lines = read_text(path).splitlines()
    except OSError as error:
        raise ConfigError(f"{name}: {path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise ConfigError(f"{name}: {path}: {error}") from error
    colours: dict[str, list[Colour]] = {}
    for number, line in enumerate(lines, 1):
        words = [word for word in re.split(r"[\s,;]+", line) if word]
        numbers = [word.isdecimal() for word in words]
        if not any(numbers):
            continue  # a heading
        if numbers[:3] == [True] * 3:
            levels, named = words[:3], words[3:]
        else:
            levels, named = words[-3:], words[:-3]
        if not named or not all(word.isdecimal() and int(word) < 256 for word in levels):
            raise ConfigError(
                f"{name}: {path}, line {number}: {line.strip()!r} is no class with red, green and "
                "blue from 0 to 255, such as `road,128,64,128`"
            )
        red, green, blue = map(int, levels)
        colours.setdefault(" ".join(named), []).append((red, green, blue))
    if not colours:
        raise ConfigError(f"{name}: {path}: names no class with a colour")
    return colours
