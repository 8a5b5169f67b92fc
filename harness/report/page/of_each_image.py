"""What the records say of single images: figures, boxes, and why there is nothing."""

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from harness.errors import TaskError
from harness.foreign_code import ForeignError
from harness.metric import Metric
from harness.plugins import registry
from harness.plugins.guard import Guard
from harness.run_folder.manifest import TaskEntry
from harness.run_folder.run_data import RunData
from harness.task import Mark, Task

Place = tuple[str, str]
"""An image and a derainer."""

KINDS = ("true", "found", "missed", "invented")

COUNTED = {
    "found": Metric("objects found", digits=0, higher_is_better=True),
    "missed": Metric("objects missed", digits=0, higher_is_better=False),
    "invented": Metric("objects invented", digits=0, higher_is_better=False),
}
"""What is counted of the boxes of a task that draws some."""


@dataclass(frozen=True)
class OfEachImage:
    """What is known of the images of a rain set, of one task.

    Attributes:
        task: Its name.
        metrics: What is known of each metric, by its name.
        values: By metric, what each derainer has on each image where that is defined.
        marks: The boxes to draw.
        causes: Why there is nothing.
        sizes: Width and height of each image, in pixels.
        troubles: Why figures and boxes could not be had.
    """

    task: str
    metrics: dict[str, Metric] = field(default_factory=dict)
    values: dict[str, dict[Place, float]] = field(default_factory=dict)
    marks: dict[Place, list[Mark]] = field(default_factory=dict)
    causes: dict[Place, str] = field(default_factory=dict)
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)


def of_each_image(
    run: RunData, rain_set: str, task: TaskEntry, images: Sequence[str], guard: Guard
) -> OfEachImage:
    """Read what a task says of some images of a rain set.

    Args:
        run: The run.
        rain_set: Its name.
        task: Whose class is asked; nothing but causes is known where it cannot be had.
        images: Their ids.
        guard: Through which it is asked.
    """
    of_task = OfEachImage(task.name)
    where = [("rain_set", "==", rain_set), ("image", "in", list(images))]
    rows = run.records(task.name, None, where)
    if rows.empty:
        return of_task
    for row in rows[rows["status"] != "ok"].to_dict("records"):
        of_task.causes[_place(row)] = str(row["error"] or "no cause was recorded")
    known = rows[rows["width"] > 0].drop_duplicates("image")
    for row in known[["image", "width", "height"]].to_dict("records"):
        of_task.sizes[str(row["image"])] = (int(row["width"]), int(row["height"]))
    done = rows[rows["status"] == "ok"]
    for kind, of_kind in done.groupby("kind", sort=False):
        ask = functools.partial(_ask, str(kind), of_kind.reset_index(drop=True))
        try:
            values, marks = guard.call(f"task {task.name} (page)", ask)
        except ForeignError as error:
            of_task.troubles.append(
                f"{task.name} on {rain_set}: no figures of single images ({error})"
            )
            continue
        for name, of_metric in values.items():
            of_task.metrics[name] = task.metric(name)
            of_task.values.setdefault(name, {}).update(of_metric)
        of_task.marks.update(marks)
    is_ranked = bool(task.headline) and task.metric(task.headline[0]).direction != 0
    return _with_counts(of_task, is_ranked)


def _ask(
    kind: str, rows: pd.DataFrame
) -> tuple[dict[str, dict[Place, float]], dict[Place, list[Mark]]]:
    task: type[Task] = registry.load("tasks", kind)  # type: ignore[assignment]
    listed: list[Mapping[str, Any]] = rows.to_dict("records")  # type: ignore[assignment]
    places = [_place(row) for row in listed]
    values = {}
    for name, figures in task.by_image(rows).items():
        pairs = zip(places, np.asarray(figures, np.float64).tolist(), strict=True)
        values[str(name)] = {place: value for place, value in pairs if not math.isnan(value)}
    drawn = {
        place: [_checked(one) for one in task.marks(row)]
        for place, row in zip(places, listed, strict=True)
    }
    return values, {place: marks for place, marks in drawn.items() if marks}


def _checked(mark: Mark) -> Mark:
    """Return a box that a page can draw.

    Raises:
        TaskError: If it cannot.
    """
    *numbers, score = (float(number) for number in (*mark[:4], mark.score))
    if mark.kind not in KINDS or not all(map(math.isfinite, (*numbers, score))):
        raise TaskError(
            f"marks gave {mark!r}: it needs four sides and a score that are numbers, and one of "
            f"the kinds {', '.join(KINDS)}"
        )
    left, top, right, bottom = numbers
    return Mark(left, top, right, bottom, str(mark.label), mark.kind, score)


def _place(row: Mapping[Any, Any]) -> Place:
    return str(row["image"]), str(row["derainer"])


def _with_counts(of_task: OfEachImage, is_ranked: bool) -> OfEachImage:
    """Add how many boxes of each kind there are, where a task draws boxes.

    Args:
        of_task: What is known.
        is_ranked: Whether the task calls any direction better: it may count changes alone.
    """
    if not of_task.marks:
        return of_task
    counts = {
        kind: {
            place: float(sum(mark.kind == kind for mark in marks))
            for place, marks in of_task.marks.items()
        }
        for kind in COUNTED
    }
    told = {
        kind: metric if is_ranked else replace(metric, higher_is_better=None)
        for kind, metric in COUNTED.items()
    }
    return replace(
        of_task, metrics={**of_task.metrics, **told}, values={**of_task.values, **counts}
    )
