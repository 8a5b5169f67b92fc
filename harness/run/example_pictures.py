"""The pictures of a few images that the report shows: restored, predicted on, and true."""

import functools
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.plugins.failures import describe_failure
from harness.plugins.time_limit import TimeLimit
from harness.progress import ProgressReporter
from harness.run.plan import Part, Plan, called
from harness.run_folder.kept_pictures import Examples
from harness.samples import ImageArray, RainSet, Sample
from harness.task import Task


class ExamplePictures:
    """Keeps the pictures of the chosen images; of any other image it keeps nothing.

    Args:
        plan: What the run is made of.
        chosen: For each rain set, by name, the ids of the images.
        examples: Where they are kept.
        limit: On drawing one.
        progress: Is told of a picture that a task could not draw.
        debug: Print the traceback of every failure.
    """

    def __init__(
        self,
        plan: Plan,
        chosen: Mapping[str, Collection[str]],
        examples: Examples,
        limit: TimeLimit,
        progress: ProgressReporter,
        debug: bool = False,
    ) -> None:
        self.plan, self.chosen, self.examples = plan, chosen, examples
        self.limit, self.progress, self.debug = limit, progress, debug

    def keep_truth(self, rain_set: RainSet, samples: Iterable[Sample]) -> None:
        """Keep what every task calls the truth of some samples."""
        for sample in samples:
            for task in self.plan.tasks_for(rain_set):
                if task.built is not None:
                    draw = functools.partial(task.built.truth_picture, sample)
                    self._keep(rain_set, sample.id, "truth", task.name, draw)

    def keep_restored(
        self, rain_set: RainSet, image: str, derainer: str, pixels: ImageArray
    ) -> None:
        """Keep a restored image."""
        if image in self.chosen[rain_set.name]:
            self.examples.put(rain_set.name, image, derainer, pixels)

    def keep_predicted(
        self, rain_set: RainSet, image: str, derainer: str, task: Part[Task], prediction: Any
    ) -> None:
        """Keep what a task draws of its prediction on a restored image."""
        if task.built is not None:
            draw = functools.partial(task.built.picture, prediction, rain_set)
            self._keep(rain_set, image, derainer, task.name, draw)

    def _keep(
        self,
        rain_set: RainSet,
        image: str,
        of: str,
        task: str,
        draw: Callable[[], npt.NDArray[np.uint8] | None],
    ) -> None:
        if image not in self.chosen[rain_set.name]:
            return
        name = f"{of}.{task}"
        try:
            picture = self.limit.call(f"{called('tasks', task)} (picture)", draw)
            if picture is not None:
                self.examples.put(rain_set.name, image, name, picture)
        except OSError:
            raise  # the disk, not the task
        except Exception as error:  # a plugin may raise anything
            cause = describe_failure(error, debug=self.debug)
            place = f"{rain_set.name}: {image}"
            self.progress.say(f"{place}: no picture {name} for the report ({cause})")
