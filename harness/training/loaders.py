"""What feeds a training of a derainer: its sources of pairs opened, and loaders over them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch.utils.data import DataLoader

from harness.errors import ConfigError
from harness.processes import Processes
from harness.training.clean_pictures import (
    CleanSource,
    Photographs,
    RenderedScenes,
    ScenesOfSizes,
)
from harness.training.data_settings import DEFAULT_RAIN, DataSettings, Size
from harness.training.derainer_settings import DerainerTraining
from harness.training.opened_parts import open_rain_set
from harness.training.pair_sources import DrawnPairs, FiledPairs, Source
from harness.training.picture_cache import PictureCache
from harness.training.tone import ToneVaried
from harness.training.training_pairs import CountingSampler, HeldOutPairs, RainPairs, join

CACHE_BYTES = 512 * 2**20
"""Of decoded pictures that a process keeps, shared out among its sources."""


def train_loader(settings: DerainerTraining, out: Path) -> DataLoader[Any]:
    """Return endless pairs for training, which are the same after resuming.

    Of several processes each is given its own part, ``settings.batch`` patches a step.

    Raises:
        ConfigError: If a source cannot be opened.
    """
    data, processes = settings.data, Processes()
    items = settings.iterations * settings.batch // data.crops * processes.count
    pairs = RainPairs(
        open_sources(settings, out),
        settings.patch,
        data.crops,
        settings.seed,
        items,
        settings.losses.negatives,
    )
    return DataLoader(
        pairs,
        batch_size=settings.batch // data.crops,
        sampler=CountingSampler(items, processes.rank, processes.count),
        num_workers=settings.workers,
        collate_fn=join,
        persistent_workers=settings.workers > 0,
    )


def validation_loader(settings: DerainerTraining, out: Path) -> DataLoader[Any]:
    """Return this process's part of the held-out scenes, at both levels of the benchmark.

    Raises:
        ConfigError: If a source trains on one of the scenes.
    """
    first, count = settings.validation.scenes
    for trained_first, trained_count in settings.data.scene_ranges:
        if first < trained_first + trained_count and trained_first < first + count:
            raise ConfigError("validation.scenes: overlap the scenes of `data`; move one of them")
    seeds, cache = range(first, first + count), _cache(settings.data, out)
    sizes = settings.validation.sizes or [_size(settings.data)]
    pairs = HeldOutPairs(*(RenderedScenes(seeds, *size, cache) for size in sizes))
    processes = Processes()
    sampler = CountingSampler(len(pairs), processes.rank, processes.count)
    return DataLoader(pairs, batch_size=1, sampler=sampler, collate_fn=join)


def open_sources(settings: DerainerTraining, out: Path) -> list[Source]:
    """Open what the settings name under ``data.sources``.

    Raises:
        ConfigError: If a rain set or a folder cannot be used; the text says which source.
    """
    data = settings.data
    opened = []
    for number, source in enumerate(data.sources):
        cache = PictureCache(CACHE_BYTES // len(data.sources))
        share = 1.0 if source.share is None else source.share
        if source.pairs is not None:
            where = f"data.sources[{number}].pairs"
            rain_set = open_rain_set(where, source.pairs, source.base)
            opened.append(Source(FiledPairs(rain_set, settings.patch, cache), share))
            continue
        pictures: CleanSource
        if source.scenes is not None:
            pictures = _scenes(data, source.scenes, source.sizes, out)
        else:
            folders = source.photos or ()
            pictures = Photographs(
                folders, data.width, data.height, source.scale, cache, source.lines
            )
            if source.tone:
                pictures = ToneVaried(pictures, source.tone)
        drawn = DrawnPairs(pictures, source.rain or DEFAULT_RAIN, source.jpeg)
        opened.append(Source(drawn, share))
    return opened


def _scenes(
    data: DataSettings, scenes: tuple[int, int], sizes: Sequence[Size] | None, out: Path
) -> CleanSource:
    first, count = scenes
    seeds, cache = range(first, first + count), _cache(data, out)
    if sizes is None:
        return RenderedScenes(seeds, *_size(data), cache)
    return ScenesOfSizes(seeds, sizes, *_size(data), cache)


def _size(data: DataSettings) -> Size:
    return data.width, data.height


def _cache(data: DataSettings, out: Path) -> Path:
    return out.parent / "scenes" if data.cache is None else data.cache
