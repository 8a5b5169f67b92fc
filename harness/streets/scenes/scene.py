"""Renders a street from a seed, with boxes, label map and depth exact to the pixel."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from harness.streets.scenes.arrangement import sample_layout
from harness.streets.scenes.camera import Camera
from harness.streets.scenes.canvas import SUPERSAMPLING, Canvas, Region
from harness.streets.scenes.ground import paint_ground, paint_shadows, sample_ground
from harness.streets.scenes.layout import Layout, Paintable
from harness.streets.scenes.light import sample_light
from harness.streets.scenes.painter import Painter
from harness.streets.scenes.photograph import photograph
from harness.streets.scenes.sky import paint_backdrop, paint_sky
from harness.streets.scenes.street import sample_street

SMALLEST_SHORT_SIDE = 6
SMALLEST_LONG_SIDE = 11
SMALLEST_VISIBLE_SHARE = 0.35


@dataclass(frozen=True)
class Scene:
    """A picture of a street and all that is known about it; it has N annotated objects."""

    image: npt.NDArray[np.uint8]
    """(H, W, 3) sRGB."""
    boxes_xyxy: npt.NDArray[np.float32]
    """(N, 4) x1, y1, x2, y2 in pixel edges, tight around each object's visible pixels.

    x2 and y2 are exclusive.
    """
    labels: npt.NDArray[np.int64]
    """(N,) indices into `BOX_CLASSES`."""
    ignore: npt.NDArray[np.bool_]
    """(N,) whether an object is too small or too hidden to be asked for, like COCO's crowds."""
    label_map: npt.NDArray[np.uint8]
    """(H, W) indices into `LABEL_CLASSES`."""
    depth: npt.NDArray[np.float32]
    """(H, W) metres along the viewing axis; the sky is at 1000."""


@dataclass(frozen=True)
class Rendering:
    """A scene with the map that its boxes were read from."""

    scene: Scene
    instance_map: npt.NDArray[np.uint8]
    """(H, W) number of the object at each pixel, 0 for none."""
    box_instances: npt.NDArray[np.int64]
    """(N,) the number that belongs to each box."""


def render_scene(seed: int, width: int = 384, height: int = 224) -> Scene:
    """Render the street that belongs to a seed.

    The arrays depend on the arguments alone, not on earlier calls or on threads. Another size shows
    the same street.

    Args:
        seed: any integer from 0.
        width: columns, at least 64.
        height: rows, at least 48.

    Raises:
        ValueError: for a negative seed or a size below the least.

    >>> scene = render_scene(7, width=96, height=64)
    >>> scene.image.shape, scene.label_map.shape, scene.boxes_xyxy.shape[1]
    ((64, 96, 3), (64, 96), 4)
    """
    return render(seed, width, height).scene


def render(seed: int, width: int = 384, height: int = 224) -> Rendering:
    """Render as `render_scene` does and keep the instance map."""
    if seed < 0:
        raise ValueError(f"seed is {seed}: seeds of scenes start at 0")
    if width < 64 or height < 48:
        raise ValueError(f"size is {width} x {height}: ask for at least 64 columns and 48 rows")
    plan, look, sensor = (np.random.default_rng([seed, part]) for part in range(3))
    street = sample_street(plan)
    light = sample_light(plan)
    camera = _sample_camera(plan, street.lane_centre(True, 0), width, height)
    layout = sample_layout(plan, street, light.lamps)
    painter = Painter(Canvas(camera.height, camera.width), camera, light)
    paint_sky(painter, look)
    paint_ground(painter, street, sample_ground(look), layout.lawns, look)
    paint_backdrop(painter, look)
    solids = [building.footprint() for building in layout.buildings]
    paint_shadows(
        painter, solids + [thing.footprint() for thing in layout.things if thing.distance < 60]
    )
    whole = _paint_things(painter, layout)
    return _annotate(painter, layout, whole, sensor)


def _sample_camera(rng: np.random.Generator, lane: float, width: int, height: int) -> Camera:
    columns, rows = width * SUPERSAMPLING, height * SUPERSAMPLING
    extent = 0.5 * (columns + rows * 384 / 224)  # the scale follows both sides
    return Camera(
        width=columns,
        height=rows,
        focal=extent * float(rng.uniform(0.74, 0.98)),
        vanishing_u=columns * (0.5 + float(rng.normal(0, 0.055))),
        horizon=rows * float(rng.uniform(0.40, 0.54)),
        eye_x=lane + float(rng.normal(0, 0.35)),
        eye_height=float(rng.uniform(1.35, 2.3)),
        curvature=float(rng.choice([0.0, rng.normal(0, 1 / 320)], p=[0.45, 0.55])),
    )


def _paint_things(painter: Painter, layout: Layout) -> npt.NDArray[np.int64]:
    """Paint from far to near; return the pixels that each instance covers before others hide it."""
    for building in sorted(layout.buildings, key=lambda one: -one.distance):
        building.paint(painter)
    whole = np.zeros(256, np.int64)
    for thing in sorted(layout.things, key=lambda one: -one.distance):
        if thing.distance < 1.5:
            continue
        _paint_behind_walls(painter, thing)
        instance = getattr(thing, "instance", 0)
        if instance:
            whole[instance] = np.count_nonzero(_picked(painter.canvas.marks[..., 1]) == instance)
    return whole


def _paint_behind_walls(painter: Painter, thing: Paintable) -> None:
    """Paint a thing, but leave what stands clearly nearer than it: on a bent road a house may."""
    canvas = painter.canvas
    region = _reach(painter, thing)
    if region.empty:
        thing.paint(painter)
        return
    nearer = canvas.inverse_depth[region] * (thing.distance - 1.0) > 1.0
    if not nearer.any():
        thing.paint(painter)
        return
    colour, marks = canvas.colour[region][nearer], canvas.marks[region][nearer]
    inverse_depth = canvas.inverse_depth[region][nearer]
    thing.paint(painter)
    canvas.colour[region][nearer] = colour
    canvas.marks[region][nearer] = marks
    canvas.inverse_depth[region][nearer] = inverse_depth


def _reach(painter: Painter, thing: Paintable) -> Region:
    """The part of the canvas that a thing may cover, with room to spare."""
    outline, height = thing.footprint()
    raised = outline + np.array([0.0, 1.3 * height + 1.0, 0.0])
    corners = np.concatenate([outline, raised])
    wide = corners.copy()
    corners[:, 0] -= 3.0
    wide[:, 0] += 3.0
    return painter.region_of(np.concatenate([corners, wide]))


def _picked(buffer: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """One fixed point of each pixel."""
    return buffer[1::SUPERSAMPLING, 1::SUPERSAMPLING]


def _annotate(
    painter: Painter, layout: Layout, whole: npt.NDArray[np.int64], sensor: np.random.Generator
) -> Rendering:
    canvas = painter.canvas
    marks = _picked(canvas.marks)
    depth = 1.0 / canvas.inverse_depth[1::SUPERSAMPLING, 1::SUPERSAMPLING]
    instance_map = np.ascontiguousarray(marks[..., 1])
    boxes, labels, ignore, numbers = [], [], [], []
    visible = np.bincount(instance_map.ravel(), minlength=256)
    for instance, label in enumerate(layout.classes, start=1):
        if visible[instance] == 0:
            continue
        left, top, wide, high = cv2.boundingRect((instance_map == instance).astype(np.uint8))
        boxes.append((left, top, left + wide, top + high))
        labels.append(label)
        small = min(wide, high) < SMALLEST_SHORT_SIDE or max(wide, high) < SMALLEST_LONG_SIDE
        hidden = visible[instance] < SMALLEST_VISIBLE_SHARE * whole[instance]
        ignore.append(small or hidden)
        numbers.append(instance)
    scene = Scene(
        image=photograph(canvas.colour, depth, painter.light, sensor),
        boxes_xyxy=np.array(boxes, np.float32).reshape(-1, 4),
        labels=np.array(labels, np.int64),
        ignore=np.array(ignore, np.bool_),
        label_map=np.ascontiguousarray(marks[..., 0]),
        depth=np.ascontiguousarray(depth, np.float32),
    )
    return Rendering(scene, instance_map, np.array(numbers, np.int64))
