"""Training pairs of a derainer: our rain, drawn anew each time, on scenes and photographs.

What a drawing looks like depends on the seed and its number alone. So training goes on after an
interruption with the very pairs it would have seen, whatever the number of workers.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from harness.errors import ConfigError
from harness.images import read_rgb, write_bytes
from harness.rain import LEVELS, RainParameters, draw_rain, sample_parameters
from harness.samples import ImageArray
from harness.scenes import SCENE_VERSION, render_scene

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".bmp"})

SAMPLED = "sampled"
"""Beside the names of the levels: rain whose parameters are drawn, too."""


class CleanPicture(NamedTuple):
    """A picture to draw rain on.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        depth: (H, W) metres, or None where nobody knows it.
    """

    image: ImageArray
    depth: npt.NDArray[np.float32] | None


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


class Photographs:
    """Clean photographs of some folders, brought to one height; a level street's depth is assumed.

    Args:
        folders: Searched without their subfolders.
        width: Greatest width; wider photographs are cut at a random place.
        height: To which each photograph is scaled, so that rain has the same scale as on scenes.

    Raises:
        ConfigError: If a folder holds no pictures.
    """

    def __init__(self, folders: Sequence[Path], width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.paths: list[Path] = []
        for folder in folders:
            found = sorted(p for p in folder.glob("*") if p.suffix.lower() in PICTURES)
            if not found:
                raise ConfigError(f"data.photos: {folder} holds no pictures (png, jpg, bmp)")
            self.paths += found

    def __len__(self) -> int:
        return len(self.paths)

    def picture(self, index: int, rng: np.random.Generator) -> CleanPicture:
        """Read and scale one photograph; see `CleanSource`."""
        pixels = read_rgb(self.paths[index]).pixels
        scale = max(self.height / pixels.shape[0], self.height / pixels.shape[1])
        size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=method), np.uint8)
        left = int(rng.integers(0, max(0, pixels.shape[1] - self.width) + 1))
        top = int(rng.integers(0, max(0, pixels.shape[0] - self.height) + 1))
        cut = pixels[top : top + self.height, left : left + self.width]
        return CleanPicture(np.ascontiguousarray(cut), None)


class Source(NamedTuple):
    """Clean pictures and how often they are chosen.

    Attributes:
        pictures: Where they come from.
        share: Probability of choosing this source.
    """

    pictures: CleanSource
    share: float


class RainPairs(Dataset[dict[str, Tensor]]):
    """Pairs of patches, as many as asked for: item ``i`` depends on the seed and ``i`` alone.

    Args:
        sources: Their shares add up to 1.
        rain: Shares of the levels ``light`` and ``heavy`` and of ``sampled`` rain; add up to 1.
        patch: Side of a patch, pixels.
        crops: Patches cut from one drawing, to spread the cost of drawing.
        seed: Of everything that is left to chance.
        length: Number of items.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        rain: Mapping[str, float],
        patch: int,
        crops: int,
        seed: int,
        length: int,
    ) -> None:
        self.sources = tuple(sources)
        self.rain = dict(rain)
        self.patch = patch
        self.crops = crops
        self.seed = seed
        self.length = length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """Draw rain on one picture and cut patches.

        Returns:
            ``rainy`` and ``clean``, each (crops, 3, patch, patch) uint8.
        """
        rng = np.random.default_rng([self.seed, index])
        chosen = rng.choice(len(self.sources), p=[source.share for source in self.sources])
        pictures = self.sources[chosen].pictures
        clean, depth = pictures.picture(int(rng.integers(len(pictures))), rng)
        level = choose_rain(self.rain, rng)
        rainy = draw_rain(clean, level, seed=int(rng.integers(2**31)), depth=depth)
        pair = np.stack((rainy, clean))  # (2, H, W, 3)
        patches = np.stack([cut_patch(pair, self.patch, rng) for _ in range(self.crops)])
        both = torch.from_numpy(patches).permute(1, 0, 4, 2, 3)  # (2, crops, 3, patch, patch)
        return {"rainy": both[0].contiguous(), "clean": both[1].contiguous()}


class HeldOutPairs(Dataset[dict[str, Tensor]]):
    """Whole rendered scenes at both levels of the benchmark, for validation.

    Args:
        scenes: Which training never sees.
    """

    def __init__(self, scenes: RenderedScenes) -> None:
        self.scenes = scenes
        self.levels = tuple(LEVELS)

    def __len__(self) -> int:
        return len(self.scenes) * len(self.levels)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """Return ``rainy`` and ``clean``, each (1, 3, H, W) uint8."""
        scene, level = divmod(index, len(self.levels))
        clean, depth = self.scenes.picture(scene, np.random.default_rng(0))
        rainy = draw_rain(clean, self.levels[level], seed=self.scenes.seeds[scene], depth=depth)
        both = torch.from_numpy(np.stack((rainy, clean))).permute(0, 3, 1, 2)[:, None]
        return {"rainy": both[0].contiguous(), "clean": both[1].contiguous()}


def choose_rain(shares: Mapping[str, float], rng: np.random.Generator) -> RainParameters:
    """Choose a level of the benchmark or parameters of any rain.

    >>> choose_rain({"heavy": 1.0}, np.random.default_rng(0)) == LEVELS["heavy"]
    True
    """
    names = list(shares)
    name = names[int(rng.choice(len(names), p=list(shares.values())))]
    return sample_parameters(rng) if name == SAMPLED else LEVELS[name]


def cut_patch(pair: ImageArray, side: int, rng: np.random.Generator) -> ImageArray:
    """Cut a random square, mirrored left to right half of the time.

    Args:
        pair: (2, H, W, 3); both pictures are cut at the same place.
        side: Of the square; at most H and W.
        rng: Chooses.

    Returns:
        (2, side, side, 3).

    Raises:
        ConfigError: If the patch exceeds the picture.
    """
    height, width = pair.shape[1:3]
    if side > min(height, width):
        raise ConfigError(f"patch: {side} pixels do not fit into a picture of {width}x{height}")
    top = int(rng.integers(height - side + 1))
    left = int(rng.integers(width - side + 1))
    patch = pair[:, top : top + side, left : left + side]
    return patch[:, :, ::-1] if rng.random() < 0.5 else patch


def join(items: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Collate items into one batch, (items * crops, 3, H, W) each."""
    return {key: torch.cat([item[key] for item in items]) for key in ("rainy", "clean")}


class CountingSampler(Sampler[int]):
    """Gives 0, 1, 2, ... and can begin later, which mmengine asks for when it resumes.

    Args:
        length: The first number that is not given.
    """

    def __init__(self, length: int) -> None:
        self.length = length
        self.start = 0

    def skip(self, count: int) -> None:
        """Leave out the next ``count`` numbers."""
        self.start += count

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.start, self.length))

    def __len__(self) -> int:
        return self.length
