"""A first picture for every task: whether it judges one, how long it takes, how much it writes."""

import functools
from collections.abc import Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from harness.cost.timing import time_calls
from harness.device import Device
from harness.foreign_code import ForeignError
from harness.plugins.parts import Part
from harness.run.plan import OpenRainSet
from harness.run.turnstile import Turnstile
from harness.samples import RainSet, Sample
from harness.task import Batch, Task

BYTES_OF_A_ROW = 400
"""Of the columns that every row has, before compression."""


class TaskTrial(NamedTuple):
    """What judging one picture came to.

    Attributes:
        seconds: For a megapixel, predicting and scoring.
        row_bytes: That a row takes.
        error: Why it failed, "" if it did not.
    """

    seconds: float = 0.0
    row_bytes: int = BYTES_OF_A_ROW
    error: str = ""


def tried(
    part: Part[Task], rain_set: OpenRainSet, sample: Sample, turnstile: Turnstile
) -> TaskTrial:
    """Let a task judge a rainy picture as if it were a restored one, twice, and time the second.

    Args:
        part: The task, which was built.
        rain_set: Of the sample.
        sample: One that could be read.
        turnstile: Places the task on the device.
    """
    judge = functools.partial(_judge, rain_set.content, sample, turnstile.device)
    try:
        with turnstile.using(part):
            part.ask(judge, picture=sample.rainy)
            return part.ask(judge, picture=sample.rainy)
    except ForeignError as error:
        return TaskTrial(error=str(error))


def _judge(rain_set: RainSet, sample: Sample, device: Device, task: Task) -> TaskTrial:
    batch = Batch([sample.rainy], [sample], device)
    scored: Mapping[str, Any] = {}

    def judge() -> None:
        nonlocal scored
        (prediction,) = task.predict(batch)
        device.synchronise()
        scored = task.score(prediction, sample, rain_set)

    seconds = time_calls(judge, 1, device).milliseconds[0] / 1e3
    height, width = sample.rainy.shape[:2]
    written = sum(
        pa.array([scored.get(name)], type=kind).nbytes for name, kind in task.columns.items()
    )
    return TaskTrial(seconds * 1e6 / (height * width), BYTES_OF_A_ROW + written)
