"""The picture in progress: colour, label, instance and depth in step.

Every operation paints the same pixels in all of them, so that annotations follow from the drawing
and cannot drift from it. Colour is drawn on a grid `SUPERSAMPLING` times as fine as the picture and
averaged at the end; labels, instances and depth are read at one fixed point of each pixel, hence
never blended.
"""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from harness.streets.scenes.classes import LABEL, Mark

SUPERSAMPLING = 2
SKY_DEPTH = 1000.0
_SUBPIXEL_BITS = 4
_FAR_OUTSIDE = 30000.0

Rgb = npt.NDArray[np.float64]
"""Three numbers from 0 to 255 in sRGB."""


class Region(NamedTuple):
    """A rectangle of the canvas as slices."""

    rows: slice
    columns: slice

    @property
    def empty(self) -> bool:
        """Whether it holds no pixel."""
        return bool(self.rows.stop <= self.rows.start or self.columns.stop <= self.columns.start)


class Canvas:
    """Buffers of one size (height, width), that painting keeps in step."""

    def __init__(self, height: int, width: int) -> None:
        self.colour = np.zeros((height, width, 3), np.uint8)
        self.marks = np.zeros((height, width, 2), np.uint8)  # label, instance
        self.marks[..., 0] = LABEL["sky"]
        self.inverse_depth = np.full((height, width), 1.0 / SKY_DEPTH, np.float32)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.inverse_depth.shape[0], self.inverse_depth.shape[1]

    def region_of(self, points: npt.NDArray[np.floating], margin: float = 2.0) -> Region:
        """Smallest region that holds points (N, 2), each column and row, cut at the border."""
        height, width = self.shape
        low = np.floor(points.min(axis=0) - margin).tolist()
        high = np.ceil(points.max(axis=0) + margin).tolist()
        left, top = int(min(max(low[0], 0), width)), int(min(max(low[1], 0), height))
        right, bottom = int(min(max(high[0], 0), width)), int(min(max(high[1], 0), height))
        return Region(slice(top, max(top, bottom)), slice(left, max(left, right)))

    def fill(
        self,
        points: npt.NDArray[np.floating],
        colour: Rgb,
        mark: Mark,
        depth: float,
        opacity: float = 1.0,
    ) -> None:
        """Fill a polygon (N, 2) at one depth in metres; the old colour shows at opacity < 1."""
        polygon = _fixed_point(points)
        bits = _SUBPIXEL_BITS
        if opacity < 1.0:
            region = self.region_of(points)
            if region.empty:
                return
            under = self.colour[region].copy()
        cv2.fillPoly(self.colour, [polygon], _scalar(colour), cv2.LINE_8, bits)
        if opacity < 1.0:
            here = self.colour[region]
            cv2.addWeighted(here, opacity, under, 1.0 - opacity, 0.0, dst=under)
            self.colour[region] = under
        cv2.fillPoly(self.marks, [polygon], (mark.label, mark.instance), cv2.LINE_8, bits)
        cv2.fillPoly(self.inverse_depth, [polygon], 1.0 / depth, cv2.LINE_8, bits)

    def tint(self, points: npt.NDArray[np.floating], colour: Rgb, opacity: float = 1.0) -> None:
        """Paint colour alone: a detail on a surface that is already marked."""
        region = self.region_of(points)
        if region.empty:
            return
        under = self.colour[region].copy() if opacity < 1.0 else None
        cv2.fillPoly(
            self.colour, [_fixed_point(points)], _scalar(colour), cv2.LINE_8, _SUBPIXEL_BITS
        )
        if under is not None:
            self.colour[region] = cv2.addWeighted(
                self.colour[region], opacity, under, 1.0 - opacity, 0.0
            )

    def paste(
        self,
        texture: npt.NDArray[np.uint8],
        corners: npt.NDArray[np.floating],
        depths: npt.NDArray[np.floating],
        mark: Mark,
        behind_nearer: bool = False,
    ) -> None:
        """Lay a flat texture (h, w, 4), RGB and opacity, over a quadrilateral seen in perspective.

        Args:
            texture: its alpha is 0 where the scene behind shows through; the mark covers the
                whole quadrilateral anyway.
            corners: (4, 2) pixel positions of the texture's upper left, upper right, lower right
                and lower left corner.
            depths: metres at those corners.
            mark: what the quadrilateral is.
            behind_nearer: whether it leaves the pixels that show something nearer.
        """
        region = self.region_of(corners, margin=1.0)
        if region.empty:
            return
        texture = _shrink_to(texture, corners)
        height, width = texture.shape[:2]
        origin = np.array([region.columns.start, region.rows.start], np.float64)
        source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        target = (corners - origin).astype(np.float32)
        size = (region.columns.stop - region.columns.start, region.rows.stop - region.rows.start)
        warp = cv2.getPerspectiveTransform(source, target)
        laid = cv2.warpPerspective(
            texture, warp, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        inside = np.zeros((size[1], size[0]), np.uint8)
        cv2.fillPoly(inside, [_fixed_point(target)], 255, cv2.LINE_8, _SUBPIXEL_BITS)
        covered = inside > 0
        plane = _inverse_depth_plane(target, depths, size)
        if behind_nearer:
            covered &= self.inverse_depth[region] <= 1.03 * plane
        alpha = laid[..., 3]
        view = self.colour[region]
        if int(alpha.min(initial=255, where=covered)) == 255:
            np.copyto(view, laid[..., :3], where=covered[..., None])
        else:
            weight = np.where(covered, alpha, 0).astype(np.float32)[..., None] / 255.0
            view[:] = (view + weight * (laid[..., :3].astype(np.float32) - view)).astype(np.uint8)
        np.copyto(self.marks[region], np.array(mark, np.uint8), where=covered[..., None])
        np.copyto(self.inverse_depth[region], plane, where=covered)


def _fixed_point(points: npt.NDArray[np.floating]) -> npt.NDArray[np.int32]:
    """Pixel edges to OpenCV's fixed-point pixel centres."""
    bounded = np.minimum(np.maximum(points - 0.5, -_FAR_OUTSIDE), _FAR_OUTSIDE)
    return np.asarray(np.rint(bounded * (1 << _SUBPIXEL_BITS)), np.int32)


def _scalar(colour: Rgb) -> tuple[int, int, int]:
    red, green, blue = colour.tolist()
    return int(min(max(red, 0), 255)), int(min(max(green, 0), 255)), int(min(max(blue, 0), 255))


def _shrink_to(
    texture: npt.NDArray[np.uint8], corners: npt.NDArray[np.floating]
) -> npt.NDArray[np.uint8]:
    """Average a texture down to about the size that it is seen at, against aliasing."""
    height, width = texture.shape[:2]
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    seen_width, seen_height = max(sides[0], sides[2]), max(sides[1], sides[3])
    new_width = int(np.clip(seen_width * 1.4, 2, width))
    new_height = int(np.clip(seen_height * 1.2, 2, height))
    if new_width > 0.8 * width and new_height > 0.8 * height:
        return texture
    return np.asarray(
        cv2.resize(texture, (new_width, new_height), interpolation=cv2.INTER_AREA), np.uint8
    )


def _inverse_depth_plane(
    corners: npt.NDArray[np.floating], depths: npt.NDArray[np.floating], size: tuple[int, int]
) -> npt.NDArray[np.float32]:
    """1 / depth over a (width, height) window; on a flat surface it is linear in the pixel."""
    system = np.concatenate([corners, np.ones((len(corners), 1))], axis=1)
    slope_u, slope_v, base = np.linalg.lstsq(system, 1.0 / depths, rcond=None)[0]
    columns = np.arange(size[0], dtype=np.float32)[None] + 0.5
    rows = np.arange(size[1], dtype=np.float32)[:, None] + 0.5
    plane = slope_u * columns + slope_v * rows + base
    low, high = 1.0 / depths.max(), 1.0 / depths.min()
    return np.asarray(np.clip(plane, low, high), np.float32)
