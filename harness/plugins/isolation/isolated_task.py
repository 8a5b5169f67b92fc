"""A task whose model lives in a process of its own, and that looks to a run like any other."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.device import Device
from harness.metric import Metric
from harness.plugins.isolation.crew import Blueprint, Crew
from harness.plugins.isolation.crossing import SentRainSet, lay, lay_beside, place_from
from harness.plugins.isolation.deaths import Purpose, pictures_of
from harness.plugins.isolation.worker import Worker
from harness.samples import RainSet, Sample
from harness.task import Batch, Legend, Task


class KeptPrediction:
    """A prediction that lies in the process which made it, and goes with this.

    Args:
        batch: From which it is made again where that process has ended.
        index: Of its image in the batch.
        worker: The process.
        number: By which it is kept there.
        done_with: Takes both when nobody asks for it any more.
    """

    def __init__(
        self,
        batch: Batch,
        index: int,
        worker: Worker,
        number: int,
        done_with: list[tuple[Worker, int]],
    ) -> None:
        self.batch, self.index = batch, index
        self.worker, self.number, self._done_with = worker, number, done_with

    def __del__(self) -> None:
        self._done_with.append((self.worker, self.number))


class IsolatedTask(Task):
    """Stands for a task that is built, asked and works in another process, one call at a time.

    What a report asks of the class (columns, metrics, ``summarise``) is that of the task's own
    class, which is imported in the run too.

    Args:
        blueprint: Of the task.
        seconds: That one call may take; None: as many as it likes.
        memory: GiB that its process may hold; None: see `Crew`.

    Raises:
        ConfigError: If its name or an option is wrong.
        ForeignError: If it cannot be built; the text is the cause.
    """

    is_reentrant = False

    def __init__(self, blueprint: Blueprint, seconds: float | None, memory: float | None) -> None:
        self.name = blueprint.entry.name
        self._lock = threading.Lock()
        self._device: Device | None = None
        self._placed: Worker | None = None
        self._told: dict[Worker, set[int]] = {}
        self._rain_sets: list[RainSet] = []
        self._done_with: list[tuple[Worker, int]] = []
        self._crew = Crew("tasks", blueprint, seconds, memory, self._prepare)
        self._known = self._crew.known

    def protocol(self) -> str:
        """Return what it said when it was built."""
        return str(self._known["protocol"])

    def fingerprint(self) -> str:
        """Return what it said when it was built: isolation is in no key."""
        return str(self._known["fingerprint"])

    def weights_digests(self) -> dict[str, str]:
        """Return what it said when it was built."""
        return dict(self._known["weights_digests"])

    def metrics_as_built(self) -> Mapping[str, Metric]:
        """Return what it said when it was built."""
        facts: Mapping[str, Mapping[str, Any]] = self._known["metrics"]
        return {key: Metric(**_with_tuples(one)) for key, one in facts.items()}

    def place(self, device: Device) -> None:
        """Move the model to the device, in its process; see `Task.place`."""
        self._device = device
        with self._working():
            pass

    def refusal(self, rain_set: RainSet) -> str | None:
        """Ask in the process; see `Task.refusal`."""
        reason: str | None = self._asked("refusal", rain_set)
        return reason

    def objection(self, rain_sets: Sequence[RainSet]) -> str | None:
        """Ask in the process; see `Task.objection`."""
        with self._working(*rain_sets) as (worker, numbers):
            objection: str | None = worker.ask("objection", numbers)
        return objection

    def judged_classes(self, rain_set: RainSet) -> Sequence[str] | None:
        """Ask in the process; see `Task.judged_classes`."""
        classes: list[str] | None = self._asked("judged_classes", rain_set)
        return classes

    def remarks(self, rain_set: RainSet) -> list[str]:
        """Ask in the process; see `Task.remarks`."""
        lines: list[str] = self._asked("remarks", rain_set)
        return lines

    def reads(self, rain_set: RainSet) -> object:
        """Ask in the process; see `Task.reads`."""
        return self._asked("reads", rain_set)

    def legend(self, rain_set: RainSet) -> Legend:
        """Ask in the process; see `Task.legend`."""
        legend = self._asked("legend", rain_set)
        return {meaning: (red, green, blue) for meaning, (red, green, blue) in legend.items()}

    def predict(self, batch: Batch) -> Sequence[Any]:
        """Predict in the process, where the predictions stay; see `Task.predict`.

        Raises:
            ForeignError: If that fails, or ends the process; the text is the cause.
        """
        with self._working(over=pictures_of(batch.samples)) as (worker, _):
            done_with = [self._done_with.pop() for _ in range(len(self._done_with))]
            worker.ask("forget", [number for whose, number in done_with if whose is worker])
            numbers = _predicted(worker, batch)
        self._crew.worked()
        return [
            KeptPrediction(batch, index, worker, number, self._done_with)
            for index, number in enumerate(numbers)
        ]

    def score(self, prediction: Any, sample: Sample, rain_set: RainSet) -> Mapping[str, Any]:
        """Score in the process; see `Task.score`."""
        with self._working(rain_set, holding=prediction, over=sample.id) as (worker, (number,)):
            (laid,) = lay(worker.desk, [sample], whole=True)
            score: dict[str, Any] = worker.ask("score", prediction.number, laid, number)
        return score

    def draw(
        self, prediction: Any, sample: Sample, rain_set: RainSet
    ) -> npt.NDArray[np.uint8] | None:
        """Draw in the process; see `Task.draw`."""
        with self._drawing(rain_set, sample, holding=prediction) as (worker, (number,)):
            (laid,) = lay(worker.desk, [sample], whole=True)
            return _taken(worker, worker.ask("draw", prediction.number, laid, number))

    def draw_truth(self, sample: Sample, rain_set: RainSet) -> npt.NDArray[np.uint8] | None:
        """Draw in the process; see `Task.draw_truth`."""
        with self._drawing(rain_set, sample) as (worker, (number,)):
            (laid,) = lay(worker.desk, [sample], whole=True)
            return _taken(worker, worker.ask("draw_truth", laid, number))

    def close(self) -> None:
        """End the process."""
        self._crew.close()

    def _asked(self, method: str, rain_set: RainSet) -> Any:
        with self._working(rain_set) as (worker, (number,)):
            return worker.ask(method, number)

    @contextmanager
    def _drawing(
        self, rain_set: RainSet, sample: Sample, holding: KeptPrediction | None = None
    ) -> Iterator[tuple[Worker, list[int]]]:
        """Have the process as `_working` does, to draw."""
        with self._working(
            rain_set, holding=holding, over=sample.id, purpose="drawing"
        ) as worker_and_numbers:
            yield worker_and_numbers
        self._crew.worked("drawing")

    @contextmanager
    def _working(
        self,
        *rain_sets: RainSet,
        holding: KeptPrediction | None = None,
        over: str = "",
        purpose: Purpose = "work",
    ) -> Iterator[tuple[Worker, list[int]]]:
        """Have the process for the length of a block, and the numbers it knows rain sets by.

        Args:
            rain_sets: That it shall know.
            holding: A prediction that it shall have: what ended the process that had it may have
                been another image.
            over: See `Crew.working`.
            purpose: Likewise.
        """
        with self._lock, self._crew.working(over, purpose) as worker:
            if holding is not None and holding.worker is not worker:
                (holding.number,) = _predicted(worker, holding.batch.only(holding.index))
                holding.worker = worker
            yield worker, [self._number(worker, one) for one in rain_sets]

    def _number(self, worker: Worker, rain_set: RainSet) -> int:
        found = [number for number, one in enumerate(self._rain_sets) if one is rain_set]
        if not found:
            found = [len(self._rain_sets)]
            self._rain_sets.append(rain_set)
        told = self._told.setdefault(worker, set())
        if found[0] not in told:
            worker.ask("know", found[0], SentRainSet(rain_set))
            told.add(found[0])
        return found[0]

    def _prepare(self, worker: Worker) -> None:
        if self._device is not None and self._placed is not worker:
            worker.ask("place", self._device)
            self._placed = worker


def isolated(target: type[Task]) -> type[IsolatedTask]:
    """Return a class of which a report is told what it is told of a task's class."""
    return type(target.__name__, (IsolatedTask, target), {"__module__": target.__module__})


def _predicted(worker: Worker, batch: Batch) -> list[int]:
    """Return the numbers by which a process keeps what it predicted."""
    numbers: list[int] = worker.ask(
        "predict", *lay_beside(worker.desk, batch.restored, batch.samples)
    )
    return numbers


def _with_tuples(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts as they were before JSON made lists of tuples."""
    return {key: tuple(one) if isinstance(one, list) else one for key, one in facts.items()}


def _taken(worker: Worker, place: Sequence[Any] | None) -> npt.NDArray[Any] | None:
    return None if place is None else worker.desk.take(place_from(place))
