"""The cells of finished runs, read from their records to be compared with others'."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from harness.plugins.guard import Guard
from harness.run.summarising import Cells, cells_of
from harness.run_folder.records import read_records


def recorded_cells(directory: Path) -> Mapping[tuple[str, str], Cells]:
    """Return the cells of a run's folder by rain set and task.

    Raises:
        BenchError: If there are no records, or a file of them is damaged.
    """
    with closing(Guard(None)) as guard:
        return {
            (rain_set, task): cells
            for task, rows in read_records(directory).items()
            for rain_set, cells in cells_of(task, rows, guard).items()
        }
