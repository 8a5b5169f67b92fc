"""What others published of a derainer, beside what the run measured."""

import math
from collections.abc import Sequence
from decimal import Decimal

from harness.published_figures import MEASURES
from harness.report.printing import UNDEFINED
from harness.report.tables.model import DAGGER, Cell, Column, Row, Table
from harness.report.tables.seen_pictures import label_of, seen_notes
from harness.run_folder.manifest import PublishedEntry, TaskEntry
from harness.run_folder.run_data import RunData

NOT_STATED = "not stated"

WORDS = (
    "channel",
    "8 bits",
    "script",
    "published training",
    "our weights learned from",
    "published in",
)


def published_table(run: RunData, rain_set: str) -> Table | None:
    """Return measured and published figures, None where nothing published fits the run.

    Where several tasks measure the same (with a quantiser each, for example), each is compared. A
    difference is stated only where the published channel is known and the run judged every
    image of the rain set.
    """
    found = [one for one in run.manifest.published if one.rain_set == rain_set]
    tasks = [one for one in run.tasks_of(rain_set) if _comparable(one)]
    if not found or not tasks:
        return None
    order = [one.name for one in (*run.references, *run.derainers)]
    found.sort(key=lambda one: order.index(one.derainer))
    of_set = next(one for one in run.rain_sets if one.name == rain_set)
    is_whole = of_set.images_in_all in (None, of_set.images)
    rows = tuple(_row(run, tasks, one, is_whole, found) for one in found)
    notes = [f"[{number}] {text}" for text, number in _places(found).items()]
    notes += [*_signatures(run, tasks, found), *_failures(run, tasks, found)]
    if not is_whole:
        notes.append(
            f"No differences: the run judged {of_set.images} of {of_set.images_in_all} images, "
            "the published figures are means over the whole set."
        )
    elif not all(one.channel for one in found):
        channel = _comparable(tasks[0])[0][1]
        notes.append(
            f"No difference where the published channel is not stated; measured is {channel}."
        )
    derainers = {entry.name: entry for entry in run.manifest.derainers}
    notes += seen_notes([(run, derainers[one.derainer]) for one in found], rain_set)
    return Table(rain_set, rain_set, _columns(tasks), rows, tuple(notes), words=WORDS)


def _comparable(task: TaskEntry) -> list[tuple[str, str]]:
    """Return with which published columns and channels metrics of a task are compared."""
    return [metric.published for metric in task.metrics.values() if metric.published]


def _columns(tasks: Sequence[TaskEntry]) -> tuple[Column, ...]:
    several = len(tasks) > 1
    measured = [f"measured, {one.name}" for one in tasks] if several else ["measured"]
    differences = [f"difference, {one.name}" for one in tasks] if several else ["difference"]
    return tuple(
        Column(group, measure.upper(), f"{group}/{measure}", ranked=False)
        for group in (*measured, "published", *differences)
        for measure in MEASURES
    )


def _row(
    run: RunData,
    tasks: Sequence[TaskEntry],
    one: PublishedEntry,
    is_whole: bool,
    all_found: list[PublishedEntry],
) -> Row:
    comparable = is_whole and bool(one.channel)
    measured, difference, published = [], [], []
    for task in tasks:
        failed = run.failed(one.rain_set, one.derainer, task.name).failures > 0
        for measure in MEASURES:
            name, stated = _metric(task, measure, one.channel), one.figure(measure)
            value = run.value(one.rain_set, one.derainer, task.name, name)
            shown = task.metric(name).digits
            measured.append(Cell(value, shown, incomplete=failed, competes=False))
            change = value - _number(stated) if comparable else math.nan
            digits = _digits(shown, stated)
            difference.append(Cell(change, digits, incomplete=failed, competes=False))
    for measure in MEASURES:
        stated, shown = one.figure(measure), _shown_digits(tasks[0], measure, one.channel)
        published.append(Cell(_number(stated), _digits(shown, stated), competes=False))
    entry = next(entry for entry in run.manifest.derainers if entry.name == one.derainer)
    label = label_of(run, entry, one.rain_set)
    if sum(other.derainer == one.derainer for other in all_found) > 1:
        label += f" ({one.table})"
    protocol = (one.channel, one.quantiser, one.script, one.trained_on)
    place = f"[{_places(all_found)[_place(one)]}]"
    words = (*(said or NOT_STATED for said in protocol), entry.trained_on or UNDEFINED, place)
    cells = (*measured, *published, *difference)
    details = {"published protocol": one.protocol} if one.protocol else {}
    details["source"] = one.source
    return Row(label, one.derainer, "", entry.is_reference, cells, words, details)


def _place(one: PublishedEntry) -> str:
    return f"{one.source}. {one.remark}." if one.remark else f"{one.source}."


def _places(found: Sequence[PublishedEntry]) -> dict[str, int]:
    """Number what was published where, with remarks beyond the protocol's columns, from 1."""
    return {place: number for number, place in enumerate(dict.fromkeys(map(_place, found)), 1)}


def _metric(task: TaskEntry, measure: str, channel: str) -> str:
    """Return the metric that a published figure is compared with, "" where a task has none.

    Of a channel that nobody states the first is taken, to be shown beside it.
    """
    fitting = {
        one.published[1]: name
        for name, one in reversed(task.metrics.items())
        if one.published and one.published[0] == measure
    }
    return fitting.get(channel) or next(reversed(fitting.values()), "")


def _shown_digits(task: TaskEntry, measure: str, channel: str) -> int:
    return task.metric(_metric(task, measure, channel)).digits


def _number(figure: Decimal | None) -> float:
    return math.nan if figure is None else float(figure)


def _digits(digits: int, figure: Decimal | None) -> int:
    """Return how many digits are shown: those of the metric, but no more than were published."""
    if figure is None:
        return digits
    exponent = figure.as_tuple().exponent
    return min(digits, max(0, -exponent) if isinstance(exponent, int) else 0)


def _signatures(run: RunData, tasks: Sequence[TaskEntry], found: list[PublishedEntry]) -> list[str]:
    """Return a line for each signature behind the measured figures."""
    of_task = {task.name: f", {task.name}" if len(tasks) > 1 else "" for task in tasks}
    signatures = {
        f"Measured {task.metric(name).label}{of_task[task.name]}: {measured.signature}": None
        for task in tasks
        for one in found
        for measure in MEASURES
        for name in [_metric(task, measure, one.channel)]
        if (measured := run.measured(one.rain_set, one.derainer, task.name, name)).n
    }
    return list(signatures)


def _failures(run: RunData, tasks: Sequence[TaskEntry], found: list[PublishedEntry]) -> list[str]:
    notes: dict[str, None] = {}
    for task in tasks:
        of_task = f" ({task.name})" if len(tasks) > 1 else ""
        for one in found:
            failed = run.failed(one.rain_set, one.derainer, task.name)
            if failed.failures:
                label = run.labels[one.derainer]
                share = f"{failed.failures} of {failed.images} images failed"
                notes[f"{DAGGER} {label}: {share}{of_task}."] = None
    return list(notes)
