"""A small ablation on disk: pictures that need no rendering, pairs to be judged by."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from harness.training.clean_pictures import RenderedScenes


@pytest.fixture
def base(tmp_path: Path) -> dict[str, Any]:
    """A training of seconds; its scenes lie in the cache."""
    folder = RenderedScenes(range(0), 64, 48, tmp_path / "cache").folder
    folder.mkdir(parents=True)
    for seed in (*range(4), 500):
        rng = np.random.default_rng(seed)
        image = np.kron(rng.integers(0, 200, (6, 8, 3)), np.ones((8, 8, 1))).astype(np.uint8)
        depth = np.linspace(60, 3, 48)[:, None].repeat(64, 1).astype(np.float16)
        np.savez(folder / f"{seed}.npz", image=image, depth=depth)
    return {
        "train": "derainer",
        "use": "rdmc-s",
        "options": {"width": 0.125, "passes": 1, "norm": "none"},
        "data": {
            "sources": [{"scenes": [0, 4], "rain": {"light": 1.0}}],
            "width": 64,
            "height": 48,
            "cache": "cache",
        },
        "patch": 16,
        "batch": 4,
        "iterations": 4,
        "losses": {"ssim": 1.0},
        "precision": "float32",
        "validation": {"scenes": [500, 1], "every": 4},
        "threads": 1,
    }


@pytest.fixture
def write_ablation_config(
    tmp_path: Path, base: dict[str, Any], make_pairs: Callable[..., Path]
) -> Callable[..., Path]:
    """Write the YAML of an ablation, with whatever is to be otherwise."""

    def write(**changes: Any) -> Path:
        make_pairs(tmp_path / "pairs", count=2)
        run = {
            "name": "small",
            "rain_sets": [{"name": "pairs", "layout": "Rain100L", "root": "pairs"}],
            "derainers": ["rainy", "guided-filter", "clean"],
            "tasks": ["restoration"],
        }
        (tmp_path / "run.yaml").write_text(yaml.safe_dump(run))
        values = {
            "name": "parts",
            "base": base,
            "variants": {"full": None, "batch norm": {"options": {"norm": "batch"}}},
            "benchmark": "run.yaml",
        }
        path = tmp_path / "ablation.yaml"
        path.write_text(yaml.safe_dump(values | changes, sort_keys=False))
        return path

    return write
