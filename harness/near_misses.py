"""What lies where a file was looked for in vain."""

from pathlib import Path

from harness.spelling import plain


def near_miss(path: Path) -> str:
    """Return a word on a missing file: a link that leads nowhere, another case or extension.

    Args:
        path: Of the file; if that has no folder, the word is on the folder.

    Returns:
        What follows a message, "" where nothing is alike.
    """
    if path.is_symlink():
        return f"; it is a link to {path.readlink()}, which is not there"
    if not path.parent.is_dir():
        return f"; there is no folder {path.parent}"
    stem = plain(path.stem).lower()
    alike = [one for one in path.parent.iterdir() if plain(one.stem).lower() == stem]
    if not alike:
        return ""
    there = min(alike)
    if there.is_symlink() and not there.exists():
        return f"; there is {there.name}, a link to {there.readlink()}, which is not there"
    return f"; there is {there.name}"
