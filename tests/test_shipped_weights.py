"""docs/weights.json lists every weight file in the repository, as it is."""

import json
from pathlib import Path

import pytest
import torch

from harness.digests import digest_file

ROOT = Path(__file__).parent.parent
LISTED = json.loads((ROOT / "docs" / "weights.json").read_text())["weights"]
FIRST_TEST_SCENE = 1_000_000


def test_every_file_is_listed() -> None:
    found = {str(path.relative_to(ROOT)) for path in ROOT.glob("*/weights/*")}
    assert found == {entry["file"] for entry in LISTED}


def test_all_together_are_small() -> None:
    assert sum((ROOT / entry["file"]).stat().st_size for entry in LISTED) < 40e6


@pytest.mark.parametrize("entry", LISTED, ids=lambda entry: Path(entry["file"]).stem)
def test_the_listing_is_true(entry: dict[str, object]) -> None:
    path = ROOT / str(entry["file"])
    assert entry["sha256"] == digest_file(path)
    assert entry["bytes"] == path.stat().st_size
    tensors = torch.load(path, weights_only=True)
    assert {t.dtype for t in tensors.values() if t.is_floating_point()} == {torch.float16}
    for fact in ("command", "data", "seed", "date", "score", "licence"):
        assert entry[fact] not in (None, "")


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("configs/train/**/*.yaml")), ids=lambda path: path.stem
)
def test_no_training_file_names_a_test_scene(path: Path) -> None:
    import yaml

    settings = yaml.safe_load(path.read_text())
    ranges = [
        *(settings.get("scenes") or {}).values(),
        *(source.get("scenes") for source in settings.get("data", {}).get("sources", [])),
        settings.get("validation", {}).get("scenes"),
    ]
    pairs = [found for found in ranges if isinstance(found, list)]
    pictures = settings.get("pictures", {})
    rain_sets = [*pictures.get("train", []), *pictures.get("val", [])]
    pairs += [[one["first_seed"], one["scenes"]] for one in rain_sets if one["layout"] == "streets"]
    of_files = [one for one in rain_sets if one["layout"] == "CamVid"]
    assert pairs or of_files
    assert all(first + count <= FIRST_TEST_SCENE for first, count in pairs)
    assert {one["split"] for one in of_files} <= {"train", "val"}
