"""`weights`: which weight files are known, where they lie here, and fetching one of them."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from harness.cli.listing import DIGITS, a_console, ask_all, below, known_weights_of, plain_table
from harness.downloads import fetch_to
from harness.errors import ConfigError
from harness.nearest import nearest
from harness.plugins import registry
from harness.weights_by_name import FOLDER, KnownFile, cache_folder, find, known_files

PIPED_WIDTH = 200
"""Columns where nobody says how wide the terminal is."""

WIDTH_OF_TABLE = 120
"""Columns of a terminal from which on all facts have room beside each other."""

CALL_LIMIT = 60
"""Seconds that importing a derainer or task may take."""


class Listed(NamedTuple):
    """A known weight file and who reads it.

    Attributes:
        method: As `use` names it.
        file: The file.
    """

    method: str
    file: KnownFile

    @property
    def name(self) -> str:
        """What it is called here: the method and the tag."""
        return f"{self.method}:{self.file.provenance.tag}"

    def is_named(self, text: str) -> bool:
        """Return whether a user means this file, by that name or by the file's own."""
        return text.lower() == self.name.lower() or text == self.file.provenance.name


def print_weights() -> None:
    """Print every known weight file, and where it lies."""
    listed, broken = all_known()
    console = a_console(PIPED_WIDTH)
    if console.width < WIDTH_OF_TABLE:
        _print_below_each_other(console, listed)
    else:
        _print_table(console, listed)
    console.print(
        f"\n{FOLDER}: {os.environ.get(FOLDER) or 'not set'}; cache: {cache_folder()}\n"
        "`weights: TAG` beside a method finds them, `rdmc-bench weights METHOD:TAG` fetches one",
        markup=False,
        highlight=False,
    )
    for line in broken:
        console.print(f"broken: {line}", markup=False, style="red")


def _print_table(console: Console, listed: Sequence[Listed]) -> None:
    table = plain_table("weights", "trained on", "licence", "from", "SHA-256", "where")
    for one in listed:
        known = one.file.provenance
        cells = (
            *(known.trained_on, known.licence, known.source, one.file.sha256[:DIGITS]),
            _where(one.file),
        )
        table.add_row(one.name, *map(Text, cells))
    console.print(table)


def _print_below_each_other(console: Console, listed: Sequence[Listed]) -> None:
    """Print the same where the table would have a word or two a line."""
    for one in listed:
        known = one.file.provenance
        console.print(Text(f"{one.name}: {_where(one.file)}", style="bold"))
        console.print(below(f"trained on {known.trained_on}; {known.licence}"))
        console.print(below(f"{known.source}; SHA-256 {one.file.sha256[:DIGITS]}"))


def all_known() -> tuple[list[Listed], list[str]]:
    """Return the known files of all derainers and tasks, and a line on each that gave no answer."""
    listed: dict[str, Listed] = {}
    broken = []
    kinds: tuple[registry.Kind, ...] = ("derainers", "tasks")
    for kind in kinds:
        known, silent = ask_all(registry.names(kind), CALL_LIMIT, _asking(kind))
        broken += silent
        for method, files in known.items():
            for file in files:
                listed.setdefault(file.sha256, Listed(method, file))
    return list(listed.values()), broken


def _asking(kind: registry.Kind) -> Callable[[str], list[KnownFile]]:
    def look(name: str) -> list[KnownFile]:
        return list(known_files(known_weights_of(name, registry.load(kind, name))))

    return look


def _where(file: KnownFile) -> str:
    """Say in a cell of the table where a file lies."""
    try:
        path = find(file)
    except ConfigError:
        return f"another file as {file.provenance.name}"
    if path is None:
        return "not here" if file.provenance.url else "not here, no address known"
    return "cache" if path.parent == cache_folder() else FOLDER


def fetch_weights(name: str, agreed: bool) -> Path | None:
    """Fetch one file into the cache, once the user has agreed to its licence.

    Args:
        name: ``METHOD:TAG``, or the name of the file.
        agreed: The user has said so already.

    Returns:
        Where it lies, which may have been so before; None if the user does not agree.

    Raises:
        ConfigError: If nobody knows it, no address of it is known, another file lies in its place,
            or nobody can be asked.
        DerainerError: If it cannot be fetched, or something else came.
    """
    listed = _named(name)
    path = find(listed.file)
    if path is not None:
        return path
    known, sha256 = listed.file.provenance, listed.file.sha256
    if not known.url:
        raise ConfigError(
            f"{listed.name}: no address of it is known ({known.place}); put the file as "
            f"{known.name} into the folder that {FOLDER} names"
        )
    target = cache_folder() / known.name
    _show(
        {
            "weights": listed.name,
            "trained on": known.trained_on,
            "from": known.place,
            "address": known.url,
            "SHA-256": sha256,
            "into": str(target),
            "licence": known.licence,
        }
    )
    if not agreed and not _agrees(listed.name):
        return None
    instead = f"fetch it elsewhere and put it as {known.name} into the folder that {FOLDER} names"
    fetch_to(target, known.url, sha256, instead, shows_progress=sys.stderr.isatty())
    return target


def _named(name: str) -> Listed:
    listed, broken = all_known()
    for one in listed:
        if one.is_named(name):
            return one
    names = [one.name for one in listed]
    others = f"; not asked: {'; '.join(broken)}" if broken else ""
    raise ConfigError(
        f"no weight file is known as {name!r}{nearest(name, names) or '.'} `rdmc-bench weights` "
        f"lists them{others}"
    )


def _show(facts: Mapping[str, str]) -> None:
    for fact, value in facts.items():
        print(f"{fact:<11} {value}")


def _agrees(name: str) -> bool:
    if not sys.stdin.isatty():
        raise ConfigError(
            f"{name}: is fetched once you agree to its licence, and nobody can be asked here; give "
            "--yes if you do"
        )
    try:
        answer = input("Fetch it under this licence? [y/N] ")
    except EOFError:
        return False
    return answer.strip().lower() in {"y", "yes"}
