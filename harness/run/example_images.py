"""The pictures of a few images that the report shows: restored, predicted on, and true."""

import functools
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from harness.foreign_code import ForeignError
from harness.lending import sealed
from harness.plugins.checks import check_drawing
from harness.plugins.parts import Part
from harness.run.description import legend_of
from harness.run.plan import OpenRainSet, Plan
from harness.run.setting import Setting
from harness.run.writing import Writing
from harness.run_folder.kept_images import Examples
from harness.run_folder.manifest import Manifest
from harness.run_folder.previews import Previews
from harness.samples import ImageArray, Sample
from harness.task import Task


class ExampleImages:
    """Keeps the pictures of the chosen images, and small ones of many; of others nothing.

    They are drawn, encoded and written beside the lanes, each before the rows that follow it.

    Args:
        setting: Of the run.
        chosen: For each rain set, by name, the ids of the images.
        examples: Where they are kept.
        writing: Takes all of this work.
    """

    def __init__(
        self,
        setting: Setting,
        chosen: Mapping[str, Collection[str]],
        examples: Examples,
        writing: Writing,
    ) -> None:
        self.plan, self.progress, self.stopwatch = setting.plan, setting.progress, setting.stopwatch
        self.chosen, self.examples, self.writing = chosen, examples, writing
        self.previews = Previews(setting.directory, setting.plan.config.previews)
        self._previewed = {one.name: self.previews.choose(one.ids) for one in self.plan.rain_sets}

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
            self._add(self.previews.put, *place, pixels.copy())

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
            write = functools.partial(self.examples.put_restored, rain_set.name, image, derainer)
            self.writing.add_last(self._timed(write, pixels.copy()))

    def _keep_drawn(
        self,
        rain_set: OpenRainSet,
        sample: Sample,
        derainer: str | None,
        task: Part[Task],
        draw: Callable[[Sample, Task], object],
    ) -> None:
        if task.built is None or sample.id not in self.chosen[rain_set.name]:
            return
        self._add(self._draw, rain_set.name, sample, derainer, task, draw)

    def _draw(
        self,
        rain_set: str,
        sample: Sample,
        derainer: str | None,
        task: Part[Task],
        draw: Callable[[Sample, Task], object],
    ) -> None:
        """Have a task draw, which takes longer the larger the picture is, and keep that."""
        lent, place = sealed(sample), (rain_set, sample.id, derainer, task.name)
        try:
            drawing = task.ask(lambda built: check_drawing(draw(lent, built)), during="picture")
        except ForeignError as error:
            what = f"{derainer or 'truth'}.{task.name}"
            self.progress.say(
                f"{rain_set}: {sample.id}: no picture {what} for the report ({error})"
            )
            self.examples.put_failure(*place, str(error))
            return
        self.examples.put_drawing(*place, drawing)

    def _add(self, work: Callable[..., None], *arguments: Any) -> None:
        self.writing.add(self._timed(work, *arguments))

    def _timed(self, work: Callable[..., None], *arguments: Any) -> Callable[[], None]:
        def timed() -> None:
            with self.stopwatch.timing("pictures"):
                work(*arguments)

        return timed


def draw_anew_in_new_colours(plan: Plan, earlier: Manifest, examples: Examples) -> list[str]:
    """Let the examples be drawn again on which a task's colours meant something else before.

    Args:
        plan: Of this run.
        earlier: What the folder's last run said of its tasks.
        examples: Where the pictures are kept.

    Returns:
        A line for each task and rain set.
    """
    meant = {one.name: one.legends for one in earlier.tasks}
    lines = []
    for rain_set in plan.rain_sets:
        for part in plan.tasks_for(rain_set.name):
            before = meant.get(part.name, {}).get(rain_set.name)
            if part.built is None or not before:
                continue
            if list(before.items()) != list(legend_of(part, rain_set)[0].items()):
                examples.draw_anew(rain_set.name, part.name, "its colours changed")
                lines.append(
                    f"{rain_set.name}: the colours of {part.name} changed; the examples are drawn "
                    "anew"
                )
    return lines


def _draw_truth(rain_set: OpenRainSet, sample: Sample, task: Task) -> object:
    return task.draw_truth(sample, rain_set.content)


def _draw_prediction(rain_set: OpenRainSet, prediction: Any, sample: Sample, task: Task) -> object:
    return task.draw(prediction, sample, rain_set.content)
