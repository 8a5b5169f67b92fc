"""Pictures of a few images: what every derainer made of them, and what the tasks saw in that."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from harness.report.page.pictures import Picture, embed, lay_over, open_picture
from harness.report.plots.palette import css
from harness.report.printing import printed
from harness.report.roles import quality_metric
from harness.run_folder.kept_images import drawn_path, read_examples, restored_path
from harness.run_folder.manifest import DerainerEntry, RainSetEntry
from harness.run_folder.run_data import RunData

Rows = dict[str, dict[str, dict[str, Any]]]
"""The rows of one image, by task and derainer."""

MOST_EXAMPLES = 3

ROOM = 3_000_000
"""Letters that the pictures of examples may take within the page."""


@dataclass(frozen=True)
class View:
    """What one derainer made of an example image: the picture and the tasks' predictions on it."""

    label: str
    remark: str
    pictures: tuple[Picture, ...]
    blank: str = ""  # what stands in the place of a restored image where there is none


@dataclass(frozen=True)
class Example:
    """One image of a rain set: rainy, every derainer, clean, and last the truth."""

    rain_set: str
    image: str
    views: tuple[View, ...]


class Swatch(NamedTuple):
    """An entry of a legend."""

    name: str
    colour: str


class Legend(NamedTuple):
    """What the colours that a task draws with mean.

    Attributes:
        title: The task, with the rain set where another one has other colours.
        swatches: The colours.
    """

    title: str
    swatches: tuple[Swatch, ...]


def examples(run: RunData) -> list[Example]:
    """Return the examples that the run kept, at most `MOST_EXAMPLES` a rain set.

    Of many derainers and tasks fewer are shown, but one of each rain set.

    Raises:
        BenchError: If a kept picture is damaged.
    """
    kept, found, room = read_examples(run.directory), list[Example](), ROOM
    for turn in range(MOST_EXAMPLES):
        for rain_set in run.rain_sets:
            one = next(iter(kept.get(rain_set.name, [])[turn : turn + 1]), None)
            if one is None or (turn and room < 0):
                continue
            anchor = f"example-{len(found) + 1}"
            example = _example(run, rain_set, one.image, one.folder, anchor)
            room -= sum(len(shown.source) for view in example.views for shown in view.pictures)
            if example.views:
                found.append(example)
    places = {entry.name: place for place, entry in enumerate(run.rain_sets)}
    return sorted(found, key=lambda example: places[example.rain_set])


def rows_from_rainy_to_clean(run: RunData) -> list[DerainerEntry]:
    """Return the derainers between what they start from and what bounds them."""
    lower = [entry for entry in run.references if entry.bound == "lower"]
    upper = [entry for entry in run.references if entry.bound == "upper"]
    return [*lower, *run.derainers, *upper]


def legends(run: RunData) -> list[Legend]:
    """Return the classes and their colours, for the tasks whose predictions are drawn."""
    listed = []
    for task in run.tasks:
        distinct: dict[tuple[Swatch, ...], list[str]] = {}
        for rain_set, colours in task.legends.items():
            swatches = tuple(Swatch(name, css(colour)) for name, colour in colours.items())
            distinct.setdefault(swatches, []).append(rain_set)
        for swatches, sets in distinct.items():
            title = task.name if len(distinct) == 1 else f"{task.name} on {', '.join(sets)}"
            listed.append(Legend(title, swatches))
    return listed


@dataclass(frozen=True)
class _Kept:
    """What the run kept of one image."""

    run: RunData
    folder: Path
    rows: Rows
    anchor: str  # with which the ids of its pictures begin


def _example(
    run: RunData, rain_set: RainSetEntry, image: str, folder: Path, anchor: str
) -> Example:
    condition = [("rain_set", "==", rain_set.name), ("image", "==", image)]
    rows: Rows = {}
    for task in run.tasks:
        of_task = run.records(task.name, ["derainer", "error", *task.headline], condition)
        rows[task.name] = {
            str(row["derainer"]): {str(column): value for column, value in row.items()}
            for row in of_task.to_dict("records")
        }
    kept = _Kept(run, folder, rows, anchor)
    views = [_view(kept, entry) for entry in rows_from_rainy_to_clean(run)]
    if not any(view.pictures for view in views):
        return Example(rain_set.name, image, ())
    truth = _truth(kept, rain_set.name)
    return Example(rain_set.name, image, (*views, *([truth] if truth else [])))


def _view(kept: _Kept, entry: DerainerEntry) -> View:
    label = kept.run.labels[entry.name]
    path = restored_path(kept.folder, entry.name)
    if not path.exists():
        return View(label, "", (), _cause(entry, kept.rows))
    restored = open_picture(path)
    anchor = f"{kept.anchor}-{kept.run.manifest.derainers.index(entry)}"
    pictures = [embed(restored, label, "", anchor)]
    for task in kept.run.tasks:
        drawing = drawn_path(kept.folder, task.name, entry.name)
        if drawing.exists():
            drawn = lay_over(restored, drawing)
            of_task = f"{anchor}-{len(pictures)}"
            pictures.append(embed(drawn, f"{label}: {task.name}", task.name, of_task))
    return View(label, _remark(kept, entry), tuple(pictures))


def _cause(entry: DerainerEntry, rows: Rows) -> str:
    errors = (by_derainer.get(entry.name, {}).get("error") for by_derainer in rows.values())
    return next((f"failed: {error}" for error in errors if error), "no picture was kept")


def _remark(kept: _Kept, entry: DerainerEntry) -> str:
    quality = quality_metric(kept.run)
    if quality is None:
        return ""
    task, name = quality
    value = kept.rows[task.name].get(entry.name, {}).get(name)
    if value is None or not math.isfinite(value):
        return ""
    metric = task.metric(name)
    return f"{metric.label} {printed(float(value), metric.digits)} {metric.unit}".strip()


def _truth(kept: _Kept, rain_set: str) -> View | None:
    """Return what the tasks drew of the truth, on the clean image or else the rainy one."""
    names = (kept.run.upper(rain_set), kept.run.lower(rain_set))
    bounds = (restored_path(kept.folder, name) for name in names)
    background = next((path for path in bounds if path.exists()), None)
    if background is None:
        return None
    scene, pictures = open_picture(background), list[Picture]()
    for task in kept.run.tasks:
        drawing = drawn_path(kept.folder, task.name, None)
        if drawing.exists():
            drawn = lay_over(scene, drawing)
            anchor = f"{kept.anchor}-truth-{len(pictures)}"
            pictures.append(embed(drawn, f"Truth: {task.name}", task.name, anchor))
    return View("Truth", "", tuple(pictures), "what the annotation says") if pictures else None
