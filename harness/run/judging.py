"""Judging restored images: predict with the task's model, score beside it, collect the rows."""

import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from typing import Any, NamedTuple

from harness.errors import TaskError
from harness.foreign_code import ForeignError
from harness.lending import Loan
from harness.plugins.parts import Part
from harness.run.setting import Setting
from harness.run.together import together_or_apart
from harness.run.turnstile import Turnstile
from harness.samples import ImageArray, RainSet, Sample
from harness.task import Batch, Task

Row = dict[str, Any]


class Prediction(NamedTuple):
    """What a task's model said of one image, or why it said nothing.

    Attributes:
        value: Of the task's own type, None if the model failed.
        error: The cause, "" if it did not.
        seconds: Its share of the task's call.
    """

    value: Any
    error: str = ""
    seconds: float = 0.0


class Judged(NamedTuple):
    """A restored image with its sample.

    Attributes:
        restored: (H, W, 3) uint8.
        sample: That it came from.
    """

    restored: ImageArray
    sample: Sample


class Judge:
    """Runs the tasks of a run.

    Args:
        setting: Of the run.
        executor: Where scores are computed.
        most_pending: Scores under way at the most, which bounds the memory.
    """

    def __init__(self, setting: Setting, executor: Executor, most_pending: int) -> None:
        self.device, self.stopwatch = setting.device, setting.stopwatch
        self.executor, self.most_pending = executor, most_pending
        self.turnstile = Turnstile(setting.device)
        self._lock = threading.Lock()
        self._pending: deque[Future[Row]] = deque()

    def predict(self, part: Part[Task], images: Sequence[Judged]) -> list[Prediction]:
        """Predict on images of one size; a bad image costs only itself."""
        if not images:
            return []
        return together_or_apart(
            images,
            lambda some: self._predict(part, some),
            lambda cause: Prediction(None, cause),
        )

    def _predict(self, part: Part[Task], images: Sequence[Judged]) -> list[Prediction]:
        samples = [one.sample for one in images]
        ids = [sample.id for sample in samples]

        def predict(task: Task) -> Sequence[Any]:
            loan = Loan()
            restored = loan.pictures([one.restored for one in images], ids)
            batch = Batch(restored, loan.samples(samples), self.device)
            values = task.predict(batch)
            loan.check()
            if len(values) != len(batch):
                raise TaskError(
                    f"predict returned {len(values)} predictions for {len(batch)} images"
                )
            return list(values)

        with self.turnstile.using(part):
            started = time.perf_counter()
            with self.stopwatch.timing(f"predict/{part.name}"):
                values = part.work(predict, ids[0], images[0].restored)
            seconds = (time.perf_counter() - started) / len(images)
        return [Prediction(value, seconds=seconds) for value in values]

    def score(
        self,
        part: Part[Task],
        prediction: Prediction,
        sample: Sample,
        rain_set: RainSet,
        row: Row,
    ) -> None:
        """Complete a row with the score of a prediction, sooner or later."""
        row["predict_seconds"] = prediction.seconds
        arguments = (part, prediction.value, sample, rain_set, row)
        self._pending.append(self.executor.submit(self._score, *arguments))

    def _score(
        self, part: Part[Task], value: Any, sample: Sample, rain_set: RainSet, row: Row
    ) -> Row:
        with self.stopwatch.timing(f"score/{part.name}"):
            try:
                row.update(
                    part.work(
                        lambda task: _scored(task, value, sample, rain_set),
                        sample.id,
                        sample.rainy,
                    )
                )
            except ForeignError as error:
                row.update(status="failed", error=str(error))
        return row

    def completed(self, wait: bool = False) -> list[Row]:
        """Return the rows whose scores are there, oldest first.

        Args:
            wait: Wait for all of them; otherwise only while too many are pending.
        """
        most = 0 if wait else self.most_pending
        rows = []
        with self._lock:
            while self._pending and (self._pending[0].done() or len(self._pending) > most):
                rows.append(self._pending.popleft().result())
        return rows


def _scored(task: Task, prediction: Any, sample: Sample, rain_set: RainSet) -> Row:
    loan = Loan()
    (given,) = loan.samples([sample])
    score = _checked(task, task.score(prediction, given, rain_set))
    loan.check()
    return score


def _checked(task: Task, score: Mapping[str, Any]) -> Row:
    """Return a score if it has a value for each column of the task, and no other.

    Raises:
        TaskError: If it has not.
    """
    values, columns = dict(score), task.columns
    for names, problem in (
        (columns.keys() - values.keys(), "no value for its column"),
        (values.keys() - columns.keys(), "a value for what is none of its columns,"),
    ):
        if names:
            raise TaskError(f"score returned {problem} {min(map(str, names))}")
    return values
