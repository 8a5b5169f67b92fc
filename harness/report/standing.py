"""Whether the report in a run's folder is that of what lies there: then it is not made again.

Each report leaves a note: a digest of all that it was made from, and one of each file that it came
to. Where anything differs, a file is missing or was edited, the report is made anew.
"""

import json
from pathlib import Path

from harness.digests import digest_files, digest_json
from harness.errors import BenchError
from harness.images import write_bytes
from harness.plugins import registry
from harness.report.made_with import code, packages
from harness.run_folder.beside import FOLDER as BESIDE
from harness.run_folder.costs import FILE_NAME as COSTS
from harness.run_folder.damage import read_whole
from harness.run_folder.manifest import FILE_NAME as MANIFEST
from harness.run_folder.manifest import Manifest, read_manifest
from harness.run_folder.overlaps import FILE_NAME as OVERLAPS
from harness.run_folder.ownership import MARK, NOTE, PAGE
from harness.run_folder.summary import CSV_FILES

READ = (MANIFEST, COSTS, OVERLAPS, "records/*.parquet", "examples/**/*", f"{BESIDE}/*/*")
LISTED = ("previews/**/*.webp", "restored/**/*.png")
"""What a report links and does not read: that they are there is all that counts."""
WRITTEN = (
    *CSV_FILES,
    PAGE,
    "tables/*",
    "figures/*",
)

CODE = ("harness/**/*.py", "harness/report/page/templates/*", "tasks/**/*.py")
"""Files of this project that may have a say in a report."""


def report_stands(directory: Path, manifest: Manifest) -> bool:
    """Return whether making the report again would give the files that are there.

    A task of a plugin may summarise otherwise than yesterday: its report is always made again.

    Args:
        directory: A run's folder.
        manifest: What stands in its ``manifest.json``.
    """
    if any(task.kind not in registry.BUILT_IN["tasks"] for task in manifest.tasks):
        return False
    try:
        note: object = json.loads(read_whole(directory / NOTE))
        return note == _note(directory) and (directory / PAGE).is_file()
    except (OSError, ValueError, RecursionError, BenchError):
        return False


def page_that_stands(directory: Path) -> Path | None:
    """Return the page of a run's folder if making the report again would give what is there."""
    try:
        stands = report_stands(directory, read_manifest(directory))
    except BenchError:  # whoever makes the report says what is wrong
        return None
    return directory / PAGE if stands else None


def note_report(directory: Path) -> None:
    """Note in a run's folder what the report was made from, and what it came to."""
    if (directory / MARK).is_file():  # a folder of an older version stays as it is
        write_bytes(directory / NOTE, json.dumps(_note(directory), indent=1).encode())


def _note(directory: Path) -> dict[str, object]:
    linked = sorted(
        path.relative_to(directory).as_posix() for one in LISTED for path in directory.glob(one)
    )
    read = digest_files(directory, READ)
    return {
        "made_from": digest_json([read, linked, code(*CODE), packages()]),
        "files": digest_files(directory, WRITTEN),
    }
