"""Which derainers have learned from pictures that they are tested on, and the words for it."""

from collections.abc import Sequence

from harness.rain_sets.known_overlaps import known_overlap, names_set
from harness.report.tables.model import DOUBLE_DAGGER
from harness.run_folder.manifest import DerainerEntry
from harness.run_folder.run_data import RunData


def has_seen(run: RunData, derainer: DerainerEntry, rain_set: str) -> str:
    """Return why a derainer's weights are known to have seen pictures of a rain set, else "".

    Args:
        run: Whose folder says what `rdmc-bench check --against` found.
        derainer: Of the run.
        rain_set: Its name in the run.
    """
    for one in run.overlaps.overlaps:
        if one.rain_set == rain_set and one.found and names_set(derainer.trained_on, one.against):
            return f"{one.against}, and {one.in_words()} (rdmc-bench check)"
    return known_overlap(derainer.trained_on, derainer.source, run.layout_of(rain_set))


def label_of(run: RunData, derainer: DerainerEntry, rain_set: str) -> str:
    """Return what a table of a rain set calls a derainer, with the mark of one that has seen it."""
    mark = DOUBLE_DAGGER if has_seen(run, derainer, rain_set) else ""
    return run.labels[derainer.name] + mark


def seen_notes(rows: Sequence[tuple[RunData, DerainerEntry]], rain_set: str) -> list[str]:
    """Return the footnotes of the marks: who learned from what, and what is known of it."""
    by_cause: dict[str, dict[str, None]] = {}
    for run, derainer in rows:
        cause = has_seen(run, derainer, rain_set)
        if cause:
            by_cause.setdefault(cause, {})[run.labels[derainer.name]] = None
    return [
        f"{DOUBLE_DAGGER} {', '.join(labels)}: learned from {cause}."
        for cause, labels in by_cause.items()
    ]
