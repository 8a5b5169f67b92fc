"""``beside/``: the figures of finished runs that a run's report shows beside its own.

They are copied, so that the report of a folder follows from that folder alone.
"""

import contextlib
from collections.abc import Sequence
from pathlib import Path

from harness.errors import BenchError, ConfigError
from harness.images import write_bytes
from harness.run_folder.costs import FILE_NAME as COSTS
from harness.run_folder.damage import read_whole
from harness.run_folder.manifest import FILE_NAME as MANIFEST
from harness.run_folder.overlaps import FILE_NAME as OVERLAPS
from harness.run_folder.run_data import RunData, read_run
from harness.run_folder.summary import COMPARISONS, PAIRS, SUMMARY

FOLDER = "beside"

FIGURES = (MANIFEST, SUMMARY, COMPARISONS, PAIRS, COSTS, OVERLAPS)
"""What of a run's folder its tables follow from."""


def folder_of(path: str, base: Path) -> Path:
    """Return the folder that a configuration names.

    Args:
        path: As it stands there.
        base: The configuration's own folder.
    """
    return base / Path(path).expanduser()


def open_beside(paths: Sequence[str], base: Path, own_name: str) -> list[RunData]:
    """Read the runs that a configuration names; where a name is another's too, by their folders'.

    Args:
        paths: Their folders, as they stand in the configuration.
        base: The configuration's folder.
        own_name: Of the run whose configuration it is.

    Raises:
        ConfigError: If one holds no finished run, or two have one name and folders of one name.
    """
    runs = []
    for path in paths:
        try:
            runs.append(read_run(folder_of(path, base)))
        except BenchError as error:
            raise ConfigError(f"beside: {error}") from error
    taken = [own_name, *(run.name for run in runs)]
    for run in runs:
        if taken.count(run.manifest.name) > 1:
            run.name = run.directory.resolve().name
    names = [own_name, *(run.name for run in runs)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ConfigError(
            f"beside: two runs are named {twice!r}, and so are their folders; rename a folder"
        )
    return runs


def keep_beside(directory: Path, runs: Sequence[RunData]) -> None:
    """Copy the figures of runs into a run's folder, and drop those that it had of others.

    Args:
        directory: The run's folder, which is ours.
        runs: As `open_beside` returns them.

    Raises:
        BenchError: If a file of one cannot be read any more.
    """
    wanted = {run.name: run.directory for run in runs}
    for old in (directory / FOLDER).glob("*/*"):
        if old.name in FIGURES and not _is_file(wanted.get(old.parent.name), old.name):
            old.unlink()
            with contextlib.suppress(OSError):
                old.parent.rmdir()  # only if nothing is left in it
    for name, source in wanted.items():
        for file in FIGURES:
            if _is_file(source, file):
                write_bytes(directory / FOLDER / name / file, _content(source / file))


def read_beside(directory: Path) -> list[RunData]:
    """Read the runs whose figures a run's folder keeps, by their names.

    Raises:
        BenchError: If a file is damaged.
    """
    runs = [read_run(path.parent) for path in sorted((directory / FOLDER).glob(f"*/{MANIFEST}"))]
    for run in runs:
        run.name = run.directory.name
    return runs


def _is_file(folder: Path | None, name: str) -> bool:
    return folder is not None and (folder / name).is_file()


def _content(path: Path) -> bytes:
    try:
        return read_whole(path)
    except (OSError, ValueError) as error:
        raise BenchError(f"beside: {path}: cannot be read ({error})") from error
