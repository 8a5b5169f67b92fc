"""Files of equal content in one set: a picture that is counted twice weighs double in each mean."""

import filecmp
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from harness.digests import digest_file
from harness.regular_files import open_regular

_COPY = re.compile(r"(.+?)(?: ?\(\d+\)| - (?:Copy|Kopie|copie)(?: \(\d+\))?| copy(?: \d+)?)")
"""How browsers, Windows and macOS name a second copy of ``1.jpg``."""


def original_of(path: Path) -> Path:
    """Return the file that a copy's name points to; the path itself where it is no copy's name.

    >>> original_of(Path("902_2(1).jpg")).name, original_of(Path("a (2).png")).name
    ('902_2.jpg', 'a.png')
    """
    found = _COPY.fullmatch(path.stem)
    return path.with_name(found[1] + path.suffix) if found else path


def have_equal_bytes(one: Path, other: Path) -> bool:
    """Return whether two different files have the same content; False if one cannot be read."""
    try:
        return one != other and filecmp.cmp(one, other, shallow=False)
    except OSError:
        return False


def equal_files(paths: Iterable[Path]) -> list[list[Path]]:
    """Return the groups of files with the same content; what cannot be read is in none.

    Only files of one size are read.
    """
    by_size: dict[int, list[Path]] = defaultdict(list)
    for path in paths:
        try:
            by_size[path.stat().st_size].append(path)
        except OSError:
            continue
    groups = []
    for alike in by_size.values():
        if len(alike) > 1:
            groups += _equal_among(alike)
    return sorted(groups)


def _equal_among(paths: Sequence[Path]) -> list[list[Path]]:
    by_content: dict[str, list[Path]] = defaultdict(list)
    for start in _with_equal_starts(paths):
        for path in start:
            try:
                by_content[digest_file(path)].append(path)
            except OSError:
                continue
    return [sorted(equal) for equal in by_content.values() if len(equal) > 1]


def _with_equal_starts(paths: Sequence[Path], size: int = 4096) -> list[list[Path]]:
    """Return groups that begin and end alike, so that few files are read whole."""
    by_ends: dict[bytes, list[Path]] = defaultdict(list)
    for path in paths:
        try:
            with open_regular(path) as file:
                start = file.read(size)
                file.seek(-min(size, path.stat().st_size), 2)
                by_ends[start + file.read(size)].append(path)
        except OSError:
            continue
    return [alike for alike in by_ends.values() if len(alike) > 1]


def equal_pictures(paths: Iterable[Path]) -> tuple[str, ...]:
    """Return a line that names pictures of one content, none where there are none."""
    groups = equal_files(paths)
    if not groups:
        return ()
    shown = "; ".join(" = ".join(path.name for path in group[:3]) for group in groups[:3])
    more = "; ..." if len(groups) > 3 else ""
    number = sum(map(len, groups)) - len(groups)
    noun = "picture is" if number == 1 else "pictures are"
    return (f"{number} {noun} counted again under another name: {shown}{more}",)
