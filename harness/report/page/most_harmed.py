"""The images that derainers harm most, each with the rainy and the restored picture."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.report.page.examples import View, rows_from_rainy_to_clean
from harness.report.page.pictures import Picture, beside, data_uri, open_picture
from harness.report.printing import printed
from harness.run_folder.manifest import TaskEntry
from harness.run_folder.previews import preview_path
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import Harmed

MOST_IMAGES = 6
"""Of a rain set."""

ROOM = 2_000_000
"""Letters that the pictures may take within the page; those that find no room are linked."""


@dataclass(frozen=True)
class HarmedImage:
    """An image that a derainer made worse.

    Attributes:
        image: Its id.
        label: What the derainer is called.
        row: The derainer's row in the page's browser of images.
        losses: For each task whose first metric fell, by how much.
        views: The rainy picture and the restored one; none where these were not kept.
    """

    image: str
    label: str
    row: int
    losses: tuple[str, ...]
    views: tuple[View, ...]


@dataclass(frozen=True)
class HarmedOfSet:
    """The images of a rain set that are harmed most.

    Attributes:
        rain_set: Its name.
        place: Its place among the run's rain sets.
        remark: Why pictures are missing or images left out, "" where neither is so.
        images: The worst of each task in turn.
    """

    rain_set: str
    place: int
    remark: str
    images: tuple[HarmedImage, ...]


@dataclass(frozen=True)
class MostHarmed:
    """What the page shows of harm to single images.

    Attributes:
        sets: The rain sets on which some image is harmed.
        anchors: The small pictures that stand on the page, with the ids of their elements.
    """

    sets: list[HarmedOfSet] = field(default_factory=list)
    anchors: dict[Path, str] = field(default_factory=dict)


def most_harmed(run: RunData) -> MostHarmed:
    """Return the images that are furthest below the rain by the first metric of a task.

    Tasks take turns; a derainer's image stands there once, with its loss in every task. Where the
    run kept pictures, images without one are left out.

    Raises:
        BenchError: If a kept picture is damaged.
    """
    shown, pictures = MostHarmed(), _Pictures(run)
    for place, entry in enumerate(run.rain_sets):
        of_tasks = [_harmed_in(run, entry.name, task) for task in run.tasks_of(entry.name)]
        with_pictures = [list(filter(pictures.has, harmed)) for harmed in of_tasks]
        kept = any(with_pictures)
        every, there = (
            {(one.image, one.derainer) for harmed in lists for one in harmed}
            for lists in (of_tasks, with_pictures)
        )
        images = [
            _harmed_image(run, one, of_tasks, pictures)
            for one in _in_turn(with_pictures if kept else of_tasks)
        ]
        remark = "" if kept else "No pictures of them were kept."
        if kept and every > there:
            remark = (
                f"Only images whose pictures were kept: harmed.csv has {len(every - there)} more "
                "restorations that harm."
            )
        if images:
            shown.sets.append(HarmedOfSet(entry.name, place, remark, tuple(images)))
    shown.anchors.update(pictures.anchors)
    return shown


def _harmed_in(run: RunData, rain_set: str, task: TaskEntry) -> list[Harmed]:
    """Return what lost by a task's first metric as it is printed, the worst first."""
    if not task.headline:
        return []
    place, digits = (rain_set, task.name, task.headline[0]), task.metric(task.headline[0]).digits
    found = [
        one
        for one in run.harmed
        if (one.rain_set, one.task, one.metric) == place
        and one.derainer in run.labels
        and float(f"{one.gain:.{digits}f}") < 0
    ]
    return sorted(found, key=lambda one: one.gain)


def _in_turn(of_tasks: Sequence[Sequence[Harmed]]) -> list[Harmed]:
    """Return the worst of each task in turn, no restoration twice."""
    chosen: dict[tuple[str, str], Harmed] = {}
    waiting = [list(harmed) for harmed in of_tasks]
    while any(waiting) and len(chosen) < MOST_IMAGES:
        for harmed in waiting:
            while harmed and (harmed[0].image, harmed[0].derainer) in chosen:
                del harmed[0]
            if harmed and len(chosen) < MOST_IMAGES:
                chosen[harmed[0].image, harmed[0].derainer] = harmed[0]
    return list(chosen.values())


def _harmed_image(
    run: RunData, harmed: Harmed, of_tasks: Sequence[Sequence[Harmed]], pictures: "_Pictures"
) -> HarmedImage:
    lost = [
        one
        for of_task in of_tasks
        for one in of_task
        if (one.image, one.derainer) == (harmed.image, harmed.derainer)
    ]
    rows = [entry.name for entry in rows_from_rainy_to_clean(run)]
    return HarmedImage(
        harmed.image,
        run.labels[harmed.derainer],
        rows.index(harmed.derainer),
        tuple(_loss(run, one) for one in lost),
        pictures.views(harmed) if pictures.has(harmed) else (),
    )


def _loss(run: RunData, one: Harmed) -> str:
    metric = run.metric(one.task, one.metric)
    rainy, derained, loss = (
        printed(value, metric.digits) for value in (one.rainy, one.derained, -one.gain)
    )
    unit = f" {metric.unit}" if metric.unit else ""
    return (
        f"{one.task}: {metric.label} {rainy}{unit} in the rain, {derained}{unit} derained, "
        f"worse by {loss}{unit}"
    )


class _Pictures:
    """Finds the small pictures of harmed images, and puts each on the page once.

    Args:
        run: The run.

    Attributes:
        anchors: Those that stand on the page.
    """

    def __init__(self, run: RunData) -> None:
        self.run, self.room = run, ROOM
        self.anchors: dict[Path, str] = {}

    def has(self, harmed: Harmed) -> bool:
        """Return whether the rainy and the restored picture were kept."""
        return all(path.is_file() for path in self._paths(harmed))

    def views(self, harmed: Harmed) -> tuple[View, ...]:
        """Return the rainy picture and the restored one."""
        names = (self.run.lower(harmed.rain_set), harmed.derainer)
        return tuple(
            View(self.run.labels[name], "", (self._picture(path, name, harmed.image),))
            for name, path in zip(names, self._paths(harmed), strict=True)
        )

    def _paths(self, harmed: Harmed) -> list[Path]:
        names = (self.run.lower(harmed.rain_set), harmed.derainer)
        return [
            preview_path(self.run.directory, harmed.rain_set, name, harmed.image) for name in names
        ]

    def _picture(self, path: Path, name: str, image: str) -> Picture:
        width, height = open_picture(path).size
        self.room -= 4 * path.stat().st_size // 3
        source = beside(self.run.directory, path)
        if self.room >= 0:
            source = data_uri(path.read_bytes(), "image/webp")
        anchor = ""
        if path not in self.anchors:  # another derainer's image has the same rainy picture
            anchor = self.anchors[path] = f"harmed-{len(self.anchors) + 1}"
        return Picture(source, width, height, f"{image}: {self.run.labels[name]}", "", anchor)
