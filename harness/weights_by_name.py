"""Weight files by name: where they are looked for, and that they are the ones that are known.

They are looked for in the folder that RDMC_BENCH_WEIGHTS names, and in this user's cache, where
`rdmc-bench weights` puts what it fetches.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from harness.digests import digest_file
from harness.errors import ConfigError
from harness.provenance import KnownWeights, Provenance

FOLDER = "RDMC_BENCH_WEIGHTS"
"""The variable that names a folder of weight files."""


class KnownFile(NamedTuple):
    """A weight file that a method knows.

    Attributes:
        sha256: Of its bytes.
        provenance: What is known of it.
    """

    sha256: str
    provenance: Provenance


def cache_folder() -> Path:
    """Return where fetched files are kept; XDG_CACHE_HOME moves it.

    Raises:
        ConfigError: If nobody knows where this user's files are.
    """
    given = os.environ.get("XDG_CACHE_HOME", "")
    if Path(given).is_absolute():  # others do not count, says the XDG specification
        return Path(given) / "rdmc-bench" / "weights"
    try:
        home = Path.home()
    except RuntimeError as error:
        raise ConfigError(
            "the cache of weight files has no place: HOME and XDG_CACHE_HOME are not set; set one"
        ) from error
    caches = home / ("Library/Caches" if sys.platform == "darwin" else ".cache")
    return caches / "rdmc-bench" / "weights"


def folders() -> list[Path]:
    """Return where files are looked for, in turn."""
    given = os.environ.get(FOLDER)
    return [*([Path(given).expanduser()] if given else []), cache_folder()]


def known_files(known: KnownWeights) -> Iterator[KnownFile]:
    """Yield the files of a method that can be named."""
    for digest, provenance in known.items():
        if provenance.name:
            yield KnownFile(provenance.file_sha256 or digest, provenance)


def known_as(known: KnownWeights, name: str) -> KnownFile | None:
    """Return the file that a name means: its tag in upper or lower case, or the file's own name."""
    for one in known_files(known):
        if name.lower() == one.provenance.tag.lower() or name == one.provenance.name:
            return one
    return None


def find(file: KnownFile) -> Path | None:
    """Return where a known file lies, None if it lies nowhere.

    Raises:
        ConfigError: If another file bears its name, or it cannot be read.
    """
    path = find_name(file.provenance.name)
    if path is None:
        return None
    try:
        digest = digest_file(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    if digest != file.sha256:
        raise ConfigError(
            f"{path}: is another file than the one for {file.provenance.trained_on} that is known "
            f"by this name: its SHA-256 is {digest[:12]}..., not {file.sha256[:12]}...; move it "
            "away and fetch that one, or name this one by its path"
        )
    return path


def find_name(name: str) -> Path | None:
    """Return where a file of that name lies in `folders`, None if in none of them."""
    return next((path for folder in folders() if (path := folder / name).is_file()), None)


def where_looked() -> str:
    """Say where files are looked for, as it goes on after "lies"."""
    given = os.environ.get(FOLDER)
    first = f"{Path(given).expanduser()} ({FOLDER})" if given else f"{FOLDER} (not set)"
    return f"neither in {first} nor in {cache_folder()}"


def how_to_get(file: KnownFile) -> str:
    """Say how a known file that lies nowhere can be had."""
    known = file.provenance
    if known.url:
        return f"`rdmc-bench weights {known.name}` fetches it (licence: {known.licence})"
    return (
        f"no address of it is known; it is of {known.place} (licence: {known.licence}): put it in "
        f"one of them as {known.name}"
    )


def path_by_name(name: str, known: KnownWeights) -> Path | None:
    """Return the file that a name in a configuration means, None if it means none that is known.

    Args:
        name: A tag, or the name of a file without its folder.
        known: The files of the method.

    Raises:
        ConfigError: If it is known and lies nowhere, or another file lies in its place.
    """
    file = known_as(known, name)
    if file is None:
        return find_name(name)
    path = find(file)
    if path is None:
        named = file.provenance.name
        is_named = "lies" if name == named else f"is the file {named}, which lies"
        raise ConfigError(f"{name} {is_named} {where_looked()}; {how_to_get(file)}")
    return path
