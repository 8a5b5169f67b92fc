"""What went wrong or was left out, each with its cause: nothing is dropped in silence."""

import csv
import io
from typing import NamedTuple

from harness.run_folder.run_data import FAILED, RunData

COLUMNS = ["rain_set", "derainer", "image", "status", "error"]


class Failure(NamedTuple):
    """An image that a derainer or a task failed on."""

    rain_set: str
    derainer: str
    image: str
    cause: str
    tasks: tuple[str, ...]


class FailedCell(NamedTuple):
    """The failures of a derainer on a rain set that concern the same tasks.

    Attributes:
        rain_set: Its name.
        derainer: Its registry name.
        tasks: The tasks that got no figure for these images.
        causes: Each cause with the images that it struck.
    """

    rain_set: str
    derainer: str
    tasks: tuple[str, ...]
    causes: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def images(self) -> int:
        """The number of images that failed."""
        return sum(len(images) for _, images in self.causes)


class Conversion(NamedTuple):
    """Something that rows note: a conversion on reading, or tiles."""

    rain_set: str
    what: str
    images: int
    first: str


def failures(run: RunData) -> list[Failure]:
    """Return every failed image of the run, tasks that share the cause gathered."""
    tasks: dict[tuple[str, str, str, str], list[str]] = {}
    for task in run.tasks:
        rows = run.records(task.name, COLUMNS, [("status", "==", "failed")])
        for _, row in rows.iterrows():
            cause = str(row["error"] or "no cause was recorded")
            key = (str(row["rain_set"]), str(row["derainer"]), str(row["image"]), cause)
            tasks.setdefault(key, []).append(task.name)
    for rain_set, derainer, task_name, cause in _unsummarised(run):
        where = [("rain_set", "==", rain_set), ("derainer", "==", derainer), ("status", "==", "ok")]
        for image in run.records(task_name, ["image"], where)["image"]:
            tasks.setdefault((rain_set, derainer, str(image), cause), []).append(task_name)
    return [Failure(*key, tuple(names)) for key, names in sorted(tasks.items())]


def _unsummarised(run: RunData) -> list[tuple[str, str, str, str]]:
    """Return rain set, derainer and task of each cell that could not be summarised, and why."""
    cells = run.summary[(run.summary["metric"] == FAILED) & (run.summary["signature"] != "")]
    columns = (cells[name].astype(str) for name in ("rain_set", "derainer", "task", "signature"))
    return list(zip(*columns, strict=True))


def failed_cells(found: list[Failure]) -> list[FailedCell]:
    """Gather failures by rain set, derainer and tasks, and by cause within."""
    cells: dict[tuple[str, str, tuple[str, ...]], dict[str, list[str]]] = {}
    for one in found:
        causes = cells.setdefault((one.rain_set, one.derainer, one.tasks), {})
        causes.setdefault(one.cause, []).append(one.image)
    return [
        FailedCell(*key, tuple((cause, tuple(images)) for cause, images in causes.items()))
        for key, causes in cells.items()
    ]


def failures_csv(found: list[Failure]) -> str:
    """Return every failure as CSV."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["rain_set", "derainer", "image", "tasks", "cause"])
    writer.writerows(
        [one.rain_set, one.derainer, one.image, " ".join(one.tasks), one.cause] for one in found
    )
    return buffer.getvalue()


def conversions(run: RunData) -> list[Conversion]:
    """Return what the rows note, conversions on reading and tiles, with the images it touched."""
    touched: dict[tuple[str, str], dict[str, str]] = {}
    for task in run.tasks:
        rows = run.records(task.name, ["rain_set", "image", "notes"])
        if "notes" not in rows:
            continue
        noted = rows[rows["notes"].fillna("") != ""].drop_duplicates()
        for rain_set, image, notes in zip(
            noted["rain_set"], noted["image"], noted["notes"], strict=True
        ):
            for note in str(notes).split("; "):
                file, colon, what = note.partition(": ")
                images = touched.setdefault((str(rain_set), what if colon else note), {})
                images.setdefault(str(image), file if colon else str(image))
    return [
        Conversion(rain_set, what, len(images), next(iter(images.values())))
        for (rain_set, what), images in sorted(touched.items())
    ]
