from pathlib import Path
from typing import Any

import pytest

from harness.errors import ConfigError
from harness.plugins.options import bind_options


def build(
    name: str, root: Path, level: int = 1, model: str = "", files: list[Path] | None = None
) -> None:
    """Take some options."""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    for name in ("a", "data"):
        (tmp_path / name).mkdir()
    return tmp_path


def bind(base: Path, options: dict[str, Any]) -> dict[str, Any]:
    return bind_options("derainers[0] (x)", build, options, base)


def test_paths_are_relative_to_the_configuration(base: Path) -> None:
    bound = bind(base, {"root": "data", "model": "nets/a.py", "files": ["a", str(base / "a")]})
    assert bound["root"] == base / "data"
    assert bound["model"] == str(base / "nets/a.py")
    assert bound["files"] == [base / "a", base / "a"]


def test_a_plain_string_stays(base: Path) -> None:
    assert bind(base, {"root": "data", "model": "rtmdet_tiny"})["model"] == "rtmdet_tiny"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"root": "a", "levle": 2}, r"derainers\[0\] \(x\): unknown option 'levle'; did you mean"),
        ({"level": 2}, r"derainers\[0\] \(x\): root: Field required"),
        ({"root": "b"}, r"derainers\[0\] \(x\): root: .*b does not exist"),
        ({"root": "a", "level": "much"}, r"level: .*integer.*got 'much'"),
        ({"root": "a", "level": True}, "level: needs a number, not true or false"),
    ],
)
def test_wrong_options_are_named(base: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        bind(base, options)
