"""`--limit` takes the images that a person would call the first."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.cli.commands import main
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


def test_a_limited_run_is_a_part_of_the_whole_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    pixels = np.random.default_rng(0).integers(0, 255, (12, 16, 3), np.uint8)
    for number in range(4):
        for folder in ("rainy", "clean"):
            (tmp_path / folder).mkdir(exist_ok=True)
            picture = pixels // (2 if folder == "rainy" else 1) + number
            Image.fromarray(picture.astype(np.uint8)).save(tmp_path / folder / f"{number}.png")
    config = tmp_path / "config.yaml"
    config.write_text(
        "name: part\nrain_sets: [{name: mine, layout: files, root: ., "
        "pictures: {rainy: rainy, clean: clean}}]\nderainers: [rainy]\ntasks: [restoration]\n"
    )
    folder = tmp_path / "results" / "part"

    def images() -> list[int]:
        manifest = json.loads((folder / "manifest.json").read_text())
        return [one["images"] for one in manifest["invocations"]]

    command = ["run", str(config), "--device", "cpu"]
    assert main([*command, "--limit", "1"]) == 0 and images() == [1]
    assert main(command) == 0 and images() == [1, 3]
    assert main([*command, "--limit", "1"]) == 0 and images() == [1, 3]  # nothing is computed
    assert "n = 1 of 4 images" in (folder / "tables" / "joint.md").read_text()
    assert main(command) == 0 and images() == [1, 3]  # and nothing was lost
    assert "n = 4 images" in (folder / "tables" / "joint.md").read_text()
