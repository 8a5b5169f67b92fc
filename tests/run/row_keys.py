"""The key of one row, made as a run makes it, from parts that are built already."""

from collections.abc import Sequence
from typing import Any

from setting_changes import CONFIG

from harness.config import Entry, RunConfig
from harness.derainer import Derainer
from harness.digests import digest_json
from harness.run import plan as plans
from harness.run.keys import Keys
from harness.samples import RainSet, Sample
from harness.task import Task
from tasks.detection import DetectionTask
from tasks.segmentation import SegmentationTask


class OneSample(RainSet):
    """Has boxes and label maps, none of which is ever looked at."""

    name = "one"
    box_classes = ("car", "person")
    label_classes = ("car", "road")

    def ids(self) -> Sequence[str]:
        return ("1",)

    def key(self, sample_id: str) -> str:
        return f"sample {sample_id}"

    def load(self, sample_id: str) -> Sample:
        raise AssertionError("a key is made without decoding any picture")


def row_key(rain_set: RainSet, derainer: Derainer, task: Task, config: RunConfig = CONFIG) -> str:
    """Return the key of the row of a rain set's first sample."""
    plan = plans.Plan(
        config,
        [(rain_set, rain_set.ids())],
        [plans.Part(Entry(name="d", use="d"), derainer)],
        [plans.Part(Entry(name="t", use="t"), task)],
        [],
    )
    row = Keys(plan).row(rain_set.key(rain_set.ids()[0]), "d", "t")
    return digest_json([row, read_from(task, rain_set)])


def read_from(task: Task, rain_set: RainSet) -> list[Any]:
    if isinstance(task, DetectionTask):
        return [rain_set.box_classes, task.model.classes]
    if isinstance(task, SegmentationTask):
        return [rain_set.label_classes, task.model.classes]
    return []
