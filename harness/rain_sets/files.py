"""The files of a rain set: found by name pattern, digested, and missed with a clear word."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from harness.dangling_links import dangling
from harness.digests import digest_file
from harness.errors import ConfigError, SampleError
from harness.near_misses import near_miss
from harness.rain_sets.equal_files import have_equal_bytes, original_of
from harness.rain_sets.inside_folder import as_spelled_on_disk, leads_elsewhere
from harness.rain_sets.name_patterns import FolderPart, NamePattern
from harness.spelling import plain
from harness.wording import counted, some_of

PICTURE_SUFFIXES = frozenset(
    f".{one}"
    for one in (
        *("png", "jpg", "jpeg", "jpe", "jfif", "bmp", "dib", "tif", "tiff", "webp"),
        *("ppm", "pgm", "pnm", "pbm", "gif", "jp2", "avif", "mpo"),
    )
)
"""Which files count where a pattern leaves the extension open."""

UNREADABLE_SUFFIXES = frozenset(
    f".{one}"
    for one in (
        *("heic", "heif", "jxl", "dng", "cr2", "cr3", "nef", "arw", "orf", "rw2", "raw"),
        *("exr", "hdr", "mat"),
    )
)
"""Pictures that nothing here decodes: they are named, so that a set does not shrink unseen."""


class FoundFile(NamedTuple):
    """A file that matches a pattern.

    Attributes:
        path: Where it lies.
        relative: The same below the set's folder, with ``/`` between the parts.
        values: The values of the pattern's fields.
        problem: Why it cannot be used, "" if nothing is known against it.
    """

    path: Path
    relative: str
    values: Mapping[str, str]
    problem: str = ""


class PassedOver(NamedTuple):
    """A file that lies where a pattern looks, and that no sample is made of.

    Attributes:
        path: Where it lies.
        why: In a few words.
    """

    path: Path
    why: str


class Found(NamedTuple):
    """What a pattern finds.

    Attributes:
        files: That match, sorted by path.
        others: Pictures in the same folders that do not.
    """

    files: list[FoundFile]
    others: list[PassedOver]


def check_folder(name: str, folder: Path, option: str = "root") -> None:
    """Refuse a rain set whose folder is not there.

    Args:
        name: Of the rain set.
        folder: Which must be there.
        option: That gave the folder.

    Raises:
        ConfigError: If ``folder`` is missing or no folder.
    """
    if not folder.is_dir():
        cause = "is not a folder" if folder.exists() else "does not exist"
        raise ConfigError(
            f"{name}: {folder} {cause}; set `{option}` to the folder that holds the pictures"
        )


def find_files(root: Path, pattern: NamePattern, follow_links: bool = False) -> Found:
    """Return the files below ``root`` that match, and the pictures beside them that do not.

    Hidden files and folders never count, unless the pattern names the folder. A dangling link is a
    file with a problem, and so is one that leads out of the folder that the pattern names. Of
    files that differ in the extension's spelling alone the pattern's own counts; a second copy
    ``1(1).jpg`` with the bytes of ``1.jpg`` does not count.

    Args:
        root: The set's folder.
        pattern: Which files.
        follow_links: Let links lead out of the folder.
    """
    files: list[FoundFile] = []
    others: list[PassedOver] = []
    open_pattern = pattern.with_free_suffix()
    for place in _places(root, pattern):
        values = pattern.match(place.relative)
        if place.hidden:
            why = "in a hidden folder" if values is not None else ""
        elif values is None:
            why = _why_no_match(place, pattern, open_pattern)
        elif place.path.name.startswith("."):
            why = "hidden"
        elif pattern.suffix_is_free and place.path.suffix.lower() not in PICTURE_SUFFIXES:
            why = "another extension" if place.path.suffix.lower() in UNREADABLE_SUFFIXES else ""
        else:
            files.append(
                FoundFile(place.path, place.relative, values, _problem(place, follow_links))
            )
            continue
        if why:
            others.append(PassedOver(place.path, why))
    others += _in_folders_below({place.path.parent for place in _places(root, pattern)})
    kept, dropped = without_copies(*_own_spelling_first(files, pattern))
    return Found(sorted(kept, key=lambda file: file.relative), [*others, *dropped])


def _in_folders_below(searched: set[Path]) -> Iterator[PassedOver]:
    """Yield the pictures one folder below those that were searched, where none was sought."""
    for folder in sorted(searched):
        below = [path for path in _entries(folder) if path.is_dir() and path not in searched]
        for one in below:
            if not one.name.startswith("."):
                yield from (
                    PassedOver(path, f"in the folder {one.name} below") for path in pictures_in(one)
                )


def pictures_in(folder: Path) -> list[Path]:
    """Return the pictures that lie in a folder, by their names; none where it cannot be read."""
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        return []
    return [
        path
        for path in paths
        if path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".")
    ]


def any_match(root: Path, pattern: NamePattern) -> bool:
    """Return whether any file below ``root`` matches."""
    return any(
        pattern.match(place.relative) is not None
        and not place.path.name.startswith(".")
        and not place.hidden
        for place in _places(root, pattern)
    )


class _Place(NamedTuple):
    """A file where a pattern looks.

    Attributes:
        path: Where it lies.
        relative: The same below the set's folder, accents composed.
        folder: That the pattern names without a field or star, below the set's.
        linked: Whether a link lies on the way from that folder.
        hidden: Whether a hidden folder does that the pattern does not name.
    """

    path: Path
    relative: str
    folder: Path
    linked: bool
    hidden: bool = False


def _places(root: Path, pattern: NamePattern) -> Iterator[_Place]:
    """Yield every file in the folders that a pattern names."""
    level = [_Place(root, "", root, False)]
    named = True
    for part in pattern.folders:
        named = named and part.regex is None
        level = [below for place in level for below in _folders(place, part, named)]
    for place in level:
        for path in _entries(place.path):
            if not path.is_dir():
                relative = f"{place.relative}{plain(path.name)}"
                linked = place.linked or path.is_symlink()
                yield _Place(path, relative, place.folder, linked, place.hidden)


def _folders(place: _Place, part: FolderPart, named: bool) -> Iterator[_Place]:
    if part.regex is None:
        path = as_spelled_on_disk(place.path, place.path / part.text)
        candidates = [path] if path.is_dir() else []
    else:
        candidates = [
            path
            for path in _entries(place.path)
            if part.regex.fullmatch(plain(path.name)) and path.is_dir()
        ]
    for path in candidates:
        relative = f"{place.relative}{plain(path.name)}/"
        linked = not named and (place.linked or path.is_symlink())
        is_hidden = path.name.startswith(".") and not part.text.startswith(".")
        folder = path if named else place.folder
        yield _Place(path, relative, folder, linked, place.hidden or is_hidden)


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be read ({error.strerror})") from error


def _problem(place: _Place, follow_links: bool) -> str:
    if not place.linked:
        return ""
    if not place.path.exists():
        return f"{place.path}: {dangling(place.path)}"
    return "" if follow_links else leads_elsewhere(place.folder, place.path)


def _why_no_match(place: _Place, pattern: NamePattern, open_pattern: NamePattern) -> str:
    """Return why a picture does not match, "" for what is no picture."""
    suffix = place.path.suffix.lower()
    if suffix not in PICTURE_SUFFIXES | UNREADABLE_SUFFIXES:
        return ""
    if pattern.suffix.lower() not in PICTURE_SUFFIXES and not pattern.suffix_is_free:
        return ""  # the pattern is not about pictures
    if place.path.name.startswith("."):
        return "hidden"
    if open_pattern.match(place.relative) is not None:
        return "another extension"
    return "another name"


def _own_spelling_first(
    files: Sequence[FoundFile], pattern: NamePattern
) -> tuple[list[FoundFile], list[PassedOver]]:
    """Leave out ``1.PNG`` where the pattern's own ``1.png`` lies beside it."""
    if pattern.suffix_is_free:
        return list(files), []
    own = {file.path.with_suffix("") for file in files if file.path.suffix == pattern.suffix}
    kept, dropped = [], []
    for file in files:
        if file.path.suffix == pattern.suffix or file.path.with_suffix("") not in own:
            kept.append(file)
        else:
            why = f"the same name as {file.path.with_suffix(pattern.suffix).name}"
            dropped.append(PassedOver(file.path, why))
    return kept, dropped


def without_copies(
    files: Sequence[FoundFile], dropped: Sequence[PassedOver]
) -> tuple[list[FoundFile], list[PassedOver]]:
    """Leave out second copies that a browser or a file manager made, bytes and all.

    Args:
        files: To choose from.
        dropped: What was left out before.
    """
    by_path = {file.path: file for file in files}
    kept, left_out = [], list(dropped)
    for file in files:
        first = original_of(file.path)
        if first in by_path and not file.problem and have_equal_bytes(first, file.path):
            left_out.append(PassedOver(file.path, f"a second copy of {first.name}"))
        else:
            kept.append(file)
    return kept, left_out


def passed_over(*found: Found) -> tuple[str, ...]:
    """Return a line for each reason for which pictures beside those of a set are none of it.

    Args:
        found: By each pattern of the set; what one of them takes is not passed over.
    """
    taken = {file.path for one in found for file in one.files}
    reasons: dict[str, set[Path]] = {}
    for one in found:
        for other in one.others:
            if other.path not in taken:
                reasons.setdefault(other.why, set()).add(other.path)
    return tuple(_line(why, sorted(paths)) for why, paths in reasons.items())


def _line(why: str, paths: Sequence[Path]) -> str:
    shown = some_of([path.name for path in paths])
    return f"{counted(len(paths), 'file')} passed over ({why}): {shown}"


def files_by_id(
    name: str, pattern: NamePattern, files: Sequence[FoundFile]
) -> dict[str, FoundFile]:
    """Return files by sample id.

    Raises:
        ConfigError: If two files would have the same id.
    """
    by_id: dict[str, FoundFile] = {}
    for file in files:
        sample_id = pattern.sample_id(file.relative)
        if sample_id in by_id:
            raise ConfigError(
                f"{name}: {by_id[sample_id].path} and {file.path} would both have the id "
                f"{sample_id!r}; rename one, or narrow the pattern {pattern.text!r}"
            )
        by_id[sample_id] = file
    return by_id


def no_match(name: str, root: Path, *patterns: NamePattern, advice: str = "") -> ConfigError:
    """Return the error for patterns that match no file, with one that is there for comparison.

    Args:
        name: Of the rain set.
        root: Its folder.
        patterns: That match nothing.
        advice: What to do.
    """
    wanted = " or ".join(dict.fromkeys(repr(pattern.text) for pattern in patterns))
    example = next(_pictures_below(root), None)
    there = (
        f"a picture that is there: {example.relative_to(root).as_posix()!r}"
        if example
        else "there is no picture below that folder at all"
    )
    hint = f"; {advice}" if advice else ""
    return ConfigError(f"{name}: no file below {root} matches {wanted}; {there}{hint}")


def _pictures_below(root: Path) -> Iterator[Path]:
    return (
        path
        for path in root.rglob("*")
        if path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".")
    )


def digest_of(path: Path, digest: Callable[[Path], str] = digest_file) -> str:
    """Return the digest of a file of a sample.

    Args:
        path: Of the file.
        digest: Of what: of its bytes, or of a picture as it is read.

    Raises:
        SampleError: If it cannot be read.
    """
    try:
        return digest(path)
    except FileNotFoundError as error:
        raise SampleError(f"{path}: no such file{near_miss(path)}") from error
    except OSError as error:
        raise SampleError(f"{path}: cannot be read ({error.strerror})") from error
