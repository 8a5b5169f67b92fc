"""What others published of a derainer, beside what the run measured."""

import math
from collections.abc import Sequence
from decimal import Decimal

from harness.published_figures import MEASURES
from harness.report.printing import UNDEFINED
from harness.report.tables.model import DAGGER, LABEL_MARKS, Cell, Column, Row, Table
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

    Below the run's derainers stand the methods that it does not have, with what was published.
    Where several tasks measure the same (with a quantiser each, for example), each is compared. A
    difference is stated only where the published channel is known and the run judged every
    image of the rain set.
    """
    found = [one for one in run.manifest.published if one.rain_set == rain_set]
    tasks = [one for one in run.tasks_of(rain_set) if _comparable(one)]
    if not found or not tasks:
        return None
    order = [*(one.name for one in (*run.references, *run.derainers)), ""]
    found.sort(key=lambda one: order.index(one.derainer))
    ours = [one for one in found if one.derainer]
    of_set = next(one for one in run.rain_sets if one.name == rain_set)
    is_whole = of_set.images_in_all in (None, of_set.images)
    rows = tuple(_row(run, tasks, one, is_whole, found) for one in found)
    notes = [f"[{number}] {text}" for text, number in _places(found).items()]
    notes += [*_signatures(run, tasks, ours), *_failures(run, tasks, ours)]
    if ours and not is_whole:
        notes.append(
            f"No differences: the run judged {of_set.images} of {of_set.images_in_all} images, "
            "the published figures are means over the whole set."
        )
    elif not all(one.channel for one in ours):
        channel = _comparable(tasks[0])[0][1]
        notes.append(
            f"No difference where the published channel is not stated; measured is {channel}."
        )
    derainers = {entry.name: entry for entry in run.manifest.derainers}
    notes += seen_notes([(run, derainers[one.derainer]) for one in ours], rain_set)
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
    measured, difference = [], []
    for task in tasks:
        for measure in MEASURES:
            here, apart = _measured(run, task, measure, one, is_whole)
            measured.append(here)
            difference.append(apart)
    published = []
    for measure in MEASURES:
        stated, shown = one.figure(measure), _shown_digits(tasks[0], measure, one.channel)
        published.append(Cell(_number(stated), _digits(shown, stated), competes=False))
    entry = next((entry for entry in run.manifest.derainers if entry.name == one.derainer), None)
    label = label_of(run, entry, one.rain_set) if entry else one.method
    of_same = [other for other in all_found if _who(other) == _who(one)]
    if len(of_same) > 1:
        bare = label.rstrip(LABEL_MARKS)
        label = f"{bare} ({one.table}){label[len(bare) :]}"
    protocol = (one.channel, one.quantiser, one.script, one.trained_on)
    place = f"[{_places(all_found)[_place(one)]}]"
    learned = entry.trained_on if entry else ""
    words = (*(said or NOT_STATED for said in protocol), learned or UNDEFINED, place)
    cells = (*measured, *published, *difference)
    details = {"published protocol": one.protocol} if one.protocol else {}
    details["source"] = one.source
    is_reference = entry is not None and entry.is_reference
    return Row(label, one.derainer or one.method, "", is_reference, cells, words, details)


def _who(one: PublishedEntry) -> str:
    return one.derainer or f"published {one.method}"


def _measured(
    run: RunData, task: TaskEntry, measure: str, one: PublishedEntry, is_whole: bool
) -> tuple[Cell, Cell]:
    """Return what a task measured of a published figure, and by how much it differs."""
    name, stated = _metric(task, measure, one.channel), one.figure(measure)
    shown = task.metric(name).digits
    if not one.derainer:
        nothing = Cell(math.nan, shown, competes=False)
        return nothing, nothing
    failed = run.failed(one.rain_set, one.derainer, task.name).failures > 0
    value = run.value(one.rain_set, one.derainer, task.name, name)
    change = value - _number(stated) if is_whole and one.channel else math.nan
    return (
        Cell(value, shown, incomplete=failed, competes=False),
        Cell(change, _digits(shown, stated), incomplete=failed, competes=False),
    )


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
