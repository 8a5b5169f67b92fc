"""Scenes to train on that need no rendering."""

from pathlib import Path

import numpy as np
import pytest

from harness.training.clean_pictures import RenderedScenes


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """A cache of ten pictures of 64x48 under the seeds 0-7, 500 and 501."""
    cache = tmp_path / "scenes"
    folder = RenderedScenes(range(0), 64, 48, cache).folder
    folder.mkdir(parents=True)
    for seed in (*range(8), 500, 501):
        rng = np.random.default_rng(seed)
        image = np.kron(rng.integers(0, 200, (6, 8, 3)), np.ones((8, 8, 1))).astype(np.uint8)
        depth = np.linspace(60, 3, 48)[:, None].repeat(64, 1).astype(np.float16)
        np.savez(folder / f"{seed}.npz", image=image, depth=depth)
    return cache
