"""What went wrong or was left out, each with its cause: nothing is dropped in silence."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from harness.alike_causes import kind_of_cause
from harness.run_folder.run_data import RunData

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
        causes: Each cause, in the words of the first, with the images that it struck.
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
    for cell in run.figures:
        if not cell.error:
            continue
        where = [("rain_set", cell.rain_set), ("derainer", cell.derainer), ("status", "ok")]
        conditions = [(column, "==", value) for column, value in where]
        for image in run.records(cell.task, ["image"], conditions)["image"]:
            key = (cell.rain_set, cell.derainer, str(image), cell.error)
            tasks.setdefault(key, []).append(cell.task)
    return [Failure(*key, tuple(names)) for key, names in sorted(tasks.items())]


def failed_cells(found: list[Failure]) -> list[FailedCell]:
    """Gather failures by rain set, derainer and tasks, and by cause within."""
    cells: dict[tuple[str, str, tuple[str, ...]], dict[str, list[Failure]]] = {}
    for one in found:
        causes = cells.setdefault((one.rain_set, one.derainer, one.tasks), {})
        causes.setdefault(kind_of_cause(one.cause, one.image), []).append(one)
    return [
        FailedCell(
            *key,
            tuple((some[0].cause, tuple(one.image for one in some)) for some in causes.values()),
        )
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
    """Return what was converted on reading or restored in tiles, with the images it touched."""
    touched: dict[tuple[str, str], dict[str, str]] = {}
    for task in run.tasks:
        rows = run.records(task.name, list(Noted._fields))
        for row in rows.itertuples(index=False) if not rows.empty else ():
            one = Noted(*(getattr(row, name) for name in Noted._fields))
            for file, what in _said_of(run, one):
                images = touched.setdefault((one.rain_set, what), {})
                images.setdefault(one.image, file or one.image)
    return [
        Conversion(rain_set, what, len(images), next(iter(images.values())))
        for (rain_set, what), images in sorted(touched.items())
    ]


class Noted(NamedTuple):
    """What a row says of how its image was read and restored; see `harness.run_folder.records`."""

    rain_set: str
    image: str
    derainer: str
    notes: Sequence[str]
    tile_side: int
    tile_overlap: int


def _said_of(run: RunData, row: Noted) -> Iterator[tuple[str, str]]:
    """Yield the file, "" for none, and what was done."""
    for note in row.notes if row.notes is not None else ():
        file, colon, what = str(note).partition(": ")
        yield (file, what) if colon else ("", file)
    if row.tile_side:
        label = run.labels.get(row.derainer, row.derainer)
        yield (
            "",
            f"{label} worked in tiles of {row.tile_side} px that overlap by {row.tile_overlap} px",
        )
