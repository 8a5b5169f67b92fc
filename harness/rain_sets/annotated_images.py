"""The boxes of a picture as an annotation states them, in whichever format, checked once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from harness.digests import digest_arrays
from harness.errors import SampleError
from harness.images import Picture
from harness.rain_sets.stated_values import Size
from harness.samples import Boxes


class StatedBox(NamedTuple):
    """One object.

    Attributes:
        xywh: Left, top, width and height, in pixels or as shares of the picture.
        name: Of its class.
        need_not_be_found: Whether a detector may miss it (COCO's ``iscrowd``, VOC's
            ``difficult``).
        area: Square pixels; that of the box where None.
    """

    xywh: tuple[float, float, float, float]
    name: str
    need_not_be_found: bool = False
    area: float | None = None


@dataclass(frozen=True)
class AnnotatedImage:
    """What an annotation says of one image.

    Attributes:
        file_name: Of the picture, as the annotation has it.
        size: (height, width) in pixels, or None where the annotation does not say; so of each.
        xywh: (N, 4) float64, as stated.
        labels: (N,) int64, indices into the classes.
        crowd: (N,) bool, those that need not be found.
        areas: (N,) float64, square pixels.
        problem: Why the annotations are unusable, or None.
        attributes: What else is said of the image, for example its weather.
        in_shares: Whether ``xywh`` and ``areas`` are shares of the picture's size.
    """

    file_name: str
    size: Size | None
    xywh: npt.NDArray[np.float64]
    labels: npt.NDArray[np.int64]
    crowd: npt.NDArray[np.bool_]
    areas: npt.NDArray[np.float64]
    problem: str | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)
    in_shares: bool = False

    def boxes(self, height: int = 1, width: int = 1) -> Boxes:
        """Return the boxes as corners in pixels, in the annotation's order.

        Args:
            height: Of the picture, where the boxes are stated in shares of it.
            width: Likewise.
        """
        corners, areas = self.xywh.copy(), self.areas
        if self.in_shares:
            corners *= np.array([width, height] * 2, np.float64)
            areas = areas * (width * height)
        corners[:, 2:] += corners[:, :2]
        return Boxes(corners.astype(np.float32), self.labels, self.crowd, areas)

    def digest(self) -> str:
        """Return the digest of the arrays."""
        return digest_arrays(self.xywh, self.labels, self.crowd, self.areas)

    def boxes_in(self, picture: Picture, path: Path, annotations: Path) -> Boxes:
        """Return the boxes in a picture's pixels.

        A box may go on beyond the picture where the stated size is the picture's: whole bodies
        are annotated so, and AP is then that of pycocotools. Where a side is not stated, such a
        box means that the picture is another one.

        Args:
            picture: That was read.
            path: Its file, for errors.
            annotations: The file with the annotations, for errors.

        Raises:
            SampleError: If the picture has another size than is stated, or a box lies elsewhere.
        """
        height, width = picture.pixels.shape[:2]
        stated = self.size or (None, None)
        if (stated[0] or height, stated[1] or width) != (height, width):
            turned = any("EXIF" in note for note in picture.notes)
            cause = " after it was turned as its EXIF orientation says" if turned else ""
            remedy = "save it unturned, without EXIF" if turned else "fetch the annotated one"
            raise SampleError(
                f"{path}: is {width}x{height}{cause}, and {annotations.name} says "
                f"{stated[1] or '?'}x{stated[0] or '?'}: the boxes would miss their objects; "
                f"{remedy}"
            )
        problem = self._outside(height, width)
        if problem:
            raise SampleError(f"{path}: {problem} ({annotations})")
        return self.boxes(height, width)

    def _outside(self, height: int, width: int, tolerance: float = 1.0) -> str | None:
        """Return which box lies outside by more than ``tolerance`` pixels, None for none."""
        boxes = self.boxes(height, width)
        left, top, right, bottom = boxes.xyxy.T
        over = np.stack([-left, -top, right - width, bottom - height])
        beyond = over.max(axis=0) > tolerance
        wholly = np.stack([left - width, top - height, -right, -bottom]).max(axis=0) > tolerance
        is_stated = self.size is not None and None not in self.size
        wrong = wholly if is_stated else beyond
        if not wrong.any():
            return None
        first = int(np.flatnonzero(wrong)[0])
        box = ", ".join(f"{value:g}" for value in self.xywh[first])
        how = "lies outside" if is_stated else "leaves"
        return f"the box [{box}] (x, y, width, height) {how} the {width}x{height} picture"


def image_of(
    file_name: str,
    size: Size | None,
    objects: Sequence[StatedBox],
    classes: Sequence[str],
    *,
    problem: str | None = None,
    attributes: Mapping[str, object] | None = None,
    in_shares: bool = False,
) -> AnnotatedImage:
    """Put the objects of an image into arrays.

    Args:
        file_name: Of the picture.
        size: (height, width), or None.
        objects: In the annotation's order; their names are all among ``classes``.
        classes: Of the set.
        problem: Why the annotations are unusable, or None.
        attributes: What else is said of the image.
        in_shares: Whether the boxes are shares of the picture's size.
    """
    label_of = {name: index for index, name in enumerate(classes)}
    areas = [one.xywh[2] * one.xywh[3] if one.area is None else one.area for one in objects]
    return AnnotatedImage(
        file_name=file_name,
        size=size,
        xywh=np.array([one.xywh for one in objects], np.float64).reshape(-1, 4),
        labels=np.array([label_of[one.name] for one in objects], np.int64),
        crowd=np.array([one.need_not_be_found for one in objects], np.bool_),
        areas=np.array(areas, np.float64),
        problem=problem,
        attributes=attributes or {},
        in_shares=in_shares,
    )
