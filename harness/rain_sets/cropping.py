"""Pictures and truths cut alike, for networks that restore multiples of a number of pixels only."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from harness.errors import SampleError
from harness.samples import Boxes, Sample


def cropped(sample: Sample, multiple: int) -> Sample:
    """Return a sample whose sides are multiples of a number; what is cut lies right and below.

    Boxes end where the picture ends; those that lie in the part that is cut are none any more.
    Their area shrinks as they do.

    Args:
        sample: As it was read.
        multiple: Of pixels.

    Raises:
        SampleError: If a side is shorter than that.

    >>> picture = np.zeros((13, 19, 3), np.uint8)
    >>> cropped(Sample("a", picture), 8).rainy.shape, cropped(Sample("a", picture), 1).notes
    ((8, 16, 3), ())
    """
    rows, columns = sample.rainy.shape[:2]
    height, width = rows - rows % multiple, columns - columns % multiple
    if (height, width) == (rows, columns):
        return sample
    if not height or not width:
        raise SampleError(
            f"{sample.id}: is {columns}x{rows}, of which `crop_multiple: {multiple}` leaves nothing"
        )
    part = np.s_[:height, :width]
    return replace(
        sample,
        rainy=sample.rainy[part].copy(),
        clean=sample.clean[part].copy() if sample.clean is not None else None,
        boxes=_cropped_boxes(sample.boxes, height, width) if sample.boxes is not None else None,
        label_map=sample.label_map[part].copy() if sample.label_map is not None else None,
        truths={name: truth[part].copy() for name, truth in sample.truths.items()},
        notes=(*sample.notes, f"cropped from {columns}x{rows} to {width}x{height}"),
    )


def _cropped_boxes(boxes: Boxes, height: int, width: int) -> Boxes:
    xyxy = np.minimum(boxes.xyxy, np.array([width, height] * 2, np.float32))
    kept = (boxes.xyxy[:, 0] < width) & (boxes.xyxy[:, 1] < height)
    before, after = (_areas(one)[kept] for one in (boxes.xyxy, xyxy))
    share = np.divide(after, before, out=np.ones_like(after), where=before > 0)
    return Boxes(
        xyxy[kept].astype(np.float32),
        boxes.labels[kept],
        boxes.ignore[kept],
        boxes.areas[kept] * share,
    )


def _areas(xyxy: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    areas: npt.NDArray[np.float64] = (xyxy[:, 2:] - xyxy[:, :2]).astype(np.float64).prod(axis=1)
    return areas
