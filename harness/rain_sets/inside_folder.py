"""Files stay inside the folder that a configuration names, whatever an annotation or a link says.

A picture that is read from elsewhere is the wrong one without a word: the clean picture as the
rainy one, for example, with a plausible figure.
"""

import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath, PureWindowsPath

from harness.errors import SampleError
from harness.spelling import plain

STORES = (
    (".git", "annex", "objects"),
    (".git", "lfs", "objects"),
    (".dvc", "cache"),
)
"""Where links of git-annex, Git LFS and DVC lead within their repository: to a file's content."""

HUGGING_FACE = ("models--", "datasets--", "spaces--")
"""How a folder of Hugging Face's cache begins: links in its ``snapshots`` lead to its ``blobs``."""


def relative_name(stated: str) -> str:
    r"""Return a file name of an annotation as a path below a folder, with ``/`` between its parts.

    Raises:
        ValueError: If it is absolute, leaves the folder, or names no file; the text says which.

    >>> relative_name(r"clean\000001.jpg"), relative_name("./a/../b/1.png")
    ('clean/000001.jpg', 'b/1.png')
    """
    text = plain(stated).replace("\\", "/")
    if "\0" in text:
        raise ValueError("holds a zero byte")
    if text.startswith("/") or PureWindowsPath(text).drive:
        raise ValueError("is an absolute path")
    parts: list[str] = []
    for part in PurePosixPath(text).parts:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            raise ValueError("leaves the folder with `..`")
    if not parts:
        raise ValueError("names no file")
    return "/".join(parts)


def file_below(folder: Path, stated: str) -> Path:
    """Return where the file lies that an annotation names; nobody says that it is there.

    Args:
        folder: It must lie below.
        stated: As the annotation has it.

    Raises:
        SampleError: If it lies elsewhere, or a link leads elsewhere.
    """
    literal = folder / stated
    if "\\" in stated and "/" not in stated and ".." not in stated and _is(literal.is_file):
        return literal  # an archive from Windows, unpacked to names with back-slashes
    try:
        path = folder / relative_name(stated)
    except ValueError as error:
        raise SampleError(
            f"{stated}: {error}; a file name is relative to {folder} and lies below it"
        ) from error
    path = as_spelled_on_disk(folder, path)
    problem = leads_elsewhere(folder, path)
    if problem:
        raise SampleError(problem)
    return path


def as_spelled_on_disk(folder: Path, path: Path) -> Path:
    """Return the path with accents composed or decomposed as the files on disk have them."""
    if os.path.lexists(path) or str(path).isascii():
        return path
    found = folder
    for part in path.relative_to(folder).parts:
        found = found / part
        if not os.path.lexists(found) and _is(found.parent.is_dir):
            alike = (one.name for one in found.parent.iterdir() if plain(one.name) == plain(part))
            found = found.with_name(next(alike, part))
    return found


def _is(test: Callable[[], bool]) -> bool:
    """Return what a test of a path says, False where the path cannot be one: its name is long."""
    try:
        return test()
    except OSError:
        return False


def leads_elsewhere(folder: Path, path: Path) -> str:
    """Return why a path below a folder leads out of it through a link, "" if it does not."""
    target, inside = path.resolve(), folder.resolve()
    link = path.parent.resolve() / path.name
    if target.is_relative_to(inside) or (link.is_relative_to(inside) and _leads_to_a_store(link)):
        return ""
    return (
        f"{path}: a link leads out of {folder}, to {target}; put the file itself there, set `root` "
        "to the folder that holds both, or say `follow_links: true` with `layout: files`"
    )


def _leads_to_a_store(link: Path) -> bool:
    """Return whether a link leads to the content of a file in the store that it belongs to."""
    if not link.is_symlink():
        return False
    content = Path(os.path.normpath(link.parent / link.readlink()))
    if content.is_symlink():
        return False
    repository = content.parent.parent
    if content.parent.name == "blobs" and repository.name.startswith(HUGGING_FACE):
        return link.is_relative_to(repository.resolve() / "snapshots")
    parts = content.parts[:-1]
    return any(
        parts[start : start + len(store)] == store
        and link.is_relative_to(Path(*parts[:start]).resolve())
        for store in STORES
        for start in range(1, len(parts))
    )
