"""What runs in the process of an isolated task: its model, and what it predicted."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.config import Entry
from harness.device import Device, choose_device
from harness.errors import TaskError
from harness.lending import Loan
from harness.plugins.checks import check_drawing, check_legend
from harness.plugins.isolation.crossing import Laid, SentRainSet, place_as_json
from harness.plugins.isolation.desk import Desk, Place
from harness.plugins.isolation.workplace import Workplace
from harness.samples import RainSet
from harness.task import Batch, Task


class TaskPlace(Workplace):
    """Where a task is at work; see `Workplace`."""

    task: Task
    device: Device

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._predictions: dict[int, Any] = {}
        self._numbers = itertools.count()
        self._rain_sets: dict[int, RainSet] = {}

    def build(self, where: str, entry: Entry, base: Path, debug: bool) -> dict[str, object]:
        """Build the task that an entry names, and return what is known of it."""
        task = self.built("tasks", where, entry, base, debug)
        self.task = task
        return {
            "protocol": task.protocol(),
            "fingerprint": task.fingerprint(),
            "weights_digests": task.weights_digests(),
            "metrics": {key: asdict(one) for key, one in task.metrics_as_built().items()},
        }

    def place(self, device: Device) -> None:
        """Move the task's model to the device; see `Task.place`."""
        choose_device(device.torch_device.type, device.precision)  # it sets up the process too
        device.enter_thread()
        self.device = device
        self.task.place(device)

    def know(self, number: int, rain_set: SentRainSet) -> None:
        """Take a rain set, which later calls name by its number."""
        self._rain_sets[number] = rain_set.received()

    def refusal(self, number: int) -> str | None:
        """Ask the task; see `Task.refusal`."""
        reason = self.task.refusal(self._rain_sets[number])
        return str(reason) if reason else None

    def objection(self, numbers: Sequence[int]) -> str | None:
        """Ask the task; see `Task.objection`."""
        objection = self.task.objection([self._rain_sets[number] for number in numbers])
        return str(objection) if objection else None

    def judged_classes(self, number: int) -> list[str] | None:
        """Ask the task; see `Task.judged_classes`."""
        classes = self.task.judged_classes(self._rain_sets[number])
        return None if classes is None else [str(one) for one in classes]

    def remarks(self, number: int) -> list[str]:
        """Ask the task; see `Task.remarks`."""
        return [str(line) for line in self.task.remarks(self._rain_sets[number])]

    def reads(self, number: int) -> object:
        """Ask the task; see `Task.reads`."""
        return self.task.reads(self._rain_sets[number])

    def legend(self, number: int) -> dict[str, list[int]]:
        """Ask the task; see `Task.legend`."""
        legend = check_legend(self.task.legend(self._rain_sets[number]))
        return {meaning: list(colour) for meaning, colour in legend.items()}

    def predict(self, restored: Sequence[Place], laid: Sequence[Laid]) -> list[int]:
        """Predict on restored images, and return the numbers by which the predictions are kept."""
        samples = [one.take(self.desk) for one in laid]
        pictures: list[Any] = [self.desk.take(place) for place in restored]
        self.picture = pictures[0]
        loan = Loan()
        lent = loan.pictures(pictures, [sample.id for sample in samples])
        values = self.task.predict(Batch(lent, loan.samples(samples), self.device))
        self.leave_if_forked()
        loan.check()
        kept = dict(zip(self._numbers, values, strict=False))
        self._predictions |= kept
        return list(kept)

    def forget(self, numbers: Sequence[int]) -> None:
        """Let predictions go that nobody asks for any more."""
        for number in numbers:
            self._predictions.pop(number, None)

    def score(self, prediction: int, laid: Laid, number: int) -> dict[str, object]:
        """Score a prediction; see `Task.score`."""
        loan = Loan()
        (sample,) = loan.samples([laid.take(self.desk)])
        score = self.task.score(self._predictions[prediction], sample, self._rain_sets[number])
        loan.check()
        return {str(key): as_plain(key, value) for key, value in score.items()}

    def draw(self, prediction: int, laid: Laid, number: int) -> list[Any] | None:
        """Draw a prediction onto the desk; see `Task.draw`."""
        sample = laid.take(self.desk)
        drawn = self.task.draw(self._predictions[prediction], sample, self._rain_sets[number])
        return self._drawn(drawn)

    def draw_truth(self, laid: Laid, number: int) -> list[Any] | None:
        """Draw the truth onto the desk; see `Task.draw_truth`."""
        return self._drawn(self.task.draw_truth(laid.take(self.desk), self._rain_sets[number]))

    def _drawn(self, drawing: npt.NDArray[np.uint8] | None) -> list[Any] | None:
        checked = check_drawing(drawing)
        self.leave_if_forked()
        return None if checked is None else place_as_json(self.desk.put([checked])[0])


def as_plain(column: object, value: object) -> object:
    """Return a value of a row as JSON can say it.

    Raises:
        TaskError: If it cannot.

    >>> as_plain("scores", np.array([0.5, 1]))
    [0.5, 1.0]
    """
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Mapping):
        return {str(key): as_plain(column, one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(column, one) for one in value]
    if value is None or isinstance(value, str | int | float):
        return value
    raise TaskError(
        f"score returned {type(value).__name__} for its column {column}, which does not come out "
        "of a process of its own: return numbers, texts and lists of them, or leave `isolate` out"
    )
