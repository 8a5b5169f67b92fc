"""The key of one row, made as a run makes it, from parts that are built already."""

import json
from collections.abc import Sequence
from typing import Any

from setting_changes import CONFIG

from harness.config import Entry, RunConfig
from harness.derainer import Derainer
from harness.plugins.guard import Guard
from harness.plugins.parts import Part
from harness.plugins.registry import Kind
from harness.run.keys import Keys
from harness.run.plan import OpenRainSet, Plan
from harness.samples import RainSet, Sample
from harness.task import Task


class OneSample(RainSet):
    """Has every kind of truth, and none is ever looked at."""

    name = "one"
    box_classes = ("car", "person")
    label_classes = ("car", "road")
    truths = ("depth",)

    def ids(self) -> Sequence[str]:
        return ("1",)

    def key(self, sample_id: str) -> str:
        return f"sample {sample_id}"

    def load(self, sample_id: str) -> Sample:
        raise AssertionError("a key is made without decoding any picture")


def row_key(rain_set: RainSet, derainer: Derainer, task: Task, config: RunConfig = CONFIG) -> str:
    """Return the key of the row of a rain set's first sample."""
    ids = rain_set.ids()
    plan = Plan(
        config,
        [OpenRainSet(part("rain-sets", "r", rain_set), rain_set, ids)],
        [part("derainers", "d", derainer)],
        [part("tasks", "t", task)],
        read={("r", "t"): json.dumps(task.reads(rain_set))},
    )
    return Keys(plan).row(rain_set.key(ids[0]), "r", "d", "t")


def part(kind: Kind, name: str, built: Any) -> Part[Any]:
    return Part(kind, Entry(name=name, use=name), Guard(None), built)
