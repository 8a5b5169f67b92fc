"""``beside/``: the figures of finished runs that a run's report shows beside its own.

They are copied, so that the report of a folder follows from that folder alone.
"""

from collections.abc import Sequence
from pathlib import Path

from harness.errors import BenchError, ConfigError
from harness.images import write_bytes
from harness.run_folder.damage import read_whole
from harness.run_folder.manifest import FILE_NAME as MANIFEST
from harness.run_folder.run_data import RunData, read_run
from harness.run_folder.summary import CSV_FILES

FOLDER = "beside"

FIGURES = (MANIFEST, *CSV_FILES)
"""What of a run's folder its tables follow from."""


def open_beside(paths: Sequence[str], base: Path) -> list[RunData]:
    """Read the runs that a configuration names.

    Args:
        paths: Their folders, as they stand in the configuration.
        base: The configuration's folder.

    Raises:
        ConfigError: If one holds no finished run, or two have one name.
    """
    runs: list[RunData] = []
    for path in paths:
        try:
            run = read_run(base / Path(path).expanduser())
        except BenchError as error:
            raise ConfigError(f"beside: {error}") from error
        if run.name in [one.name for one in runs]:
            raise ConfigError(f"beside: two of the runs are named {run.name!r}; name one of them")
        runs.append(run)
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
    for name, source in wanted.items():
        for file in FIGURES:
            if _is_file(source, file):
                write_bytes(directory / FOLDER / name / file, _content(source / file))


def read_beside(directory: Path) -> list[RunData]:
    """Read the runs whose figures a run's folder keeps, by their names.

    Raises:
        BenchError: If a file is damaged.
    """
    return [read_run(path.parent) for path in sorted((directory / FOLDER).glob(f"*/{MANIFEST}"))]


def _is_file(folder: Path | None, name: str) -> bool:
    return folder is not None and (folder / name).is_file()


def _content(path: Path) -> bytes:
    try:
        return read_whole(path)
    except (OSError, ValueError) as error:
        raise BenchError(f"beside: {path}: cannot be read ({error})") from error
