"""Of how many images of a rain set a table tells, where they are not all."""

from collections.abc import Sequence
from dataclasses import replace

from harness.report.tables.model import Table
from harness.run_folder.run_data import RunData


def with_part(runs: Sequence[RunData], table: Table) -> Table:
    """Return a table of a rain set that says in its heading which part of it the runs judged."""
    parts = {run.name: part_of(run, table.rain_set) for run in runs}
    told = {name: part for name, part in parts.items() if part}
    if len(runs) == 1 or len(set(parts.values())) == 1:
        return replace(table, part=next(iter(parts.values()), ""))
    return replace(table, part="; ".join(f"{name}: {part}" for name, part in told.items()))


def part_of(run: RunData, rain_set: str) -> str:
    """Return which part of a rain set a run judged, "" where it is all that there is.

    Args:
        run: It may have no such rain set.
        rain_set: Its name.
    """
    for one in run.rain_sets:
        if one.name == rain_set and one.images_in_all not in (None, one.images):
            return f"{one.images} of {one.images_in_all} images"
    return ""
