"""Training pairs of a derainer: patches of clean pictures with rainy versions of them.

What a pair looks like depends on the seed and its number alone. So training goes on after an
interruption with the very pairs it would have seen, whatever the number of workers; and several
processes that share the numbers see together what one would see.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from harness.errors import ConfigError
from harness.samples import ImageArray
from harness.streets.rain import LEVELS, draw_rain
from harness.training.clean_pictures import RenderedScenes
from harness.training.pair_sources import Source, normalised


class RainPairs(Dataset[dict[str, Tensor]]):
    """Pairs of patches, as many as asked for: item ``i`` depends on the seed and ``i`` alone.

    Args:
        sources: Their shares add up to 1.
        patch: Side of a patch, pixels.
        crops: Patches cut from one picture, to spread the cost of decoding and drawing.
        seed: Of everything that is left to chance.
        length: Number of items.
        negatives: Further rainy versions of each clean patch.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        patch: int,
        crops: int,
        seed: int,
        length: int,
        negatives: int = 0,
    ) -> None:
        self.sources = tuple(sources)
        self.shares = normalised([source.share for source in sources])
        self.patch = patch
        self.crops = crops
        self.seed = seed
        self.length = length
        self.negatives = negatives

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """Choose a source, let it give a picture with its rainy versions, and cut patches.

        Returns:
            ``rainy`` and ``clean``, each (crops, 3, patch, patch) uint8; with ``negatives`` also
            ``others``, (crops, negatives, 3, patch, patch) uint8.
        """
        rng = np.random.default_rng([self.seed, index])
        chosen = int(rng.choice(len(self.sources), p=self.shares))
        pictures = self.sources[chosen].pairs.draw(rng, 1 + self.negatives)
        cut = np.stack([cut_patch(pictures, self.patch, rng) for _ in range(self.crops)])
        patches = torch.from_numpy(cut).permute(0, 1, 4, 2, 3)  # (crops, 2 + negatives, 3, ...)
        item = {"rainy": patches[:, 1], "clean": patches[:, 0]}
        if self.negatives:
            item["others"] = patches[:, 2:]
        return {key: tensor.contiguous() for key, tensor in item.items()}


class HeldOutPairs(Dataset[dict[str, Any]]):
    """Whole rendered scenes at both levels of the benchmark, for validation.

    Args:
        scenes: Which training never sees; of several sizes, each at every one.
    """

    def __init__(self, *scenes: RenderedScenes) -> None:
        self.scenes = scenes
        self.pictures = [
            (of_size, index, level)
            for of_size in scenes
            for index in range(len(of_size))
            for level in LEVELS
        ]

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Return ``rainy`` and ``clean``, each (1, 3, H, W) uint8, and ``levels``, one name.

        Where there are several sizes, the name of a level says of how many lines.
        """
        scenes, scene, level = self.pictures[index]
        clean, depth, _ = scenes.picture(scene, np.random.default_rng(0))
        rainy = draw_rain(clean, level, seed=scenes.seeds[scene], depth=depth)
        both = torch.from_numpy(np.stack((rainy, clean))).permute(0, 3, 1, 2)[:, None]
        name = level if len(self.scenes) == 1 else f"{level}_{scenes.height}"
        return {"rainy": both[0].contiguous(), "clean": both[1].contiguous(), "levels": [name]}


def cut_patch(pictures: ImageArray, side: int, rng: np.random.Generator) -> ImageArray:
    """Cut a random square, mirrored left to right half of the time.

    Args:
        pictures: (V, H, W, 3); all of them are cut at the same place.
        side: Of the square; at most H and W.
        rng: Chooses.

    Returns:
        (V, side, side, 3).

    Raises:
        ConfigError: If the patch exceeds the picture.
    """
    height, width = pictures.shape[1:3]
    if side > min(height, width):
        raise ConfigError(f"patch: {side} pixels do not fit into a picture of {width}x{height}")
    top = int(rng.integers(height - side + 1))
    left = int(rng.integers(width - side + 1))
    patch = pictures[:, top : top + side, left : left + side]
    return patch[:, :, ::-1] if rng.random() < 0.5 else patch


def join(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Collate items into one batch: tensors and lists are joined at their first dimension."""
    batch: dict[str, Any] = {}
    for key, first in items[0].items():
        parts = [item[key] for item in items]
        batch[key] = torch.cat(parts) if isinstance(first, Tensor) else [*chain(*parts)]
    return batch


class CountingSampler(Sampler[int]):
    """Gives a process its numbers, and can begin later, which mmengine asks for when it resumes.

    Of ``count`` processes the one of rank r is given r, r + count, r + 2 count, ...

    Args:
        length: The first number that is not given to anyone.
        rank: Of this process.
        count: Of all processes.
    """

    def __init__(self, length: int, rank: int = 0, count: int = 1) -> None:
        self.numbers = range(rank, length, count)
        self.start = 0

    def skip(self, count: int) -> None:
        """Leave out the next ``count`` numbers of this process."""
        self.start += count

    def __iter__(self) -> Iterator[int]:
        return iter(self.numbers[self.start :])

    def __len__(self) -> int:
        return len(self.numbers)
