"""The examples of a report: what is kept, and what is tried again."""

from pathlib import Path

import numpy as np
import pytest

from harness.errors import BenchError
from harness.run_folder.kept_images import Examples, drawn_path, read_examples

PIXELS = np.zeros((4, 6, 3), np.uint8)
DRAWING = np.zeros((4, 6, 4), np.uint8)


@pytest.fixture
def examples(tmp_path: Path) -> Examples:
    kept = Examples(tmp_path, 3)
    kept.put_restored("set", "a/1", "net", PIXELS)
    kept.write_index({"set": ["a/1"]})
    return kept


def test_a_drawing_that_failed_is_tried_again(examples: Examples) -> None:
    assert examples.has("set", "a/1", "net")
    examples.put_failure("set", "a/1", "net", "depth", "out of ink")
    assert not examples.has("set", "a/1", "net")
    examples.put_drawing("set", "a/1", "net", "depth", DRAWING)
    assert examples.has("set", "a/1", "net")


def test_a_truth_that_could_not_be_drawn_concerns_every_derainer(examples: Examples) -> None:
    examples.put_failure("set", "a/1", None, "depth", "out of ink")
    assert not examples.has("set", "a/1", "net")
    examples.put_drawing("set", "a/1", None, "depth", None)
    assert examples.has("set", "a/1", "net")


def test_another_derainers_failure_is_its_own(examples: Examples) -> None:
    examples.put_failure("set", "a/1", "other", "depth", "out of ink")
    assert examples.has("set", "a/1", "net")


def test_derainers_and_tasks_of_any_name_share_no_file(examples: Examples, tmp_path: Path) -> None:
    (one,) = read_examples(tmp_path)["set"]
    paths = {drawn_path(one.folder, task, name) for task in ("t", "t.u") for name in ("a", "a.t")}
    assert len(paths) == 4 and one.image == "a/1"


@pytest.mark.parametrize("content", ["{", "[]", '{"set": 3}'])
def test_a_damaged_index_is_named(examples: Examples, tmp_path: Path, content: str) -> None:
    (tmp_path / "examples" / "index.json").write_text(content)
    with pytest.raises(BenchError, match=r"index\.json: damaged"):
        read_examples(tmp_path)
