"""The mark of a derainer that does worse than the rainy input, as in the tables."""

from harness.report.tables.model import HARM
from harness.run_folder.manifest import TaskEntry
from harness.run_folder.run_figures import RunFigures

MEANING = f"{HARM} is worse than the rainy input."
"""A sentence for the captions of plots that bear the mark."""


def harm_mark(run: RunFigures, rain_set: str, derainer: str, task: TaskEntry) -> str:
    """Return the mark of a derainer whose first metric of a task is worse, "" for all others."""
    name = task.headline[0]
    compared = run.compared(rain_set, derainer, task.name, name)
    return HARM if task.metric(name).direction and compared.harms else ""
