"""What the page's browser of images holds: every image that was kept, small, with what is known."""

import json
import math
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from harness.images import slug
from harness.metric import Metric
from harness.natural_order import natural_order
from harness.plugins.guard import Guard
from harness.report.page.drawn_layers import DrawnLayers
from harness.report.page.examples import Example, rows_from_rainy_to_clean
from harness.report.page.of_each_image import KINDS, OfEachImage, of_each_image
from harness.report.page.pictures import beside, data_uri
from harness.run_folder.kept_images import RESTORED, chosen_by_digest, read_examples, restored_path
from harness.run_folder.previews import preview_path
from harness.run_folder.run_data import RunData
from harness.task import Mark

MOST_IMAGES = 200
"""Of a rain set; the others are told by the tables alone."""

ROOM = 10_000_000
"""Letters that all of it may take within the page; pictures that find no room are linked."""

Json = dict[str, Any]


@dataclass(frozen=True)
class _Shown:
    """An image of the browser.

    Attributes:
        rain_set: Its rain set's name.
        image: Its id.
        previews: The files of its small pictures, by derainer.
        whole: The files of its restored pictures, by derainer, where they were kept.
        example: The same image where the page shows it large.
    """

    rain_set: str
    image: str
    previews: dict[str, Path]
    whole: dict[str, Path]
    example: Example | None


def browser(
    run: RunData, examples: Sequence[Example], anchors: Mapping[Path, str] | None = None
) -> Json | None:
    """Return what the page's script reads, in JSON types; None where no picture was kept.

    A picture is a data URI, a path beside the page, the id of a picture of the page after ``#``, or
    null. What a task drew is such a picture with it, or true where it lies by itself beside the
    page, as the image's ``file`` in a folder of ``layers``.

    Args:
        run: The run.
        examples: Which the page shows large; their pictures are not embedded again.
        anchors: Likewise the small pictures that the page shows, with the ids of their elements.
    """
    anchors = anchors or {}
    shown = [one for entry in run.rain_sets for one in _shown_of(run, entry.name, examples)]
    if not shown:
        return None
    told = _told(run, shown)
    metrics = {
        (task.name, name): metric
        for task in run.tasks
        for of_set in told.values()
        for name, metric in of_set[task.name].metrics.items()
    }
    content = _Content(run, told, list(metrics))
    shown.sort(key=lambda one: natural_order(one.image))
    images = [content.image(one) for one in shown]
    room = ROOM - len(json.dumps(images)) - sum(map(_letters, anchors))
    sources = {path: f"#{anchor}" for path, anchor in anchors.items()}
    for path in _embedded(shown, room, sources):
        sources[path] = data_uri(path.read_bytes(), "image/webp")
    for one, image in zip(shown, images, strict=True):
        image["pictures"] = content.pictures(one, sources)
    return {
        "rows": [run.labels[row.name] for row in content.rows],
        "sets": content.sets(),
        "tasks": [task.name for task in run.tasks],
        "kinds": KINDS,
        "metrics": [_metric(task, metric) for (task, _), metric in metrics.items()],
        "images": images,
        "troubles": [
            one for of_set in told.values() for task in of_set.values() for one in task.troubles
        ],
    }


def _metric(task: str, metric: Metric) -> Json:
    """Return what the script has to know of a metric of a task."""
    return {
        "task": task,
        "label": metric.label,
        "unit": metric.unit,
        "digits": metric.digits,
        "better": metric.direction,
    }


def _shown_of(run: RunData, rain_set: str, examples: Sequence[Example]) -> list[_Shown]:
    """Return the images of a rain set of which a picture was kept, at most `MOST_IMAGES`."""
    kept = {one.image: one.folder for one in read_examples(run.directory).get(rain_set, ())}
    large = {one.image: one for one in examples if one.rain_set == rain_set}
    where = [("rain_set", "==", rain_set)]
    ids = {
        image for task in run.tasks for image in run.records(task.name, ["image"], where)["image"]
    }
    shown = []
    keeps_all = run.manifest.configuration.get("keep_restored", False)  # else they may be old
    for image in chosen_by_digest(list(ids), MOST_IMAGES):
        previews, whole = dict[str, Path](), dict[str, Path]()
        for name in (entry.name for entry in run.manifest.derainers):
            in_all = run.directory / RESTORED / rain_set / name / f"{slug(image)}.png"
            places = [in_all] if keeps_all else []
            places += [restored_path(kept[image], name)] if image in kept else []
            preview = preview_path(run.directory, rain_set, name, image)
            if preview.is_file():
                previews[name] = preview
            for path in [path for path in places if path.is_file()][:1]:
                whole[name] = path
        if previews or whole:
            shown.append(_Shown(rain_set, image, previews, whole, large.get(image)))
    return shown


def _told(run: RunData, shown: Sequence[_Shown]) -> dict[str, dict[str, OfEachImage]]:
    """Return by rain set and task what is known of the images."""
    told = {}
    with closing(Guard(None)) as guard:
        for rain_set in dict.fromkeys(one.rain_set for one in shown):
            images = [one.image for one in shown if one.rain_set == rain_set]
            told[rain_set] = {
                task.name: of_each_image(run, rain_set, task, images, guard) for task in run.tasks
            }
    return told


def _embedded(shown: Sequence[_Shown], room: int, there: Collection[Path]) -> set[Path]:
    """Return the small pictures that stand within the page, those of an image together.

    Rain sets take turns, so that none is left out; examples stand there large anyhow.

    Args:
        shown: The images.
        room: Letters that their pictures may take.
        there: The pictures that the page has anyhow.
    """
    turns: dict[str, int] = {}
    order = []
    for one in shown:
        turns[one.rain_set] = turns.get(one.rain_set, 0) + 1
        order.append((turns[one.rain_set], one))
    embedded: set[Path] = set()
    for _, one in sorted(order, key=lambda both: both[0]):
        if one.example is None:
            missing = [path for path in one.previews.values() if path not in there]
            room -= sum(map(_letters, missing))
            if room < 0:
                break
            embedded.update(missing)
    return embedded


def _letters(path: Path) -> int:
    """Return what a picture takes within the page."""
    return 4 * path.stat().st_size // 3


class _Content:
    """Makes what the script reads of an image.

    Args:
        run: The run.
        told: By rain set and task, what is known of the images.
        metrics: Task and name of each metric, in the order of the page.
    """

    def __init__(
        self,
        run: RunData,
        told: dict[str, dict[str, OfEachImage]],
        metrics: Sequence[tuple[str, str]],
    ) -> None:
        self.run, self.told, self.metrics = run, told, metrics
        self.rows = rows_from_rainy_to_clean(run)
        self.layers = DrawnLayers(run, self.rows)

    def index_of(self, name: str) -> int | None:
        """Return the row of a derainer, None where there is none."""
        return next((index for index, row in enumerate(self.rows) if row.name == name), None)

    def sets(self) -> list[Json]:
        """Return the rain sets: the row that deraining starts from, and where drawings lie."""
        return [
            {
                "name": one.name,
                "lower": self.index_of(self.run.lower(one.name)),
                "layers": self.layers.of_set(one.name),
            }
            for one in self.run.rain_sets
        ]

    def image(self, one: _Shown) -> Json:
        """Return all of an image but its pictures."""
        told = self.told[one.rain_set]
        places = [(one.image, row.name) for row in self.rows]
        causes = [
            next((task.causes[place] for task in told.values() if place in task.causes), None)
            for place in places
        ]
        sizes = (task.sizes[one.image] for task in told.values() if one.image in task.sizes)
        return {
            "set": [entry.name for entry in self.run.rain_sets].index(one.rain_set),
            "name": one.image,
            "size": next(sizes, None),
            "causes": causes,
            "whole": [self._beside(one.whole.get(row.name)) for row in self.rows],
            "file": quote(f"{slug(one.image)}.webp"),
            "drawn": [
                [self._drawn(one, row.name, task.name) for row in self.rows]
                for task in self.run.tasks
            ],
            "truth": [
                self.layers.has(one.rain_set, one.image, task.name, None) for task in self.run.tasks
            ],
            "values": [
                [_number(told[task].values.get(name, {}).get(place)) for place in places]
                for task, name in self.metrics
            ],
            "marks": [
                [[_mark(mark) for mark in told[task.name].marks.get(place, ())] for place in places]
                if told[task.name].marks
                else None
                for task in self.run.tasks
            ],
        }

    def pictures(self, one: _Shown, sources: Mapping[Path, str]) -> list[str | None]:
        """Return an image's picture of each row; see `browser`."""
        return [self._source(one, row.name, sources) for row in self.rows]

    def _source(self, one: _Shown, name: str, sources: Mapping[Path, str]) -> str | None:
        preview = one.previews.get(name)
        large = self._on_the_page(one, name, "")
        if large or preview is None:
            return large or self._beside(one.whole.get(name))
        return sources.get(preview) or self._beside(preview)

    def _drawn(self, one: _Shown, name: str, task: str) -> str | bool | None:
        there = self.layers.has(one.rain_set, one.image, task, name)
        return self._on_the_page(one, name, task) or there or None

    def _on_the_page(self, one: _Shown, name: str, layer: str) -> str | None:
        label = self.run.labels[name]
        pictures = (
            picture
            for view in (one.example.views if one.example else ())
            if view.label == label
            for picture in view.pictures
        )
        return next((f"#{picture.anchor}" for picture in pictures if picture.layer == layer), None)

    def _beside(self, path: Path | None) -> str | None:
        """Return a file as the page links it."""
        return beside(self.run.directory, path) if path else None


def _number(value: float | None) -> float | str | None:
    """Return a figure as JSON has it: an infinite one is a text."""
    return value if value is None or math.isfinite(value) else str(value)


def _mark(mark: Mark) -> list[Any]:
    sides = (round(side, 1) for side in (mark.left, mark.top, mark.right, mark.bottom))
    return [KINDS.index(mark.kind), *sides, mark.label, round(mark.score, 2)]
