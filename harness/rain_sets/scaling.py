"""Pictures and truths made smaller alike, for who has no GPU."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from harness.samples import Boxes, ImageArray


@dataclass(frozen=True)
class Scale:
    """From one size to a smaller one.

    Attributes:
        before: (height, width) in pixels.
        after: Likewise.
    """

    before: tuple[int, int]
    after: tuple[int, int]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a sample's notes say of it."""
        (height, width), (low, narrow) = self.before, self.after
        return (f"scaled from {width}x{height} to {narrow}x{low}",)

    def picture(self, pixels: ImageArray) -> ImageArray:
        """Return a picture by the mean of the area that each new pixel covers."""
        return np.asarray(self._resized(pixels, cv2.INTER_AREA), np.uint8)

    def label_map(self, labels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Return a label map by the nearest pixel, so that no class appears between two."""
        return np.asarray(self._resized(labels, cv2.INTER_NEAREST_EXACT), np.uint8)

    def depth(self, metres: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return depth by the nearest pixel: between a car and the sky lies nothing."""
        return np.asarray(self._resized(metres, cv2.INTER_NEAREST_EXACT), np.float32)

    def boxes(self, boxes: Boxes) -> Boxes:
        """Return boxes and areas in the smaller picture's pixels."""
        vertical, horizontal = (new / old for new, old in zip(self.after, self.before, strict=True))
        corners = boxes.xyxy * np.array([horizontal, vertical] * 2, np.float32)
        areas = boxes.areas * (horizontal * vertical)
        return Boxes(corners.astype(np.float32), boxes.labels, boxes.ignore, areas)

    def _resized(self, array: npt.NDArray[np.generic], how: int) -> npt.NDArray[np.generic]:
        height, width = self.after
        resized: npt.NDArray[np.generic] = cv2.resize(array, (width, height), interpolation=how)
        return resized


def scale_to(max_side: int | None, height: int, width: int) -> Scale | None:
    """Return how a picture gets a longer side of at most ``max_side``, None if it has already.

    >>> scale_to(640, 720, 1280).after
    (360, 640)
    """
    longer = max(height, width)
    if max_side is None or longer <= max_side:
        return None
    after = tuple(max(1, round(side * max_side / longer)) for side in (height, width))
    return Scale((height, width), (after[0], after[1]))
