"""What a run will take: time on this machine, and room on the disk."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from harness.check.derainer_pace import Pace
from harness.check.findings import Findings
from harness.check.reading import Seen
from harness.check.task_trial import BYTES_OF_A_ROW, TaskTrial
from harness.device import Device
from harness.images import png_bytes
from harness.run.plan import Plan
from harness.task import is_drawn_small

REPORT_BYTES = 4_000_000
"""Of tables, figures and the page without its pictures."""

PREVIEW_BYTES = 10_000 * 2.4
"""Of a small picture of rain, as a file and within the page."""

DRAWING_BYTES = 4_000
"""Of what a task draws on one, as a label map; disks take whole blocks."""


class Known(NamedTuple):
    """What the estimate is made of.

    Attributes:
        plan: Of the run.
        seen: Of each rain set, by name.
        paces: Of derainers, by name.
        trials: Of tasks, by the names of rain set and task.
    """

    plan: Plan
    seen: Mapping[str, Seen]
    paces: Mapping[str, Pace]
    trials: Mapping[tuple[str, str], TaskTrial]


def expense_findings(known: Known, device: Device, directory: Path) -> Findings:
    """Return about how long the whole run takes, and how much it writes.

    Args:
        known: What the estimate is made of.
        device: Where it runs.
        directory: The run's folder, which need not be there.
    """
    found = Findings("the run will take")
    seconds = _seconds(known) / device.threads.lanes
    found.say("time", f"about {_duration(seconds)} for all of it anew, on {device.describe()}")
    found.say("time", "if nothing else runs on this machine")
    for source in dict.fromkeys(pace.source for pace in known.paces.values() if pace.source):
        names = [name for name, pace in known.paces.items() if pace.source == source]
        found.say("time", f"estimated by {source}: {', '.join(names)}")
    unknown = [one.name for one in known.plan.derainers if one.name not in known.paces]
    if unknown:
        found.say("time", f"not estimated, and not in it: {', '.join(unknown)}", "note")
    needed, free = _bytes(known), _free(directory)
    is_short = needed > free
    found.say(
        "disk",
        f"about {_size(needed)}; {_size(free)} are free at {_existing(directory)}",
        "wrong" if is_short else "",
    )
    return found


def _seconds(known: Known) -> float:
    """Return the seconds of one thread."""
    plan, total = known.plan, 0.0
    for rain_set in plan.rain_sets:
        seen = known.seen[rain_set.name]
        derainers, tasks = plan.derainers_for(rain_set.name), plan.tasks_for(rain_set.name)
        paced = [known.paces[one.name].seconds for one in derainers if one.name in known.paces]
        judged = [_trial(known, rain_set.name, one.name).seconds for one in tasks]
        total += seen.seconds
        total += seen.megapixels * (sum(paced) + len(derainers) * sum(judged))
    return total


def _bytes(known: Known) -> float:
    """Return the bytes of records, examples and what is kept, before compression of records."""
    plan, total = known.plan, float(REPORT_BYTES)
    config = plan.config
    quantisers = {config.quantiser, *(config.quantiser_of(one.name) for one in plan.tasks)}
    for rain_set in plan.rain_sets:
        seen, sample = known.seen[rain_set.name], known.seen[rain_set.name].sample
        if sample is None:
            continue
        derainers, tasks = plan.derainers_for(rain_set.name), plan.tasks_for(rain_set.name)
        of_pixel = len(png_bytes(sample.rainy)) / sample.rainy[..., 0].size
        of_image = of_pixel * seen.megapixels * 1e6 / max(1, len(seen.sizes))
        rows = sum(_trial(known, rain_set.name, one.name).row_bytes for one in tasks)
        total += len(rain_set.ids) * len(derainers) * rows
        examples = min(config.examples, len(rain_set.ids)) * (2 + len(derainers))
        # Each is there as a file and within the page, where a third more letters than bytes stand.
        total += examples * of_image * 2.4
        drawing = sum(one.built is not None and is_drawn_small(one.built) for one in tasks)
        small = PREVIEW_BYTES + drawing * DRAWING_BYTES
        total += min(config.previews, len(rain_set.ids)) * len(derainers) * small
        if config.keep_restored:
            total += len(seen.sizes) * of_image * len(derainers) * len(quantisers)
    return total


def _trial(known: Known, rain_set: str, task: str) -> TaskTrial:
    return known.trials.get((rain_set, task), TaskTrial(row_bytes=BYTES_OF_A_ROW))


def _existing(directory: Path) -> Path:
    """Return the folder, or the first above it that is there."""
    whole = directory.absolute()
    return next(one for one in (whole, *whole.parents) if one.exists())


def _free(directory: Path) -> int:
    return shutil.disk_usage(_existing(directory)).free


def _duration(seconds: float) -> str:
    """Return a time in words.

    >>> _duration(12.3), _duration(700), _duration(9000)
    ('12 s', '12 min', '2.5 h')
    """
    if seconds < 100:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 100 * 60 else f"{seconds / 3600:.1f} h"


def _size(number: float) -> str:
    """Return a number of bytes in words.

    >>> _size(4_200_000), _size(3.1e9)
    ('4 MB', '3.1 GB')
    """
    return f"{number / 1e6:.0f} MB" if number < 1e9 else f"{number / 1e9:.1f} GB"
