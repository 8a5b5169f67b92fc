from pathlib import Path
from typing import Any

import pytest

from harness.errors import ConfigError
from harness.options import bind_options


def build(
    name: str, root: Path, level: int = 1, model: str = "", files: list[Path] | None = None
) -> None:
    """Take some options."""


def bind(options: dict[str, Any]) -> dict[str, Any]:
    return bind_options("derainers[0] (x)", build, options, Path("/configs"))


def test_paths_are_relative_to_the_configuration() -> None:
    bound = bind({"root": "data", "model": "nets/a.py", "files": ["a", "/b"]})
    assert bound["root"] == Path("/configs/data")
    assert bound["model"] == "/configs/nets/a.py"
    assert bound["files"] == [Path("/configs/a"), Path("/b")]


def test_a_plain_string_stays() -> None:
    assert bind({"root": "data", "model": "rtmdet_tiny"})["model"] == "rtmdet_tiny"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"root": "a", "levle": 2}, r"derainers\[0\] \(x\): unknown option 'levle'; did you mean"),
        ({"level": 2}, r"derainers\[0\] \(x\): root: Field required"),
        ({"root": "a", "level": "much"}, r"level: .*integer.*got 'much'"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        bind(options)
