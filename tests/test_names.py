"""Names as configurations spell them."""

from pathlib import Path

import pytest

from harness.config import read_run_config
from harness.errors import ConfigError
from harness.names import LONGEST_NAME, check_folder_name, check_name

CONFIG = """
name: {name}
rain_sets: [{{name: set, layout: Rain100L, root: data}}]
derainers: [rainy, {{name: {derainer}, use: prenet}}]
tasks: [restoration]
"""


def read(folder: Path, name: str = "fine", derainer: str = "net") -> str:
    path = folder / "config.yaml"
    path.write_text(CONFIG.format(name=f'"{name}"', derainer=f'"{derainer}"'), encoding="utf-8")
    return read_run_config(path).name


@pytest.mark.parametrize(
    "name",
    [
        *("../../../x", "/tmp/x", "..", ".", ".hidden", "a/b", r"a\\b", "C:x", r"a\tb"),
        *("-x", "", " ", "a ", "a.", "x" * 201, "雨" * 67, "a\u202eb"),
    ],
)
def test_a_run_is_named_as_a_folder_can_be(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"config\.yaml: name: a name "):
        read(tmp_path, name)


@pytest.mark.parametrize("name", ["Rain100L, ours & theirs", "雨" * 66, "x" * 200, "v1.2 (old)"])
def test_names_of_folders_are_taken(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, name) == name
    (tmp_path / name).mkdir()


@pytest.mark.parametrize(
    "name", ["x" * 121, "雨" * 41, "a.png", "a.b.txt", "a.", "i.JSON", "a.webp"]
)
def test_a_part_is_named_as_its_files_can_be(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="a name "):
        read(tmp_path, derainer=name)


@pytest.mark.parametrize("name", ["RAINY", "Rainy"])
def test_names_that_differ_in_case_alone_are_one(tmp_path: Path, name: str) -> None:
    told = rf"config.yaml: derainers: the names 'rainy' and '{name}' are one to some disks"
    with pytest.raises(ConfigError, match=told):
        read(tmp_path, derainer=name)


def test_the_longest_name_fits_with_all_that_stands_around_it(tmp_path: Path) -> None:
    name = check_name("雨" * (LONGEST_NAME // 3))
    (tmp_path / f".{name}-{'0' * 32}.parquet.{'0' * 32}.tmp").touch()
    assert check_folder_name(f"{name}-first-100")
