"""`--limit` takes the images that a person would call the first."""

from pathlib import Path

import numpy as np
from PIL import Image

from harness.config import RunConfig
from harness.plugins.guard import Guard
from harness.run.plan import make_plan


def test_a_limit_counts_as_people_do(tmp_path: Path) -> None:
    for number in (1, 2, 3, 10, 11, 100):
        pixels = np.full((8, 8, 3), number, np.uint8)
        for folder in ("rainy", "clean"):
            (tmp_path / folder).mkdir(exist_ok=True)
            Image.fromarray(pixels + (folder == "clean")).save(tmp_path / folder / f"{number}.png")
    config = RunConfig.model_validate(
        {
            "name": "first",
            "rain_sets": [
                {
                    "name": "mine",
                    "layout": "files",
                    "root": ".",
                    "pictures": {"rainy": "rainy", "clean": "clean"},
                }
            ],
            "derainers": ["rainy"],
            "tasks": ["restoration"],
        }
    )
    (mine,) = make_plan(config, tmp_path, Guard(None), limit=4).rain_sets
    assert mine.ids == ["1", "10", "2", "3"] and mine.images_in_all == 6
