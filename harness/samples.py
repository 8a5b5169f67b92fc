"""What a rain set gives: samples with a rainy image and whatever is known of the truth."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

ImageArray = npt.NDArray[np.uint8]
"""An sRGB image, (H, W, 3), 8 bits a channel, RGB order."""

IGNORE_LABEL = 255
"""The value of a label map where there is no truth."""


@dataclass(frozen=True)
class Boxes:
    """The annotated objects of one image.

    Attributes:
        xyxy: (N, 4) float32, pixel edges ``x1, y1, x2, y2`` with the right and bottom exclusive.
        labels: (N,) int64, indices into the rain set's ``box_classes``.
        ignore: (N,) bool, objects that need not be found (COCO's ``iscrowd``).
        areas: (N,) float64, square pixels, by which COCO sorts small, medium and large.
    """

    xyxy: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    ignore: npt.NDArray[np.bool_]
    areas: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """One image of a rain set.

    Attributes:
        id: Stable across machines; unique within its rain set.
        rainy: (H, W, 3) uint8 RGB.
        clean: The same scene without rain, of the same shape, or None where nobody knows it.
        boxes: The annotated objects, or None where the set has no boxes.
        label_map: (H, W) uint8, indices into the set's ``label_classes``, 255 where there is no
            truth; None where the set has no label maps.
        truths: Truths of any other kind by their name, each an array of the image's height and
            width, for example ``depth`` in metres, (H, W) float32.
        notes: What had to be converted on reading, for example ``"rain-3.png: 16 bits to 8"``.
    """

    id: str
    rainy: ImageArray
    clean: ImageArray | None = None
    boxes: Boxes | None = None
    label_map: npt.NDArray[np.uint8] | None = None
    truths: Mapping[str, npt.NDArray[np.generic]] = field(default_factory=dict)
    notes: tuple[str, ...] = field(default=())


class RainSet(ABC):
    """A named sequence of samples that are loaded one at a time.

    Attributes:
        name: As it stands in every table.
        description: One sentence for the report: what it is and where it comes from.
        box_classes: The classes of the boxes, or None where the set has no boxes.
        label_classes: The classes of the label maps, or None where the set has none.
        truths: The names of the other truths that its samples have.
        has_clean: Whether (all well) every sample has its clean image.
        protocol: What was done to all samples that a figure depends on, as signatures say it, for
            example ``max_side:640``.
        is_rendered: Whether (all well) its samples are rendered scenes of this project.
        notices: Sentences on what the set leaves out or counts twice, which a run says before it
            starts.
    """

    name: str
    description: str = ""
    box_classes: tuple[str, ...] | None = None
    label_classes: tuple[str, ...] | None = None
    truths: tuple[str, ...] = ()
    has_clean: bool = True
    protocol: str = ""
    is_rendered: bool = False
    notices: tuple[str, ...] = ()

    @abstractmethod
    def ids(self) -> Sequence[str]:
        """Return the ids of all samples, sorted, also of those that will fail to load."""

    @abstractmethod
    def key(self, sample_id: str) -> str:
        """Return a digest of all that determines the sample, without decoding any picture.

        Raises:
            SampleError: If a file of the sample cannot be read.
        """

    def pixels(self, sample_id: str) -> int | None:
        """Return how many pixels a sample's picture has, undecoded; None where nobody knows.

        Progress counts them, so that the time left holds for pictures of unlike sizes.
        """
        return None

    @abstractmethod
    def load(self, sample_id: str) -> Sample:
        """Decode (or render) one sample.

        Raises:
            SampleError: If the sample is unusable; the text names the file and the cause.
        """
