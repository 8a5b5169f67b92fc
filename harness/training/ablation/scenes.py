"""Renders the scenes of all trainings before the first begins: none then waits for another's."""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from harness.training.ablation.ablation_settings import Training
from harness.training.clean_pictures import RenderedScenes


def render_scenes(
    trainings: Sequence[Training], root: Path, processes: int, say: Callable[[str], None]
) -> None:
    """Render what is missing of the scenes that some training learns from or is validated on.

    Args:
        trainings: That are to begin.
        root: Folder of the trainings, which share ``scenes`` in it unless they name a cache.
        processes: At a time.
        say: Takes a line for the user.
    """
    missing = {
        (scenes.folder / f"{seed}.npz"): (scenes, index)
        for training in trainings
        for scenes in scenes_of(training, root)
        for index, seed in enumerate(scenes.seeds)
        if not (scenes.folder / f"{seed}.npz").exists()
    }
    if not missing:
        return
    say(f"rendering {len(missing)} scenes, once, into {next(iter(missing)).parent}")
    if processes == 1 or len(missing) == 1:
        for one in missing.values():
            _render(one)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        for _ in pool.map(_render, missing.values(), chunksize=4):
            pass


def scenes_of(training: Training, root: Path) -> list[RenderedScenes]:
    """Return the ranges of scenes that a training asks for."""
    data = training.settings.data
    cache = data.cache or root / "scenes"
    ranges = [*data.scene_ranges, training.settings.validation.scenes]
    return [
        RenderedScenes(range(first, first + count), data.width, data.height, cache)
        for first, count in ranges
    ]


def _render(one: tuple[RenderedScenes, int]) -> None:
    scenes, index = one
    scenes.picture(index, np.random.default_rng(0))
