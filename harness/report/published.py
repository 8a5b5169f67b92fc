"""What others published of a derainer, beside what the run measured."""

import math
import re
from decimal import Decimal

from harness.report.facts import PublishedEntry
from harness.report.metrics import UNDEFINED, metric
from harness.report.run_data import RESTORATION, RunData
from harness.report.table_model import DAGGER, Cell, Column, Row, Table

CHANNELS = {"Y": ("psnr_y", "ssim_y"), "RGB": ("psnr_rgb", "ssim_rgb")}
NOT_STATED = "not stated"

COLUMNS = tuple(
    Column(group, label, f"{group}/{label.lower()}", ranked=False)
    for group in ("measured", "published", "difference")
    for label in ("PSNR", "SSIM")
)
WORDS = ("channel", "our weights learned from", "published protocol", "source")


def channel_of(protocol: str) -> str:
    """Return the channel that a published protocol names: ``Y``, ``RGB`` or `NOT_STATED`.

    >>> channel_of("Y channel, MATLAB; per-set training"), channel_of("RGB; retrained")
    ('Y', 'RGB')
    >>> channel_of("channel not stated; per-set training")
    'not stated'
    """
    if re.search(r"\bRGB\b", protocol, re.IGNORECASE):
        return "RGB"
    if re.search(r"\bY[ -]?(channel|only)|\bYCbCr\b|luma", protocol, re.IGNORECASE):
        return "Y"
    return NOT_STATED


def published_table(run: RunData, rain_set: str) -> Table | None:
    """Return measured and published PSNR and SSIM, None where nothing published fits the run.

    A difference is stated only where the published channel is known and the run judged every
    image of the rain set.
    """
    found = [one for one in run.manifest.published if one.rain_set == rain_set]
    task = next((one.name for one in run.tasks_of(rain_set) if one.kind == RESTORATION), None)
    if not found or task is None:
        return None
    order = [one.name for one in (*run.references, *run.derainers)]
    found.sort(key=lambda one: order.index(one.derainer))
    of_set = next(one for one in run.rain_sets if one.name == rain_set)
    is_whole = of_set.images_in_all in (None, of_set.images)
    rows = tuple(_row(run, task, one, is_whole, found) for one in found)
    notes = [*_signatures(run, task, found), *_failures(run, task, found)]
    if not is_whole:
        notes.append(
            f"No differences: the run judged {of_set.images} of {of_set.images_in_all} images, "
            "the published figures are means over the whole set."
        )
    elif any(channel_of(one.protocol) == NOT_STATED for one in found):
        notes.append("No difference where the published channel is not stated; measured is Y.")
    return Table(rain_set, rain_set, COLUMNS, rows, tuple(notes), words=WORDS)


def _row(
    run: RunData, task: str, one: PublishedEntry, is_whole: bool, all_found: list[PublishedEntry]
) -> Row:
    channel = channel_of(one.protocol)
    failed = run.failed(one.rain_set, one.derainer, task).failures > 0
    measured, published, difference = [], [], []
    for name, figure in zip(_metrics(one), (one.psnr, one.ssim), strict=True):
        value = run.value(one.rain_set, one.derainer, task, name)
        digits = metric(name).digits
        measured.append(Cell(value, digits, incomplete=failed, competes=False))
        digits = min(digits, _decimals(figure)) if figure is not None else digits
        stated = math.nan if figure is None else float(figure)
        published.append(Cell(stated, digits, competes=False))
        comparable = is_whole and channel != NOT_STATED
        change = value - stated if comparable else math.nan
        difference.append(Cell(change, digits, incomplete=failed, competes=False))
    entry = next(entry for entry in run.manifest.derainers if entry.name == one.derainer)
    label = run.labels[one.derainer]
    if sum(other.derainer == one.derainer for other in all_found) > 1:
        label += f" ({one.table})"
    words = (channel, entry.trained_on or UNDEFINED, one.protocol, one.source)
    cells = (*measured, *published, *difference)
    return Row(label, one.derainer, "", entry.is_reference, cells, words)


def _metrics(one: PublishedEntry) -> tuple[str, str]:
    return CHANNELS.get(channel_of(one.protocol), CHANNELS["Y"])


def _decimals(figure: Decimal) -> int:
    exponent = figure.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _signatures(run: RunData, task: str, found: list[PublishedEntry]) -> list[str]:
    """Return a line for each signature behind the measured figures."""
    signatures = {
        f"Measured {metric(name).label}: {measured.signature}": None
        for one in found
        for name in _metrics(one)
        if (measured := run.measured(one.rain_set, one.derainer, task, name)).n
    }
    return list(signatures)


def _failures(run: RunData, task: str, found: list[PublishedEntry]) -> list[str]:
    notes: dict[str, None] = {}
    for one in found:
        failed = run.failed(one.rain_set, one.derainer, task)
        if failed.failures:
            label = run.labels[one.derainer]
            note = f"{DAGGER} {label}: {failed.failures} of {failed.images} images failed."
            notes[note] = None
    return list(notes)
