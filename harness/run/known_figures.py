"""Figures of a run, computed from its records unless those that lie there follow from the same.

A note beside them has a digest of all that they follow from, and one of each file: it vouches for
files by their content alone, so that what a process was killed over is computed again.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from harness.digests import digest_files, digest_json
from harness.images import write_bytes
from harness.plugins import registry
from harness.plugins.guard import Guard
from harness.report.made_with import code, packages
from harness.run.summarising import summarise
from harness.run_folder.damage import read_whole
from harness.run_folder.manifest import Manifest
from harness.run_folder.ownership import FIGURES_NOTE, MARK
from harness.run_folder.summary import CSV_FILES, Figure, read_summary, write_all

RECORDS = ("records/*.parquet",)
CODE = ("harness/**/*.py", "tasks/**/*.py")
"""Files of this project that may have a say in a figure."""


def write_figures(
    directory: Path, records: Mapping[str, pd.DataFrame], manifest: Manifest, guard: Guard
) -> list[Figure]:
    """Write ``summary.csv`` and its fellows into a run's folder, unless they stand.

    Where a task of a plugin judged they never do: its code may have changed.

    Args:
        directory: A run's folder.
        records: All that are there.
        manifest: Of the run.
        guard: Through which tasks summarise.

    Returns:
        The figures of all cells.
    """
    made_from = _made_from(directory, manifest)
    kinds = {str(kind) for rows in records.values() for kind in rows["kind"].unique()}
    are_ours = kinds <= registry.BUILT_IN["tasks"].keys()
    if are_ours and _noted(directory) == [made_from, digest_files(directory, CSV_FILES)]:
        return read_summary(directory)
    summary = summarise(records, manifest.derainers, manifest.tasks, guard)
    write_all(directory, summary)
    # What failed may go well the next time; a folder of an older version stays as it is.
    is_sound = not any(one.error for one in summary.figures) and (directory / MARK).is_file()
    if are_ours and is_sound:
        note = [made_from, digest_files(directory, CSV_FILES)]
        write_bytes(directory / FIGURES_NOTE, json.dumps(note, indent=1).encode())
    return summary.figures


def _made_from(directory: Path, manifest: Manifest) -> str:
    """Return a digest of all that figures follow from."""
    derainers = [one.model_dump(mode="json") for one in manifest.derainers]
    tasks = [one.model_dump(mode="json") for one in manifest.tasks]
    records = digest_files(directory, RECORDS)
    return digest_json([records, derainers, tasks, code(*CODE), packages()])


def _noted(directory: Path) -> object:
    """Return what the last figures followed from, and digests of them; None where nothing tells."""
    try:
        return json.loads(read_whole(directory / FIGURES_NOTE))
    except (OSError, ValueError, RecursionError):
        return None
