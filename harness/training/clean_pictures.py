"""Clean pictures to draw rain on: rendered scenes with depth, and photographs."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from harness.errors import ConfigError
from harness.images import read_rgb, write_bytes
from harness.samples import ImageArray
from harness.streets.scenes import SCENE_VERSION, render_scene
from harness.training.picture_cache import PictureCache

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".bmp"})


class CleanPicture(NamedTuple):
    """A picture to draw rain on.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        depth: (H, W) metres, or None where nobody knows it.
        lines: Height in pixels of the picture that this one is a part of; None: it is whole.
    """

    image: ImageArray
    depth: npt.NDArray[np.float32] | None
    lines: int | None = None


class CleanSource(Protocol):
    """Clean pictures by index."""

    def __len__(self) -> int:
        """Return how many there are."""

    def picture(self, index: int, rng: np.random.Generator) -> CleanPicture:
        """Return one; what is left to chance is drawn from ``rng``."""


class RenderedScenes:
    """Rendered street scenes with depth, kept on disk once rendered.

    Args:
        seeds: Of the scenes.
        width: Pixels.
        height: Pixels.
        cache: Folder; scenes of another renderer version or size lie beside, never mixed in.
    """

    def __init__(self, seeds: range, width: int, height: int, cache: Path) -> None:
        self.seeds = seeds
        self.width = width
        self.height = height
        self.folder = cache / f"depth-scenes-v{SCENE_VERSION}-{width}x{height}"

    def __len__(self) -> int:
        return len(self.seeds)

    def picture(self, index: int, rng: np.random.Generator) -> CleanPicture:
        """Load a scene, rendering it if this is the first time; see `CleanSource`."""
        seed = self.seeds[index]
        path = self.folder / f"{seed}.npz"
        if not path.exists():
            self._render(seed, path)
        with np.load(path) as arrays:
            return CleanPicture(arrays["image"], arrays["depth"].astype(np.float32))

    def _render(self, seed: int, path: Path) -> None:
        scene = render_scene(seed, self.width, self.height)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, image=scene.image, depth=scene.depth.astype(np.float16))
        write_bytes(path, buffer.getvalue())


class ScenesOfSizes:
    """Rendered scenes of several sizes, cut to one.

    A street of 720 lines holds what one of 240 does, but each thing and each streak is three
    times as large: a network that is to meet large pictures learns from parts of them.

    Args:
        seeds: Of the scenes; each is rendered at every size that chance asks for.
        sizes: Width and height in pixels, each as often.
        width: Of a cut, pixels; a smaller scene is left whole.
        height: Likewise.
        cache: Folder, see `RenderedScenes`.
    """

    def __init__(
        self,
        seeds: range,
        sizes: Sequence[tuple[int, int]],
        width: int,
        height: int,
        cache: Path,
    ) -> None:
        self.width, self.height = width, height
        self.scenes = [RenderedScenes(seeds, *size, cache) for size in sizes]

    def __len__(self) -> int:
        return len(self.scenes[0])

    def picture(self, index: int, rng: np.random.Generator) -> CleanPicture:
        """Load a scene of some size and cut it; see `CleanSource`."""
        scenes = self.scenes[int(rng.integers(len(self.scenes)))]
        image, depth, _ = scenes.picture(index, rng)
        rows, columns = _somewhere(image, self.width, self.height, rng)
        part = np.ascontiguousarray(image[rows, columns])
        return CleanPicture(part, None if depth is None else depth[rows, columns], scenes.height)


class Photographs:
    """Clean photographs of some folders, cut to one size; a level street's depth is assumed.

    Args:
        folders: Searched without their subfolders.
        width: Of a cut, pixels; without ``scale`` a narrower photograph keeps its width.
        height: Of a cut, pixels.
        scale: Least and greatest factor by which a photograph is resized before it is cut, so
            that the network sees detail as fine as a camera gives. A photograph that would be
            too small is resized by what the cut needs. None brings each to ``height``, so that
            its objects are about as large as those of a scene.
        cache: Keeps the decoded photographs.
        lines: Least and greatest height of the picture that a cut counts as a part of, drawn
            anew for each with a uniform logarithm; None: a cut is whole.

    Raises:
        ConfigError: If a folder holds no pictures.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        width: int,
        height: int,
        scale: tuple[float, float] | None,
        cache: PictureCache,
        lines: tuple[int, int] | None = None,
    ) -> None:
        self.width = width
        self.height = height
        self.scale = scale
        self.lines = lines
        self.cache = cache
        self.paths: list[Path] = []
        for folder in folders:
            found = sorted(p for p in folder.glob("*") if p.suffix.lower() in PICTURES)
            if not found:
                raise ConfigError(f"data.sources: {folder} holds no pictures (png, jpg, bmp)")
            self.paths += found

    def __len__(self) -> int:
        return len(self.paths)

    def picture(self, index: int, rng: np.random.Generator) -> CleanPicture:
        """Read, scale and cut one photograph; see `CleanSource`."""
        cut = self._cut(index, rng)
        if self.lines is None:
            return CleanPicture(cut, None)
        lines = round(float(np.exp(rng.uniform(*np.log(self.lines)))))
        return CleanPicture(cut, None, max(lines, cut.shape[0]))

    def _cut(self, index: int, rng: np.random.Generator) -> ImageArray:
        path = self.paths[index]
        photograph = self.cache.get(path, lambda: self._read(path))
        if self.scale is None:
            return _cut(photograph, self.width, self.height, rng)
        rows, columns = photograph.shape[:2]
        least = max(self.height / rows, self.width / columns)
        factor = max(float(rng.uniform(*self.scale)), least)
        # Cutting before resizing gives the same picture and spares most of the work.
        cut = _cut(photograph, round(self.width / factor), round(self.height / factor), rng)
        return _resize(cut, self.width, self.height)

    def _read(self, path: Path) -> ImageArray:
        pixels = read_rgb(path).pixels
        if self.scale is not None:
            return pixels
        factor = self.height / min(pixels.shape[:2])
        return _resize(pixels, round(pixels.shape[1] * factor), round(pixels.shape[0] * factor))


def _cut(pixels: ImageArray, width: int, height: int, rng: np.random.Generator) -> ImageArray:
    """Cut a random rectangle, or what there is of it in a smaller picture."""
    rows, columns = _somewhere(pixels, width, height, rng)
    return np.ascontiguousarray(pixels[rows, columns])


def _somewhere(
    pixels: ImageArray, width: int, height: int, rng: np.random.Generator
) -> tuple[slice, slice]:
    """Choose the rows and columns of a rectangle; it may reach beyond a smaller picture."""
    left = int(rng.integers(0, max(0, pixels.shape[1] - width) + 1))
    top = int(rng.integers(0, max(0, pixels.shape[0] - height) + 1))
    return slice(top, top + height), slice(left, left + width)


def _resize(pixels: ImageArray, width: int, height: int) -> ImageArray:
    if pixels.shape[:2] == (height, width):
        return pixels
    method = cv2.INTER_AREA if height < pixels.shape[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=method), np.uint8)
