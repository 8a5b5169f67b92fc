"""Which tables a report wrote, so that the next one takes away what it does not write again."""

import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from harness.digests import digest_file
from harness.images import write_bytes
from harness.run_folder.damage import read_whole

INDEX = ".tables.json"


def keep_only(
    folder: Path, written: Iterable[str], own: Collection[str], removes: bool = True
) -> None:
    """Remove tables of the last report that this one did not write, unless somebody changed them.

    Args:
        folder: Of the tables.
        written: The names of this report's files.
        own: Names, without their endings, of what reports write of themselves: all that is known
            of a report that left no index.
        removes: False where this one could not write all that it was asked for: then the next one
            does, as it still knows of them.
    """
    names = set(written)
    index = {name: digest_file(folder / name) for name in sorted(names)}
    for name, digest in (_last(folder) or _as_they_are(folder, own)).items():
        path = folder / Path(name).name
        if name not in names and path.is_file() and digest_file(path) == digest:
            if removes:
                path.unlink()
            else:
                index[name] = digest
    write_bytes(folder / INDEX, json.dumps(index, indent=1).encode())


def was_written(folder: Path, name: str) -> bool:
    """Return whether the last report wrote tables of a name."""
    return f"{name}.md" in _last(folder)


def _as_they_are(folder: Path, own: Collection[str]) -> Mapping[str, str]:
    files = (path for path in folder.glob("*.*") if path.stem in own and path.is_file())
    return {path.name: digest_file(path) for path in files}


def _last(folder: Path) -> Mapping[str, str]:
    """Return the digests of the last report's tables by name; none where nothing tells them."""
    try:
        index = json.loads(read_whole(folder / INDEX))
        return {str(name): str(digest) for name, digest in index.items()}
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}
