"""What foreign code gets to look at: copies that refuse to be written into, compared afterwards.

Numpy refuses to write into memory that lies in ``bytes``, and to lift that flag. Torch, OpenCV or C
code can write there all the same, so after a call every byte is compared with the original, which
takes less time than a digest would. Since each call has copies of its own, what it does to them
harms no other.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from harness.errors import BenchError
from harness.samples import Boxes, ImageArray, Sample

Array = TypeVar("Array", bound=npt.NDArray[Any])


class Loan:
    """The copies that one call of foreign code gets.

    >>> loan, ours = Loan(), np.zeros((2, 2, 3), np.uint8)
    >>> (theirs,) = loan.pictures([ours], ["a"])
    >>> theirs.setflags(write=True)
    Traceback (most recent call last):
    ValueError: cannot set WRITEABLE flag to True of this array
    """

    def __init__(self) -> None:
        self._given: list[tuple[str, npt.NDArray[Any], npt.NDArray[Any]]] = []

    def samples(self, samples: Sequence[Sample]) -> list[Sample]:
        """Return copies of samples."""
        return [self._sample(sample) for sample in samples]

    def pictures(self, pictures: Sequence[ImageArray], images: Sequence[str]) -> list[ImageArray]:
        """Return copies of restored pictures, (H, W, 3) each, of the images of these ids."""
        return [
            self._copy(f"restored picture of {image}", picture)
            for picture, image in zip(pictures, images, strict=True)
        ]

    def check(self) -> None:
        """Compare what was lent with the originals.

        Raises:
            BenchError: If something was written into; the text says what.
        """
        for what, ours, theirs in self._given:
            if _content(ours) != _content(theirs):
                raise BenchError(
                    f"wrote into the {what}, which others look at too: copy it first, as in "
                    "`sample.rainy.copy()`"
                )

    def _sample(self, sample: Sample) -> Sample:
        theirs = sealed(sample)
        named = zip(_arrays(sample), _arrays(theirs), strict=True)
        self._given += [(f"{name} of {sample.id}", a, b) for (name, a), (_, b) in named]
        return theirs

    def _copy(self, what: str, ours: ImageArray) -> ImageArray:
        theirs = _sealed(ours)
        self._given.append((what, ours, theirs))
        return theirs


def sealed(sample: Sample) -> Sample:
    """Return a sample with the same content, in memory of its own that numpy does not write to."""
    boxes = sample.boxes
    return replace(
        sample,
        rainy=_sealed(sample.rainy),
        clean=None if sample.clean is None else _sealed(sample.clean),
        label_map=None if sample.label_map is None else _sealed(sample.label_map),
        boxes=None if boxes is None else _sealed_boxes(boxes),
        truths={name: _sealed(truth) for name, truth in sample.truths.items()},
    )


def _sealed_boxes(boxes: Boxes) -> Boxes:
    return Boxes(
        _sealed(boxes.xyxy), _sealed(boxes.labels), _sealed(boxes.ignore), _sealed(boxes.areas)
    )


def _sealed(array: Array) -> Array:
    made: Array = np.ndarray(array.shape, array.dtype, array.tobytes())  # type: ignore[assignment]
    return made


def _content(array: npt.NDArray[Any]) -> bytes:
    """Return the bytes of an array, without a copy of one that was sealed."""
    return array.base if isinstance(array.base, bytes) else array.tobytes()


def _arrays(sample: Sample) -> list[tuple[str, npt.NDArray[Any]]]:
    """Return every array of a sample, with what messages call it."""
    boxes = sample.boxes
    named = [
        ("rainy picture", sample.rainy),
        ("clean picture", sample.clean),
        ("label map", sample.label_map),
        *([] if boxes is None else [("boxes", one) for one in vars(boxes).values()]),
        *sample.truths.items(),
    ]
    return [(name, array) for name, array in named if array is not None]
