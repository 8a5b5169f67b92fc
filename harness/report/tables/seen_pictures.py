"""Which derainers have learned from what they are tested on, or its like, and the words for it."""

from collections.abc import Sequence

from harness.rain_sets.known_overlaps import known_overlap, names_set, other_part
from harness.report.tables.model import DOUBLE_DAGGER, SECTION
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
    """Return what a table of a rain set calls a derainer, with the mark of what it learned from."""
    mark, _ = _marked(run, derainer, rain_set)
    return run.labels[derainer.name] + mark


def seen_notes(rows: Sequence[tuple[RunData, DerainerEntry]], rain_set: str) -> list[str]:
    """Return the footnotes of the marks: who learned from what, and what is known of it."""
    by_cause: dict[tuple[str, str], dict[str, None]] = {}
    for run, derainer in rows:
        mark, cause = _marked(run, derainer, rain_set)
        if mark:
            by_cause.setdefault((mark, cause), {})[run.labels[derainer.name]] = None
    return [
        f"{mark} {', '.join(labels)}: learned from {cause}."
        for (mark, cause), labels in by_cause.items()
    ]


def _marked(run: RunData, derainer: DerainerEntry, rain_set: str) -> tuple[str, str]:
    """Return the mark of a derainer's label and what it learned from, both "" for nothing."""
    seen = has_seen(run, derainer, rain_set)
    if seen:
        return DOUBLE_DAGGER, seen
    part = other_part(derainer.trained_on, run.layout_of(rain_set))
    return (SECTION, f"another part of {part}") if part else ("", "")
