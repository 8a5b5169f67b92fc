"""Judging restored images: predict with the task's model, score beside it, collect the rows."""

import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from typing import Any, NamedTuple

from harness.device import Device
from harness.errors import TaskError
from harness.plugins.failures import describe_failure
from harness.plugins.time_limit import OutOfTimeError, TimeLimit
from harness.run.plan import Part, called
from harness.run.stopwatch import Stopwatch
from harness.run.turnstile import Turnstile
from harness.samples import ImageArray, RainSet, Sample
from harness.task import Task


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


class Judge:
    """Runs the tasks of a run.

    Args:
        device: Where their models run.
        executor: Where scores are computed.
        most_pending: Scores under way at the most, which bounds the memory.
        stopwatch: Takes the time.
        limit: On one call of a task.
        debug: Print the traceback of every failure.
    """

    def __init__(
        self,
        device: Device,
        executor: Executor,
        most_pending: int,
        stopwatch: Stopwatch,
        limit: TimeLimit,
        debug: bool = False,
    ) -> None:
        self.device, self.executor, self.most_pending = device, executor, most_pending
        self.stopwatch, self.limit, self.debug = stopwatch, limit, debug
        self.turnstile = Turnstile(device)
        self._lock = threading.Lock()
        self._pending: deque[Future[dict[str, Any]]] = deque()

    def predict(self, part: Part[Task], images: Sequence[ImageArray]) -> list[Prediction]:
        """Predict on images of one size; a bad image costs only itself."""
        built = part.built
        if built is None:
            return [Prediction(None, part.error)] * len(images)
        if not images:
            return []
        name = called("tasks", part.name)
        try:
            with self.turnstile.using(part.name, built, lambda place: self.limit.call(name, place)):
                self.device.synchronise()
                started = time.perf_counter()
                with self.stopwatch.timing(f"predict/{part.name}"):
                    values = self.limit.call(name, lambda: built.predict(images))
                seconds = (time.perf_counter() - started) / len(images)
            if len(values) != len(images):
                raise TaskError(
                    f"predict returned {len(values)} predictions for {len(images)} images"
                )
            return [Prediction(value, "", seconds) for value in values]
        except OutOfTimeError as error:
            return [Prediction(None, str(error))] * len(images)
        except (Exception, SystemExit) as error:  # a plugin may raise anything
            if len(images) > 1:
                return [self.predict(part, [image])[0] for image in images]
            return [Prediction(None, describe_failure(error, images[0], self.debug))]

    def score(
        self,
        task: Task,
        prediction: Prediction,
        sample: Sample,
        rain_set: RainSet,
        row: dict[str, Any],
    ) -> None:
        """Complete a row with the score of a prediction, sooner or later."""
        row["predict_seconds"] = prediction.seconds
        arguments = (task, prediction.value, sample, rain_set, row)
        self._pending.append(self.executor.submit(self._score, *arguments))

    def _score(
        self, task: Task, value: Any, sample: Sample, rain_set: RainSet, row: dict[str, Any]
    ) -> dict[str, Any]:
        with self.stopwatch.timing(f"score/{row['task']}"):
            try:
                name = called("tasks", row["task"])
                row.update(self.limit.call(name, lambda: task.score(value, sample, rain_set)))
            except (Exception, SystemExit) as error:  # a plugin may raise anything
                cause = describe_failure(error, sample.rainy, self.debug)
                row.update(status="failed", error=cause)
        return row

    def completed(self, wait: bool = False) -> list[dict[str, Any]]:
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
