"""From records to figures: ``summary.csv``, the long table that everything else is a view of."""

import io
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from harness.images import write_bytes
from harness.plugins import registry
from harness.plugins.failures import describe_failure
from harness.plugins.time_limit import TimeLimit
from harness.task import Task, Value

SUMMARY_COLUMNS = ["rain_set", "derainer", "task", "metric", "value", "n", "signature"]


def summarise(records: Mapping[str, pd.DataFrame], limit: TimeLimit) -> pd.DataFrame:
    """Compute every figure of a run from its records.

    Args:
        records: As `harness.run_folder.records.read_records` returns them.
        limit: On summarising one cell.

    Returns:
        The columns `SUMMARY_COLUMNS`; ``n`` is the number of images behind a figure. A cell in
        which images failed also has a metric ``failed``, their number out of ``n``; where the task
        could not summarise a cell, it has nothing else, and the cause for a signature.
    """
    figures: list[tuple[object, ...]] = []
    for task_name, rows in records.items():
        cells = rows.groupby(["rain_set", "derainer"], sort=False)
        for (rain_set, derainer), cell in cells:
            for value in _summarise_cell(cell, str(task_name), limit):
                figures.append((rain_set, derainer, task_name, *value))
    return pd.DataFrame(figures, columns=SUMMARY_COLUMNS)


def _summarise_cell(cell: pd.DataFrame, task_name: str, limit: TimeLimit) -> list[Value]:
    finished = cell[cell["status"] == "ok"]
    values = []
    if len(finished):
        task: type[Task] = registry.load("tasks", str(cell["kind"].iloc[0]))  # type: ignore[assignment]
        rows = finished.sort_values("image").reset_index(drop=True)
        name = f"task {task_name} (summarise)"  # of its own: one that hung elsewhere may do this
        try:
            values = [
                Value(str(metric), float(value), int(n), str(signature))
                for metric, value, n, signature in limit.call(name, lambda: task.summarise(rows))
            ]
        except Exception as error:  # a plugin may raise anything
            cause = f"summarise failed: {describe_failure(error)}"
            return [Value("failed", float(len(cell)), len(cell), cause)]
    precision = cell["precision"].iloc[0]
    if precision != "float32":
        values = [
            value._replace(signature=f"{value.signature}|precision:{precision}") for value in values
        ]
    failed = len(cell) - len(finished)
    if failed:
        values.append(Value("failed", float(failed), len(cell), ""))
    return values


def write_summary(directory: Path, summary: pd.DataFrame) -> None:
    """Write ``summary.csv`` into a run's folder, with the digits that give the same floats back."""
    buffer = io.StringIO()
    summary.to_csv(buffer, index=False, lineterminator="\n")
    write_bytes(directory / "summary.csv", buffer.getvalue().encode())
