"""The built-in rain sets: rendered streets in light and in heavy rain, with exact truth."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import numpy as np
from pydantic import Field

from harness.digests import digest_json
from harness.errors import SampleError
from harness.opened_pictures import refuse_too_large
from harness.rain_sets.drawn_rain import HowItRains, RainLevel, rain_protocol
from harness.samples import Boxes, RainSet, Sample
from harness.streets.rain import RAIN_VERSION, RainParameters, draw_rain
from harness.streets.scenes import BOX_CLASSES, LABEL_CLASSES, SCENE_VERSION, Scene, render_scene

FIRST_TEST_SEED = 1_000_000
"""The scenes of the benchmark begin here; training draws its scenes from below."""

Scenes = Annotated[int, Field(ge=1, le=1_000_000)]
Seed = Annotated[int, Field(ge=0)]
Width = Annotated[int, Field(ge=64, le=16_384)]
Height = Annotated[int, Field(ge=48, le=16_384)]

RENDERING_BYTES = 244
"""Of memory that rendering a scene and its rain takes for a pixel, measured."""


class StreetsRainSet(RainSet):
    """Street scenes that are rendered when they are asked for; no file is needed.

    The rain follows the scene's depth, which is the truth ``depth`` of a sample, in metres. Sets
    that differ in ``level`` alone show the same scenes.

    Args:
        name: As it stands in the tables.
        level: Of the rain, ``light`` or ``heavy``, or how it rains in numbers.
        scenes: How many.
        first_seed: Of the first scene; the others follow it.
        width: Of the pictures, in pixels.
        height: Of the pictures, in pixels.
    """

    box_classes = tuple(BOX_CLASSES)
    label_classes = tuple(LABEL_CLASSES)
    truths = ("depth",)
    is_rendered = True

    def __init__(
        self,
        name: str,
        level: HowItRains,
        scenes: Scenes = 40,
        first_seed: Seed = FIRST_TEST_SEED,
        width: Width = 384,
        height: Height = 224,
    ) -> None:
        self.name = name
        stated = rain_protocol(level)
        self.description = (
            f"{scenes} rendered street scenes of {width}x{height} in {stated} rain, with exact "
            "boxes and label maps (this project)"
        )
        self.protocol = f"rain:{stated}"
        self._level = level
        self._width, self._height = width, height
        seeds = range(first_seed, first_seed + scenes)
        self._seeds = dict(sorted((f"street-{seed:07d}", seed) for seed in seeds))

    def ids(self) -> Sequence[str]:
        """Return the ids of all scenes; see `RainSet.ids`."""
        return tuple(self._seeds)

    def key(self, sample_id: str) -> str:
        """Return the digest of seed, size, level and versions; see `RainSet.key`."""
        size = [self._width, self._height]
        seed = self._seed(sample_id)
        level = asdict(self._level) if isinstance(self._level, RainParameters) else self._level
        return digest_json(["street", SCENE_VERSION, RAIN_VERSION, seed, size, level])

    def load(self, sample_id: str) -> Sample:
        """Render the scene and its rain; see `RainSet.load`."""
        seed = self._seed(sample_id)
        where = f"{self.name}: {sample_id}"
        refuse_too_large(where, self._width, self._height, RENDERING_BYTES)
        scene = _rendered.scene(seed, self._width, self._height)
        return Sample(
            sample_id,
            rainy=draw_rain(scene.image, self._level, seed, depth=scene.depth),
            clean=scene.image.copy(),
            boxes=_boxes(scene),
            label_map=scene.label_map.copy(),
            truths={"depth": scene.depth.copy()},
        )

    def _seed(self, sample_id: str) -> int:
        if sample_id not in self._seeds:
            raise SampleError(f"{self.name}: no scene has the id {sample_id!r}")
        return self._seeds[sample_id]


def streets_light(
    name: str = "streets-light",
    scenes: Scenes = 40,
    first_seed: Seed = FIRST_TEST_SEED,
    width: Width = 384,
    height: Height = 224,
) -> StreetsRainSet:
    """Rendered streets in light rain; see `StreetsRainSet`.

    Args:
        name: As it stands in the tables.
        scenes: How many.
        first_seed: Of the first scene; the others follow it.
        width: Of the pictures, in pixels.
        height: Of the pictures, in pixels.
    """
    return _of_level(name, "light", scenes, first_seed, width, height)


def streets_heavy(
    name: str = "streets-heavy",
    scenes: Scenes = 40,
    first_seed: Seed = FIRST_TEST_SEED,
    width: Width = 384,
    height: Height = 224,
) -> StreetsRainSet:
    """Rendered streets in heavy rain; see `StreetsRainSet`.

    Args:
        name: As it stands in the tables.
        scenes: How many.
        first_seed: Of the first scene; the others follow it.
        width: Of the pictures, in pixels.
        height: Of the pictures, in pixels.
    """
    return _of_level(name, "heavy", scenes, first_seed, width, height)


def _of_level(
    name: str, level: RainLevel, scenes: int, first_seed: int, width: int, height: int
) -> StreetsRainSet:
    """Return a set whose layout's name says the level, so that its signatures need not."""
    rain_set = StreetsRainSet(name, level, scenes, first_seed, width, height)
    rain_set.protocol = ""
    return rain_set


class SceneCache:
    """The scenes rendered last, up to a number of bytes, shared by the rain sets of a process.

    A run goes through one set after the other; so the set of heavy rain finds the scenes that
    the set of light rain had rendered.

    Args:
        capacity: In bytes; 96 MiB hold about 130 scenes of 384x224.
    """

    def __init__(self, capacity: int = 96 * 2**20) -> None:
        self._capacity = capacity
        self._scenes: OrderedDict[tuple[int, int, int], Scene] = OrderedDict()
        self._lock = threading.Lock()

    def scene(self, seed: int, width: int, height: int) -> Scene:
        """Return a scene, rendered now or before; its arrays are shared, so copy to change."""
        key = (seed, width, height)
        with self._lock:
            if key in self._scenes:
                self._scenes.move_to_end(key)
                return self._scenes[key]
        scene = render_scene(seed, width, height)
        with self._lock:
            self._scenes[key] = scene
            while self.size_in_bytes() > self._capacity:
                self._scenes.popitem(last=False)
        return scene

    def size_in_bytes(self) -> int:
        """Return how much the kept scenes occupy."""
        return sum(_size_in_bytes(scene) for scene in self._scenes.values())


_rendered = SceneCache()


def _size_in_bytes(scene: Scene) -> int:
    return sum(array.nbytes for array in vars(scene).values())


def _boxes(scene: Scene) -> Boxes:
    """Return the boxes; their area, by which COCO sorts sizes, is that of the box."""
    xyxy = scene.boxes_xyxy.astype(np.float32)
    sides = (xyxy[:, 2:] - xyxy[:, :2]).astype(np.float64)
    return Boxes(xyxy, scene.labels.copy(), scene.ignore.copy(), areas=sides.prod(axis=1))
