"""Pictures of a few images: what every derainer made of them, and what the tasks saw in that."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from harness.errors import BenchError
from harness.report.metrics import metric, printed
from harness.report.page.pictures import (
    Picture,
    Row,
    blend,
    confident_detections,
    draw_boxes,
    embed,
    open_picture,
    true_boxes,
)
from harness.report.plots.palette import RGB, box_colours, css, label_colours
from harness.run_folder.manifest import DerainerEntry, RainSetEntry, TaskEntry
from harness.run_folder.run_data import CLEAN, DETECTION, RAINY, SEGMENTATION, RunData
from harness.statistics.recovery import quality_metric

Rows = dict[str, dict[str, Row]]
"""The rows of one image, by task and derainer."""

MOST_EXAMPLES = 3
UNNAMED: RGB = (255, 255, 255)


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


def examples(run: RunData) -> list[Example]:
    """Return the examples that the run kept, at most `MOST_EXAMPLES` a rain set.

    Raises:
        BenchError: If a kept picture is damaged.
    """
    path = run.directory / "examples" / "index.json"
    if not path.exists():
        return []
    try:
        index: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BenchError(f"{path}: damaged ({error}); run the benchmark again") from error
    found = []
    for rain_set in run.rain_sets:
        for slug, image in list(index.get(rain_set.name, {}).items())[:MOST_EXAMPLES]:
            folder = run.directory / "examples" / rain_set.name / slug
            example = _example(run, rain_set, image, folder)
            if example.views:
                found.append(example)
    return found


def legends(run: RunData) -> dict[str, list[Swatch]]:
    """Return by task the classes and their colours, for the tasks whose predictions are drawn."""
    listed = {}
    for task in run.tasks:
        colours = class_colours(run, task)
        if colours:
            listed[task.name] = [Swatch(name, css(colour)) for name, colour in colours.items()]
    return listed


def class_colours(run: RunData, task: TaskEntry) -> dict[str, RGB]:
    """Return the colour of every class of a task, the same on all rain sets."""
    names = dict.fromkeys(
        name for rain_set in run.rain_sets for name in _drawn_classes(run, rain_set, task)
    )
    colour = {DETECTION: box_colours, SEGMENTATION: label_colours}.get(task.kind)
    return colour(list(names)) if colour else {}


def _drawn_classes(run: RunData, rain_set: RainSetEntry, task: TaskEntry) -> list[str]:
    """Return what the labels of boxes or the indices of label maps mean on a rain set."""
    judged = run.classes(rain_set.name, task.name)
    if judged and task.kind == SEGMENTATION and rain_set.label_classes:
        return list(rain_set.label_classes)
    return judged


@dataclass(frozen=True)
class _Kept:
    """What the run kept of one image, with the colours to draw it in."""

    run: RunData
    folder: Path
    rows: Rows
    colours: dict[str, dict[str, RGB]]  # of boxes, by task and class
    palettes: dict[str, list[RGB]]  # of label maps, by task and index


def _example(run: RunData, rain_set: RainSetEntry, image: str, folder: Path) -> Example:
    condition = [("rain_set", "==", rain_set.name), ("image", "==", image)]
    rows: Rows = {
        task.name: {
            str(row["derainer"]): {str(column): value for column, value in row.items()}
            for row in run.records(task.name, None, condition).to_dict("records")
        }
        for task in run.tasks
    }
    colours = {task.name: class_colours(run, task) for task in run.tasks}
    palettes = {
        task.name: [
            colours[task.name].get(name, UNNAMED) for name in _drawn_classes(run, rain_set, task)
        ]
        for task in run.tasks
    }
    kept = _Kept(run, folder, rows, colours, palettes)
    order = [entry for entry in run.references if entry.name == RAINY]
    order += run.derainers
    order += [entry for entry in run.references if entry.name != RAINY]
    views = [_view(kept, entry) for entry in order]
    if not any(view.pictures for view in views):
        return Example(rain_set.name, image, ())
    truth = _truth(kept)
    return Example(rain_set.name, image, (*views, *([truth] if truth else [])))


def _view(kept: _Kept, entry: DerainerEntry) -> View:
    label = kept.run.labels[entry.name]
    path = kept.folder / f"{entry.name}.png"
    if not path.exists():
        return View(label, "", (), _cause(entry, kept.rows))
    restored = open_picture(path)
    pictures = [embed(restored, label, "")]
    for task in kept.run.tasks:
        row = kept.rows[task.name].get(entry.name, {})
        label_map = kept.folder / f"{entry.name}.{task.name}.png"
        if label_map.exists():
            drawn = blend(restored, label_map, kept.palettes[task.name])
        elif task.kind == DETECTION and row.get("status") == "ok":
            drawn = draw_boxes(restored, confident_detections(row), kept.colours[task.name])
        else:
            continue
        pictures.append(embed(drawn, f"{label}: {task.name}", task.name))
    return View(label, _remark(kept, entry), tuple(pictures))


def _cause(entry: DerainerEntry, rows: Rows) -> str:
    errors = (by_derainer.get(entry.name, {}).get("error") for by_derainer in rows.values())
    return next((f"failed: {error}" for error in errors if error), "no picture was kept")


def _remark(kept: _Kept, entry: DerainerEntry) -> str:
    quality = quality_metric(kept.run)
    if quality is None:
        return ""
    value = kept.rows[quality[0]].get(entry.name, {}).get(quality[1])
    if value is None or not math.isfinite(value):
        return ""
    described = metric(quality[1])
    return f"{described.label} {printed(float(value), described.digits)} {described.unit}".strip()


def _truth(kept: _Kept) -> View | None:
    """Return the true boxes and label map, drawn on the clean image or else the rainy one."""
    paths = [kept.folder / f"{name}.png" for name in (CLEAN, RAINY)]
    background = next((path for path in paths if path.exists()), None)
    if background is None:
        return None
    scene, pictures = open_picture(background), []
    for task in kept.run.tasks:
        label_map = kept.folder / f"truth.{task.name}.png"
        known = [row for row in kept.rows[task.name].values() if row["status"] == "ok"]
        if label_map.exists():
            drawn = blend(scene, label_map, kept.palettes[task.name])
        elif task.kind == DETECTION and known:
            drawn = draw_boxes(scene, true_boxes(known[0]), kept.colours[task.name])
        else:
            continue
        pictures.append(embed(drawn, f"Truth: {task.name}", task.name))
    return View("Truth", "", tuple(pictures), "what the annotation says") if pictures else None
