"""Keypoints of pictures: what stays recognisable when one is cut, turned, scaled or rained on."""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from harness.samples import ImageArray

SIDE = 400
"""Pixels of the longer side at which pictures are compared."""

MOST = 300
"""Keypoints of a picture, the most marked ones."""

CONTRAST = 0.02
"""Below which nothing is a keypoint: half of OpenCV's default, for pictures with little texture."""

GreyArray = npt.NDArray[np.uint8]


class Keypoints(NamedTuple):
    """Of a picture.

    Attributes:
        points: (N, 2) float32, x and y in pixels.
        descriptors: (N, 128) float32 of length 1, whose product is a likeness from 0 to 1.
    """

    points: npt.NDArray[np.float32]
    descriptors: npt.NDArray[np.float32]


class View(NamedTuple):
    """A picture as it is compared with others.

    Attributes:
        grey: (H, W), the longer side `SIDE` at the most.
        keypoints: Found in it.
    """

    grey: GreyArray
    keypoints: Keypoints


def view_of(pixels: ImageArray, mirrored: bool = False) -> View:
    """Return a picture, (H, W, 3) RGB, as it is compared with others; mirrored if asked for."""
    grey: GreyArray = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    scale = SIDE / max(grey.shape)
    if scale < 1:
        height, width = (max(1, round(side * scale)) for side in grey.shape)
        grey = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    if mirrored:
        grey = np.ascontiguousarray(grey[:, ::-1])
    return View(grey, _keypoints(grey))


def _keypoints(grey: GreyArray) -> Keypoints:
    """Find SIFT keypoints (Lowe, IJCV 2004).

    Their descriptors are compared as RootSIFT (Arandjelovic and Zisserman, CVPR 2012).
    """
    sift = cv2.SIFT.create(nfeatures=MOST, contrastThreshold=CONTRAST)
    found, descriptors = sift.detectAndCompute(grey, None)
    if descriptors is None:
        return Keypoints(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32))
    points = np.array([one.pt for one in found[:MOST]], np.float32)
    sums = np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-6)
    return Keypoints(points, np.sqrt(descriptors / sums)[:MOST].astype(np.float32))
