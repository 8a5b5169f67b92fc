"""The pictures of a few images that the report shows: restored, predicted on, and true."""

import functools
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.foreign_code import ForeignError
from harness.lending import sealed
from harness.plugins.checks import check_drawing
from harness.plugins.parts import Part
from harness.run.description import legend_of
from harness.run.picture_folders import PictureFolders
from harness.run.picture_keys import PictureKeys
from harness.run.plan import OpenRainSet, Plan
from harness.run.setting import Setting
from harness.run.writing import Writing
from harness.run_folder.kept_images import Examples
from harness.run_folder.manifest import Manifest
from harness.run_folder.previews import Previews
from harness.samples import ImageArray, Sample
from harness.task import Task, is_drawn_small

Drawing = npt.NDArray[np.uint8] | None
"""(h, w, 4), or nothing."""

Place = tuple[str, str, str | None, str]
"""The names of rain set, image, derainer (None: the truth) and task."""

Keeper = Examples | Previews


class ExampleImages:
    """Keeps the pictures of the chosen images, and small ones of many; of others nothing.

    They are drawn, encoded and written beside the lanes, each before the rows that follow it.

    Args:
        setting: Of the run.
        chosen: For each rain set, by name, the ids of the images.
        keys: Of the pictures.
        folders: Where they are kept.
        writing: Takes all of this work.
    """

    def __init__(
        self,
        setting: Setting,
        chosen: Mapping[str, Collection[str]],
        keys: PictureKeys,
        folders: PictureFolders,
        writing: Writing,
    ) -> None:
        self.plan, self.progress, self.stopwatch = setting.plan, setting.progress, setting.stopwatch
        self.chosen, self.keys, self.writing = chosen, keys, writing
        self.examples, self.previews = folders.examples, folders.previews
        self._previewed = {one.name: self.previews.choose(one.ids) for one in self.plan.rain_sets}
        self._failing: set[tuple[str, str]] = set()

    def keep_truth(self, rain_set: OpenRainSet, samples: Iterable[Sample]) -> None:
        """Keep what every task calls the truth of some samples."""
        for sample in samples:
            for task in self.plan.tasks_for(rain_set.name):
                draw = functools.partial(_draw_truth, rain_set)
                self._keep_drawn(rain_set, sample, None, task, draw)

    def keep_restored(
        self, rain_set: OpenRainSet, image: str, derainer: str, pixels: ImageArray
    ) -> None:
        """Keep a restored image small; as an example it is kept when it is `complete`."""
        place = (rain_set.name, image, derainer)
        if image in self.chosen[rain_set.name]:
            self._add(self.examples.begin, *place)
        if image in self._previewed[rain_set.name]:
            # A copy: the memory of the whole batch would wait with it.
            self._add(self.previews.put, *place, pixels.copy(), self.keys.restored(*place))

    def keep_predicted(
        self,
        rain_set: OpenRainSet,
        sample: Sample,
        derainer: str,
        task: Part[Task],
        prediction: Any,
    ) -> None:
        """Keep what a task draws of its prediction on a restored image."""
        draw = functools.partial(_draw_prediction, rain_set, prediction)
        self._keep_drawn(rain_set, sample, derainer, task, draw)

    def complete(
        self, rain_set: OpenRainSet, image: str, derainer: str, pixels: ImageArray
    ) -> None:
        """Keep a restored image as an example, when all that is drawn on it is there."""
        if image in self.chosen[rain_set.name]:
            place = (rain_set.name, image, derainer)
            write = functools.partial(self.examples.put_restored, *place)
            self.writing.add_last(self._timed(write, pixels.copy(), self.keys.restored(*place)))

    def _keep_drawn(
        self,
        rain_set: OpenRainSet,
        sample: Sample,
        derainer: str | None,
        task: Part[Task],
        draw: Callable[[Sample, Task], object],
    ) -> None:
        keepers: list[Keeper] = []
        if task.built is not None and sample.id in self.chosen[rain_set.name]:
            keepers.append(self.examples)
        if task.built is not None and sample.id in self._previewed[rain_set.name]:
            keepers += [self.previews] if is_drawn_small(task.built) else []
        if keepers:
            place = (rain_set.name, sample.id, derainer, task.name)
            self._add(self._draw, keepers, place, functools.partial(_drawn, draw, sample, task))

    def _draw(self, keepers: Collection[Keeper], place: Place, draw: Callable[[], Drawing]) -> None:
        """Have a task draw, which takes longer the larger the picture is, and keep that."""
        try:
            drawing = draw()
        except ForeignError as error:
            self._note_failure(keepers, place, str(error))
            return
        for keeper in keepers:
            keeper.put_drawing(*place, drawing, self.keys.drawn(*place))

    def _note_failure(self, keepers: Collection[Keeper], place: Place, cause: str) -> None:
        """Say why there is no drawing: of every example, and else once for a rain set and task."""
        rain_set, image, derainer, task = place
        if self.examples in keepers or (rain_set, task) not in self._failing:
            what = f"{derainer or 'truth'}.{task}"
            self.progress.say(f"{rain_set}: {image}: no picture {what} for the report ({cause})")
        self._failing.add((rain_set, task))
        if self.examples in keepers:
            self.examples.put_failure(*place, cause)
        if self.previews in keepers:
            self.previews.put_drawing(*place, None)  # that of an earlier run

    def _add(self, work: Callable[..., None], *arguments: Any) -> None:
        self.writing.add(self._timed(work, *arguments))

    def _timed(self, work: Callable[..., None], *arguments: Any) -> Callable[[], None]:
        def timed() -> None:
            with self.stopwatch.timing("pictures"):
                work(*arguments)

        return timed


def draw_anew_in_new_colours(
    plan: Plan, earlier: Manifest, folders: PictureFolders
) -> tuple[list[str], Manifest]:
    """Let the examples be drawn again on which a task's colours meant something else before.

    What it drew small on other images goes: nobody predicts again on all of them for that.

    Args:
        plan: Of this run.
        earlier: What the folder's last run said of its tasks.
        folders: Where the pictures are kept.

    Returns:
        A line for each task and rain set, and what the folder's last run said with the colours of
        now: what lies there from here on has these.
    """
    meant = {one.name: dict(one.legends) for one in earlier.tasks}
    lines = []
    for rain_set in plan.rain_sets:
        for part in plan.tasks_for(rain_set.name):
            before = meant.get(part.name, {}).get(rain_set.name)
            if part.built is None or not before:
                continue
            legend = legend_of(part, rain_set)[0]
            if list(before.items()) != list(legend.items()):
                meant[part.name][rain_set.name] = legend
                folders.examples.draw_anew(rain_set.name, part.name, "its colours changed")
                dropped = folders.previews.drop_drawings(rain_set.name, part.name)
                lines.append(
                    f"{rain_set.name}: the colours of {part.name} changed; the examples are drawn "
                    f"anew{', what it drew on other images goes' if dropped else ''}"
                )
    tasks = tuple(one.model_copy(update={"legends": meant[one.name]}) for one in earlier.tasks)
    return lines, earlier.model_copy(update={"tasks": tasks})


def _drawn(draw: Callable[[Sample, Task], object], sample: Sample, task: Part[Task]) -> Drawing:
    lent = sealed(sample)
    return task.ask(lambda built: check_drawing(draw(lent, built)), during="picture")


def _draw_truth(rain_set: OpenRainSet, sample: Sample, task: Task) -> object:
    return task.draw_truth(sample, rain_set.content)


def _draw_prediction(rain_set: OpenRainSet, prediction: Any, sample: Sample, task: Task) -> object:
    return task.draw(prediction, sample, rain_set.content)
