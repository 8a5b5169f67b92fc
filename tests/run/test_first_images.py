"""`--limit` takes the images that a person would call the first."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.cli.commands import main
from harness.config import RunConfig
from harness.plugins.guard import Guard
from harness.run import whole_run
from harness.run.plan import make_plan
from harness.run_folder.kept_images import read_examples

MakePairs = Callable[..., Path]


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


@pytest.fixture
def set_of_14(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_pairs: MakePairs) -> Path:
    """The configuration of a run on fourteen pictures, which shows two of them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(whole_run, "write_report", lambda directory: directory / "report.html")
    make_pairs(tmp_path / "data", 14)
    config = tmp_path / "config.yaml"
    config.write_text(
        "name: narrow\nrain_sets: [{name: mine, layout: Rain100L, root: data}]\nexamples: 2\n"
        "derainers: [rainy, {name: filter, use: guided-filter}]\ntasks: [restoration]\n"
    )
    return config


def computed(config: Path, *options: str) -> int:
    """Run; return how many restored images were judged, of which the dry run says as many."""
    out = config.parent / "results" / "narrow"
    command = ["run", str(config), "--device", "cpu", *options]
    before = _invocations(out)
    assert main([*command, "--dry-run"]) == 0 and main(command) == 0
    after = _invocations(out)
    return sum(after) - sum(before)


def _invocations(out: Path) -> list[int]:
    if not (out / "manifest.json").exists():
        return []
    manifest = json.loads((out / "manifest.json").read_text())
    return [one["images"] for one in manifest["invocations"]]


def shown(config: Path) -> set[str]:
    """Return the images whose pictures the report shows large; all of these lie there."""
    (listed,) = read_examples(config.parent / "results" / "narrow").values()
    for one in listed:
        names = {path.stem for path in (one.folder / "restored").iterdir()}
        assert names == {"rainy", "filter"}
    return {one.image for one in listed}


def test_a_narrower_limit_of_a_finished_run_computes_nothing(set_of_14: Path) -> None:
    assert computed(set_of_14) == 2 * 14
    of_all = shown(set_of_14)
    for limit in range(1, 14):
        assert computed(set_of_14, "--limit", str(limit)) == 0
        assert shown(set_of_14) <= of_all
    assert computed(set_of_14) == 0 and shown(set_of_14) == of_all


def test_going_on_computes_what_lies_beyond_the_limit(set_of_14: Path) -> None:
    assert computed(set_of_14, "--limit", "3") == 2 * 3
    of_three = shown(set_of_14)
    assert len(of_three) == 2
    assert computed(set_of_14, "--limit", "3") == 0
    assert computed(set_of_14, "--limit", "8") == 2 * 5 and len(shown(set_of_14)) == 2
    assert computed(set_of_14) == 2 * 6 and len(shown(set_of_14)) == 2
    assert computed(set_of_14, "--limit", "3") == 0
    assert shown(set_of_14) == of_three  # whose pictures still lie there


def test_pictures_that_are_lost_are_made_again_within_a_limit(set_of_14: Path) -> None:
    assert computed(set_of_14, "--limit", "3") == 2 * 3
    of_three = shown(set_of_14)
    examples = set_of_14.parent / "results" / "narrow" / "examples"
    shutil.rmtree(examples / "mine")
    assert computed(set_of_14, "--limit", "3") == 2 * 2 and shown(set_of_14) == of_three
    assert computed(set_of_14) == 2 * 11
    of_all = shown(set_of_14)
    shutil.rmtree(examples / "mine")
    assert computed(set_of_14) == 2 * 2 and shown(set_of_14) == of_all


def test_a_derainer_that_is_new_within_a_limit_restores_each_image_once(set_of_14: Path) -> None:
    assert computed(set_of_14) == 2 * 14
    text = set_of_14.read_text()
    set_of_14.write_text(text.replace("[rainy, ", "[rainy, ugsm, "))
    assert computed(set_of_14, "--limit", "3") == 3


def test_other_settings_within_a_limit_have_examples_of_their_own(set_of_14: Path) -> None:
    assert computed(set_of_14) == 2 * 14
    set_of_14.write_text(set_of_14.read_text() + "quantiser: floor\n")
    assert computed(set_of_14, "--limit", "3") == 2 * 3 and len(shown(set_of_14)) == 2
