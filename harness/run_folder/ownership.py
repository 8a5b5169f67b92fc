"""Whose a folder is: only what a run made is read as such, changed or deleted.

The first thing that a run writes is its mark, ``.rdmc-bench``. A folder without it that holds
anything under a name of ours is refused, unless an older version left what proves it ours.
"""

import contextlib
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

from harness.errors import BenchError, ConfigError
from harness.images import TEMPORARY
from harness.run_folder.beside import FIGURES
from harness.run_folder.beside import FOLDER as BESIDE
from harness.run_folder.costs import FILE_NAME as COSTS
from harness.run_folder.costs import read_costs
from harness.run_folder.kept_images import bears_key
from harness.run_folder.manifest import FILE_NAME as MANIFEST
from harness.run_folder.manifest import could_be_manifest
from harness.run_folder.overlaps import FILE_NAME as OVERLAPS
from harness.run_folder.overlaps import read_overlaps
from harness.run_folder.records import holds_records
from harness.run_folder.summary import CSV_FILES
from harness.terms import Quantiser

MARK = ".rdmc-bench"
PAGE = "report.html"
NOTE = ".report.json"
"""What the report was made from; see `harness.report.standing`."""

FIGURES_NOTE = ".figures.json"
"""What the figures follow from; see `harness.run.known_figures`."""

FINISHED = ".finished.json"
"""That nothing is left to compute; see `harness.run.finished`."""

FILES = (
    MANIFEST,
    *CSV_FILES,
    PAGE,
    NOTE,
    FIGURES_NOTE,
    FINISHED,
)

_CONTENT = {
    BESIDE: "[^/]+/(" + "|".join(map(re.escape, FIGURES)) + ")",
    "records": r"((parts|outside_plan)/)?[^/]+\.parquet",
    "restored": rf"[^/]+/[^/]+/(({'|'.join(get_args(Quantiser))})/)?[^/]+\.png",
    "examples": r"index\.json|[^/]+/[^/]+/(restored/[^/]+\.png"
    r"|drawn/([^/]+/)?[^/]+\.(png|failed\.txt))",
    "logs": r"[^/]+/[^/]+\.log",
    "tables": r"[^/]+\.(md|csv|tex)|tables\.xlsx|\.tables\.json",
    "previews": r"[^/]+/([^/]+|drawn/[^/]+(/[^/]+)?)/[^/]+\.webp",
    "figures": r"[^/]+\.(png|pdf|svg)|\.plots\.json",
}
"""The folders that a run makes, and the paths below each that may be its own."""


_IN_CONTENT = {"restored": bears_key}
"""What must hold of the files of a folder besides, where people keep such files too."""


def check_ownership(directory: Path) -> None:
    """Refuse to write into a folder where something of another's has a name of ours.

    Raises:
        ConfigError: If so, or a folder of ours is a link to nothing; it names what lies there.
    """
    for path in (directory / name for name in _CONTENT):
        if path.is_symlink() and not path.exists():
            raise ConfigError(
                f"{path}: is a link to {path.readlink()}, where nothing is; make a folder there, "
                "or remove the link"
            )
    names = [name for name in (*_CONTENT, *FILES, COSTS, OVERLAPS) if (directory / name).exists()]
    if names and not _is_ours(directory):
        raise ConfigError(
            f"{directory}: holds {names[0]} that no run of rdmc-bench made (there is no {MARK}, "
            "and no manifest.json or records of an older version); name another folder with --out"
        )


def _is_ours(directory: Path) -> bool:
    """Return whether a folder has our mark, or what a version without marks left."""
    if (directory / MARK).is_file() or could_be_manifest(directory) or holds_records(directory):
        return True
    found = (lambda: read_costs(directory), lambda: read_overlaps(directory).overlaps)
    return any(_is_sound(read) for read in found)


def _is_sound(read: Callable[[], object]) -> bool:
    """Return whether a file of ours holds something."""
    try:
        return bool(read())
    except BenchError:
        return False


def clear(directory: Path) -> None:
    """Delete what has the place and form of what a run makes, in a folder that is ours.

    That is ``records/*.parquet`` (also in ``parts`` and ``outside_plan``), images that bear a key
    below ``restored/<rain set>/<derainer>/``, the index of ``examples`` and pictures where
    `Examples` and `Previews` put them, figures of other runs in ``beside``, ``logs/*/*.log``, texts
    of ``tables``, plots of ``figures``, and `FILES`.
    A person's file of such a name in such a place goes too. The mark, what ``rdmc-bench cost`` and
    ``check`` found, and what was moved to ``damaged/`` stay.

    Raises:
        ConfigError: If a folder of ours is a link to another place.
    """
    linked = next((name for name in _CONTENT if (directory / name).is_symlink()), None)
    if linked is not None:
        raise ConfigError(
            f"{directory / linked}: is a link, behind which --fresh deletes nothing; remove it, or "
            "name another folder with --out"
        )
    for name, pattern in _CONTENT.items():
        _delete_below(directory / name, re.compile(pattern), _IN_CONTENT.get(name))
    for name in FILES:
        if not (directory / name).is_dir():
            (directory / name).unlink(missing_ok=True)


def remove_temporary(directory: Path) -> None:
    """Delete what a killed process left under temporary names; nobody may write meanwhile."""
    for path in directory.glob(".*.tmp"):
        if TEMPORARY.fullmatch(path.name):
            path.unlink(missing_ok=True)
    nothing = re.compile(r"(?!)")
    for name in _CONTENT:
        if not (directory / name).is_symlink():
            _delete_below(directory / name, nothing)


def _delete_below(
    root: Path, ours: re.Pattern[str], holds: Callable[[Path], bool] | None = None
) -> None:
    """Delete the files whose path below a folder fits, temporary ones, and folders left empty."""
    for folder, _, files in os.walk(root, topdown=False):
        for name in files:
            path = Path(folder, name)
            fits = ours.fullmatch(path.relative_to(root).as_posix())
            if TEMPORARY.fullmatch(name) or (fits and (holds is None or holds(path))):
                path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            Path(folder).rmdir()  # only if nothing is left in it
