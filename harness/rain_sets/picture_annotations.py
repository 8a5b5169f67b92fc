"""Annotations of single pictures become the boxes of a rain set."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from harness.errors import ConfigError
from harness.rain_sets.annotated_images import AnnotatedImage, StatedBox, image_of
from harness.rain_sets.box_truth import BoxTruth
from harness.rain_sets.inside_folder import relative_name
from harness.rain_sets.matching import MainFiles, Roles, check_fields, find_partners, shared_values
from harness.rain_sets.name_patterns import NamePattern
from harness.rain_sets.stated_values import Size
from harness.spelling import plain

ROLES = Roles("picture", "annotation")


@dataclass(frozen=True)
class PictureAnnotation:
    """What an annotation says of one picture, its classes by name.

    Attributes:
        file_name: Of the picture or of the annotation, for errors.
        size: (height, width) in pixels, None where it does not say; so of each.
        objects: In its order.
        attributes: What else it says of the picture.
        in_shares: Whether boxes are shares of the picture's size.
    """

    file_name: str
    size: Size | None
    objects: Sequence[StatedBox] = ()
    attributes: Mapping[str, object] = field(default_factory=dict)
    in_shares: bool = False


class WhatIsSpare(NamedTuple):
    """What a set passes over, saying so, where it would otherwise be an image that fails.

    Attributes:
        truths: Annotations, label maps and clean images without their picture.
        pictures: Pictures without annotation or label map.
    """

    truths: bool = False
    pictures: bool = False


def boxes_in_files(
    name: str,
    mains: MainFiles,
    pattern: NamePattern,
    read: Callable[[Path], PictureAnnotation],
    spare: WhatIsSpare,
    *,
    classes: Sequence[str] | None = None,
    missing_is_empty: bool = False,
    follow_links: bool = False,
) -> BoxTruth:
    """Read the annotations that have a file for each picture.

    Args:
        name: Of the rain set, for errors.
        mains: The pictures.
        pattern: Of the files.
        read: Reads one; OSError and ValueError say why it cannot.
        spare: What is passed over.
        classes: Those of the set, in order; the names that occur, sorted, where None.
        missing_is_empty: A picture without a file has no object.
        follow_links: Let links lead out of the folder.

    Raises:
        ConfigError: If the pattern matches nothing.
    """
    found = find_partners(
        name,
        mains,
        pattern,
        ROLES,
        spare.truths,
        mains_may_be_spare=spare.pictures or missing_is_empty,
        follow_links=follow_links,
    )
    read_ones, lost = {}, dict(found.lost)
    if missing_is_empty:
        without = mains.by_id.keys() - found.paths.keys() - lost.keys()
        read_ones = dict.fromkeys(without, PictureAnnotation("", None))
    for sample_id, path in found.paths.items():
        try:
            read_ones[sample_id] = read(path)
        except OSError as error:
            lost[sample_id] = f"{path}: cannot be read ({error.strerror})"
        except ValueError as error:
            lost[sample_id] = f"{path}: {error}"
    folder = mains.root / PurePosixPath(pattern.text).parent
    notices = (f"{found.spare} annotations passed over, which have no picture",) * bool(found.spare)
    truth = truth_of(read_ones, folder, lost, classes)
    return BoxTruth(truth.classes, truth.images, folder, lost, notices)


def truth_of(
    annotations: Mapping[str, PictureAnnotation],
    source: Path,
    lost: Mapping[str, str],
    classes: Sequence[str] | None = None,
) -> BoxTruth:
    """Put annotations by sample id into the arrays of a set.

    Args:
        annotations: By sample id.
        source: Where they come from, for errors.
        lost: For an id without one, why.
        classes: Those of the set; the names that occur, sorted, where None.
    """
    occurring = {box.name for one in annotations.values() for box in one.objects}
    names = tuple(dict.fromkeys(classes)) if classes is not None else tuple(sorted(occurring))
    images = {
        sample_id: image_of(
            one.file_name,
            one.size,
            one.objects,
            names,
            attributes=one.attributes,
            in_shares=one.in_shares,
        )
        for sample_id, one in sorted(annotations.items())
    }
    return BoxTruth(names, images, source, lost)


class Assigned(NamedTuple):
    """Which entry of a file with many annotations belongs to which picture.

    Attributes:
        entries: By sample id, the number of the entry.
        lost: For an id without one, why.
        spare: How many entries belong to no picture.
    """

    entries: Mapping[str, int]
    lost: Mapping[str, str]
    spare: int


def assign_by_file_name(
    name: str,
    mains: MainFiles,
    file_names: Sequence[str],
    source: Path,
    spare: WhatIsSpare,
    named: NamePattern | None = None,
) -> Assigned:
    """Find each picture's entry by the file name that the entry states.

    Without a pattern the names must agree from the end: ``val/1.jpg`` is the entry of
    ``images/val/1.jpg``. Where no path agrees, the names without extension decide, as pictures
    are often stored anew in another format. An entry that so fits several pictures is no one's.

    Args:
        name: Of the rain set, for errors.
        mains: The pictures.
        file_names: Of the entries.
        source: The file with the entries.
        spare: What is passed over.
        named: How entries are named by the fields of the pictures' pattern, where several rainy
            pictures share an entry.

    Raises:
        ConfigError: If no entry belongs to any picture, or ``named`` has an unknown field.
    """
    candidates = _Keys(name, mains, named).candidates(file_names)
    users = Counter(numbers[0] for numbers in candidates.values() if len(numbers) == 1)
    if not users:
        example = next(iter(mains.by_id.values())).relative
        raise ConfigError(
            f"{name}: no picture is named as {source} says; a picture: {example!r}, an entry: "
            f"{(file_names or ['(none)'])[0]!r}"
        )
    entries: dict[str, int] = {}
    lost: dict[str, str] = {}
    for sample_id, numbers in candidates.items():
        if len(numbers) == 1 and (named is not None or users[numbers[0]] == 1):
            entries[sample_id] = numbers[0]
        elif numbers or not spare.pictures:
            stated = [file_names[number] for number in numbers]
            sharers = users[numbers[0]] if numbers else 0
            lost[sample_id] = (
                f"{mains.by_id[sample_id].path}: {_undecided(stated, sharers, source)}"
            )
    without = sorted({*range(len(file_names))} - {*users})
    if not spare.truths:
        for number in without:
            lost[plain(file_names[number])] = (
                f"{source}: there is no picture {file_names[number]!r}; `spare_truth: true` passes "
                "over annotations without picture"
            )
    return Assigned(entries, lost, len(without) if spare.truths else 0)


def _undecided(stated: Sequence[str], sharers: int, source: Path) -> str:
    """Return why a picture has no entry.

    Args:
        stated: The file names of the entries that may be its.
        sharers: Pictures whose only entry the first of these would be.
        source: The file with the entries.
    """
    if len(stated) > 1:
        return f"several entries of {source} may be its: {' and '.join(stated[:2])}"
    if stated:
        return (
            f"the entry {stated[0]!r} of {source} fits {sharers} pictures; give entries their "
            "folders, or say by `named` that pictures share one"
        )
    return (
        f"no entry of {source} has its name; `spare_pictures: true` passes over pictures without "
        "annotation"
    )


@dataclass(frozen=True)
class _Keys:
    """What a picture and its entry have in common."""

    name: str
    mains: MainFiles
    named: NamePattern | None

    def __post_init__(self) -> None:
        if self.named is not None:
            check_fields(self.name, self.mains.pattern, self.named, ROLES)

    def candidates(self, file_names: Sequence[str]) -> dict[str, list[int]]:
        """Return, by sample id, the numbers of the entries that may be the picture's."""
        by_key: dict[object, list[int]] = defaultdict(list)
        for number, file_name in enumerate(file_names):
            for key in self.of_entry(file_name):
                by_key[key].append(number)
        return {
            sample_id: next(
                (by_key[key] for key in self.of_picture(sample_id) if key in by_key), []
            )
            for sample_id in self.mains.by_id
        }

    def of_entry(self, file_name: str) -> list[object]:
        try:
            relative = relative_name(file_name)
        except ValueError:
            return []
        if self.named is not None:
            values = self.named.match(relative)
            return [] if values is None else [tuple(values[one] for one in self.named.fields)]
        return [relative, PurePosixPath(relative).with_suffix("").as_posix() + ".*"]

    def of_picture(self, sample_id: str) -> list[object]:
        file = self.mains.by_id[sample_id]
        if self.named is not None:
            return [shared_values(file, self.named)]
        path = PurePosixPath(file.relative)
        tails = ["/".join(path.parts[start:]) for start in range(len(path.parts))]
        return [*tails, *(PurePosixPath(one).with_suffix("").as_posix() + ".*" for one in tails)]


def boxes_in_one_file(
    assigned: Assigned, images: Sequence[AnnotatedImage], classes: Sequence[str], source: Path
) -> BoxTruth:
    """Return the boxes of pictures whose annotations stand in one file.

    Args:
        assigned: Which entry is whose.
        images: The entries.
        classes: Of the set.
        source: The file.
    """
    spare = (f"{assigned.spare} annotations passed over, which have no picture",)
    return BoxTruth(
        tuple(classes),
        {sample_id: images[number] for sample_id, number in assigned.entries.items()},
        source,
        assigned.lost,
        spare * bool(assigned.spare),
    )
