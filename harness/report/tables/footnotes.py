"""Who stands in a table, and the footnotes for those whose images failed."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from harness.report.roles import images_judged
from harness.report.tables.model import DAGGER, GAIN, HARM, LABEL_MARKS, LESS, Cell, Row, Table
from harness.report.tables.seen_pictures import label_of, seen_notes
from harness.run_folder.manifest import DerainerEntry
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import Comparison

IN_BRACKETS = "; in brackets 95 % intervals over images"
"""Behind the number of images, where a table has intervals."""


class Entrant(NamedTuple):
    """A row to be filled: a derainer as one run measured it."""

    run: RunData
    derainer: DerainerEntry

    def row(self, rain_set: str, cells: Iterable[Cell], with_run: bool = False) -> Row:
        """Return the row of a rain set's table that holds these cells."""
        return Row(
            label=label_of(self.run, self.derainer, rain_set),
            name=self.derainer.name,
            run=self.run.name if with_run else "",
            is_reference=self.derainer.is_reference,
            cells=tuple(cells),
        )


def entrants(runs: Sequence[RunData]) -> list[Entrant]:
    """Return the rows of a table: references first, one derainer's runs side by side."""
    first_seen: dict[str, int] = {}
    for run in runs:
        for entry in (*run.references, *run.derainers):
            first_seen.setdefault(entry.name, len(first_seen))
    rows = [Entrant(run, entry) for run in runs for entry in (*run.references, *run.derainers)]
    return sorted(
        rows, key=lambda row: (not row.derainer.is_reference, first_seen[row.derainer.name])
    )


def footnotes(
    rows: Sequence[Entrant], rain_set: str, tasks: Sequence[str], with_runs: bool = False
) -> list[str]:
    """Return the footnotes of the daggers: who failed, and who has seen pictures of the set."""
    return _failure_notes(rows, rain_set, tasks, with_runs) + seen_notes(rows, rain_set)


def harm_of(one: Comparison) -> str:
    """Return how sure it is that a derainer harms, "" where it does not."""
    if not one.harms:
        return ""
    if not one.is_tested:
        return "untested"
    return "beyond noise" if one.surely_harms else "within noise"


def harm_notes(table: Table) -> list[str]:
    """Return a note on the figures that are worse than the rainy input's: beyond noise, or not."""
    found: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for row in table.rows:
        for how in ("beyond noise", "within noise", "untested"):
            where = tuple(
                f"{column.group} {column.label.removesuffix(LESS).removesuffix(GAIN).strip()}"
                for column, cell in zip(table.columns, row.cells, strict=True)
                if cell.harm == how
            )
            if where:
                who = row.label.rstrip(LABEL_MARKS) + f" ({row.run})" * bool(row.run)
                found.setdefault(how, {}).setdefault(where, []).append(who)
    words = [
        f"{how}: "
        + "; ".join(f"{', '.join(who)} ({', '.join(where)})" for where, who in found[how].items())
        for how in ("beyond noise", "within noise", "untested")
        if how in found
    ]
    return [f"{HARM} worse than the rainy input, {', '.join(words)}."] if words else []


def notes_on_images(runs: Sequence[RunData], rain_set: str, has_intervals: bool) -> list[str]:
    """Return on how many images the figures stand, and of how many.

    Args:
        runs: That the table shows.
        rain_set: Of the table.
        has_intervals: Whether any of its figures has an interval.
    """
    counts: dict[str, None] = {}
    for run in runs:
        for entry in run.rain_sets:
            if entry.name == rain_set and images_judged(run, rain_set):
                images, there = images_judged(run, rain_set), entry.images_in_all or 0
                of_all = f" of {there}" if there > images else ""
                noun = "image" if max(images, there) == 1 else "images"
                counts.setdefault(f"n = {images}{of_all} {noun}")
    brackets = IN_BRACKETS * has_intervals
    return [f"{', '.join(counts)}{brackets}."] if counts else []


def _failure_notes(
    rows: Sequence[Entrant], rain_set: str, tasks: Sequence[str], with_runs: bool
) -> list[str]:
    who: dict[tuple[int, int, tuple[str, ...]], list[str]] = {}
    for row in rows:
        by_count: dict[tuple[int, int], list[str]] = {}
        for task in tasks:
            failed = row.run.failed(rain_set, row.derainer.name, task)
            if failed.failures:
                by_count.setdefault(failed, []).append(task)
        label = row.run.labels[row.derainer.name] + (f" ({row.run.name})" if with_runs else "")
        for (count, images), failed_tasks in by_count.items():
            who.setdefault((count, images, tuple(failed_tasks)), []).append(label)
    return [
        f"{DAGGER} {', '.join(labels)}: {count} of {images} images failed "
        f"({', '.join(failed_tasks)}); {_rest(images - count)}."
        for (count, images, failed_tasks), labels in who.items()
    ]


def _rest(left: int) -> str:
    if left <= 0:
        return "none is left to measure"
    return f"the figures stand on the other {left} and are not ranked"
