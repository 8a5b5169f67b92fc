"""The files of a rain set: found by name pattern, digested, and missed with a clear word."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from harness.digests import digest_file
from harness.errors import ConfigError, SampleError
from harness.rain_sets.name_patterns import NamePattern

PICTURE_SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".gif"}
)
"""Which files count where a pattern leaves the extension open."""


class FoundFile(NamedTuple):
    """A file that matches a pattern.

    Attributes:
        path: Where it lies.
        relative: The same below the set's folder, with ``/`` between the parts.
        values: The values of the pattern's fields.
    """

    path: Path
    relative: str
    values: Mapping[str, str]


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


def find_files(root: Path, pattern: NamePattern) -> list[FoundFile]:
    """Return the files below ``root`` that match, sorted by path; hidden ones never count."""
    return sorted(_matches(root, pattern), key=lambda file: file.relative)


def any_match(root: Path, pattern: NamePattern) -> bool:
    """Return whether any file below ``root`` matches."""
    return next(_matches(root, pattern), None) is not None


def _matches(root: Path, pattern: NamePattern) -> Iterator[FoundFile]:
    for path in root.glob(pattern.glob):
        relative = path.relative_to(root).as_posix()
        values = pattern.match(relative)
        if values is None or path.name.startswith(".") or not path.is_file():
            continue
        if not pattern.suffix_is_free or path.suffix.lower() in PICTURE_SUFFIXES:
            yield FoundFile(path, relative, values)


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


@dataclass(frozen=True)
class Pictures:
    """The files of a rain set with one file a sample.

    Attributes:
        name: Of the rain set.
        paths: By sample id, sorted by it.
    """

    name: str
    paths: Mapping[str, Path]

    def path(self, sample_id: str) -> Path:
        """Return the file of a sample.

        Raises:
            SampleError: If there is no such sample.
        """
        if sample_id not in self.paths:
            raise SampleError(f"{self.name}: no sample has the id {sample_id!r}")
        return self.paths[sample_id]


def find_pictures(name: str, root: Path, pattern_text: str) -> Pictures:
    """Return the files that match, by sample id.

    Raises:
        ConfigError: If the folder is missing, the pattern is wrong or matches nothing, or two
            files would have the same id.
    """
    check_folder(name, root)
    pattern = NamePattern(pattern_text)
    files = find_files(root, pattern)
    if not files:
        raise no_match(name, root, pattern)
    by_id = files_by_id(name, pattern, files)
    return Pictures(name, {sample_id: by_id[sample_id].path for sample_id in sorted(by_id)})


def no_match(name: str, root: Path, *patterns: NamePattern) -> ConfigError:
    """Return the error for patterns that match no file, with one that is there for comparison."""
    wanted = " or ".join(repr(pattern.text) for pattern in patterns)
    example = next(_pictures_below(root), None)
    there = (
        f"a picture that is there: {example.relative_to(root).as_posix()!r}"
        if example
        else "there is no picture below that folder at all"
    )
    return ConfigError(f"{name}: no file below {root} matches {wanted}; {there}")


def _pictures_below(root: Path) -> Iterator[Path]:
    return (
        path
        for path in root.rglob("*")
        if path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".")
    )


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file of a sample.

    Raises:
        SampleError: If it cannot be read.
    """
    try:
        return digest_file(path)
    except FileNotFoundError as error:
        raise SampleError(f"{path}: no such file") from error
    except OSError as error:
        raise SampleError(f"{path}: cannot be read ({error.strerror})") from error
