"""What damage a run finds in its folder: moved aside and named, so that the run makes it anew."""

from pathlib import Path

from harness.run_folder.costs import FILE_NAME as COSTS
from harness.run_folder.costs import read_costs
from harness.run_folder.damage import DamagedError, set_aside
from harness.run_folder.kept_images import Examples
from harness.run_folder.overlaps import FILE_NAME as OVERLAPS
from harness.run_folder.overlaps import read_overlaps
from harness.run_folder.ownership import FILES
from harness.run_folder.records import RecordStore


def heal(directory: Path, store: RecordStore, examples: Examples) -> list[str]:
    """Move aside what cannot be what a run wrote.

    Args:
        directory: The run's folder.
        store: Its records.
        examples: The pictures of its report.

    Returns:
        A line for each: what it was, where it lies now, and what becomes of it.
    """
    lines = []
    for name in FILES:
        if (directory / name).is_dir():
            moved = set_aside(directory, directory / name)
            lines.append(f"{directory / name}: is a folder where a file belongs; moved to {moved}")
    for read, name in ((read_costs, COSTS), (read_overlaps, OVERLAPS)):
        try:
            read(directory)
        except DamagedError as error:
            lines.append(f"{error}; moved to {set_aside(directory, directory / name)}")
    return lines + store.heal() + examples.heal()
