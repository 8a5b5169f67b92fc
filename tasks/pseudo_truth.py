"""Pseudo-truth: what a model sees in one picture of a scene, taken for true of another one."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Generic, Literal, NamedTuple, TypeVar

from harness.device import Device
from harness.errors import TaskError
from harness.samples import ImageArray, RainSet, Sample
from harness.task import Batch, Task
from tasks.detection import DetectionTask
from tasks.segmentation import SegmentationTask

Seen = TypeVar("Seen")
"""What a model makes of a picture: detections, a label map."""

Reference = Literal["clean", "rainy"]
"""Which picture of a sample a model's word is taken for true on."""


class Compared(NamedTuple, Generic[Seen]):
    """What a model saw in two pictures of a scene.

    Attributes:
        restored: In the restored picture.
        reference: In the one that it is held to.
    """

    restored: Seen
    reference: Seen


class AgainstPseudoTruth(Task, Generic[Seen]):
    """What the tasks have in common that hold a model to what it sees in another picture.

    Args:
        model_task: The task on annotations whose model is asked, with its options.
    """

    reference: ClassVar[Reference]
    looks_at: ClassVar[Literal["picture", "perception"]] = "perception"

    def __init__(self, model_task: DetectionTask | SegmentationTask) -> None:
        self.name = model_task.name
        self.model_task = model_task

    @abstractmethod
    def look(self, pictures: Sequence[ImageArray]) -> list[Seen]:
        """Return what the model sees in pictures of one size, each (H, W, 3) uint8."""

    def refusal(self, rain_set: RainSet) -> str | None:
        """Refuse sets that do not have the picture to compare with."""
        if self.reference == "clean" and not rain_set.has_clean:
            return f"{rain_set.name} has no clean images"
        return None

    def remarks(self, rain_set: RainSet) -> list[str]:
        """Say where the model knows other pictures than these."""
        remark = self.model_task.model.remark_on(rain_set)
        return [remark] if remark else []

    def predict(self, batch: Batch) -> Sequence[Compared[Seen]]:
        """Look at the restored images and at those to compare with, once at each.

        Raises:
            TaskError: If a sample lacks the picture to compare with.
        """
        pictures = [reference_picture(sample, self.reference) for sample in batch.samples]
        shared = self.model_task.shared
        reference = shared.predict(pictures, batch.device, self.look)
        restored = shared.predict(batch.restored, batch.device, self.look)
        return [Compared(*both) for both in zip(restored, reference, strict=True)]

    def place(self, device: Device) -> None:
        """Move the model to the device."""
        self.model_task.place(device)

    def weights_digests(self) -> dict[str, str]:
        """Return the digest of the model's weight file."""
        return self.model_task.weights_digests()

    def reads(self, rain_set: RainSet) -> object:
        """Return nothing: pictures are all that is read, and of the sample."""
        return None


def reference_picture(sample: Sample, reference: Reference) -> ImageArray:
    """Return the picture of a sample to compare with, (H, W, 3).

    Raises:
        TaskError: If it has none.
    """
    if reference == "rainy":
        return sample.rainy
    if sample.clean is None:
        raise TaskError(f"{sample.id}: has no clean image to compare with")
    return sample.clean
