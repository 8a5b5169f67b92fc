from pathlib import Path

import pytest

from harness.config import STREETS_CONFIG, read_run_config
from harness.errors import ConfigError

GOOD = """
name: rain100l
rain_sets:
  - {name: Rain100L, layout: Rain100L, root: "${RAIN_TEST_FOLDER}/Rain100L"}
derainers:
  - rainy
  - {name: PReNet, use: prenet, weights: a.pth}
tasks: [restoration]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text)
    return path


def test_entries_and_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAIN_TEST_FOLDER", "/data")
    config = read_run_config(write(tmp_path, GOOD))
    assert config.rain_sets[0].use == "Rain100L"
    assert config.rain_sets[0].options == {"root": "/data/Rain100L"}
    assert [(entry.name, entry.use) for entry in config.derainers] == [
        ("rainy", "rainy"),
        ("PReNet", "prenet"),
    ]
    assert config.quantiser == "round"


def test_without_a_task_the_pictures_are_kept(tmp_path: Path) -> None:
    text = GOOD.replace("${RAIN_TEST_FOLDER}", "/data")
    config = read_run_config(write(tmp_path, text.replace("[restoration]", "[]")))
    assert [entry.use for entry in config.tasks] == ["pictures"]
    assert config.keep_restored
    assert not read_run_config(write(tmp_path, text)).keep_restored


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("tasks:", "taks:", "unknown key 'taks'; did you mean 'tasks'"),
        ("- rainy", "- rainy\n  - rainy", "'rainy' stands there twice"),
        ("name: PReNet, use: prenet,", "naem: PReNet,", "did you mean 'name'"),
        ("tasks: [restoration]", "tasks: [restoration", "no valid YAML"),
        ("tasks: [restoration]", "tasks: restoration", "tasks: must be a list"),
        ("name: PReNet", "name: ../PReNet", "letters, digits"),
        ("${RAIN_TEST_FOLDER}", "${RAIN_TEST_NOT_SET}", "RAIN_TEST_NOT_SET.* is not set"),
        ("tasks: [restoration]", "tasks: [restoration]\nquantiser: truncate", "quantiser: .*floor"),
        (
            "tasks: [restoration]",
            "tasks: [{use: restoration, quantiser: ceil}]",
            r"tasks.*0.*quantiser: .*floor",
        ),
        (
            "tasks: [restoration]",
            "tasks: [restoration]\ntile: none",
            "tile: choose auto, off.*'none'",
        ),
        ("tasks: [restoration]", "tasks: [restoration]\ntile: -4", "tile: choose auto, off.*-4"),
        ("tasks: [restoration]", "tasks: [restoration]\ntile: 100", "make it 512 or more"),
        ("tasks: [restoration]", "tasks: [restoration]\ntile_overlap: -1", "tile_overlap: .*-1"),
        (
            "tasks: [restoration]",
            "tasks: [restoration]\nexamples: true",
            "examples: needs a number, not true or false",
        ),
    ],
)
def test_mistakes_are_named_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str, after: str, message: str
) -> None:
    monkeypatch.setenv("RAIN_TEST_FOLDER", "/data")
    path = write(tmp_path, GOOD.replace(before, after))
    with pytest.raises(ConfigError, match=message) as caught:
        read_run_config(path)
    assert str(caught.value).startswith(str(path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such configuration file"):
        read_run_config(tmp_path / "none.yaml")


def test_the_built_in_benchmark_reads() -> None:
    assert [entry.name for entry in read_run_config(STREETS_CONFIG).tasks] == [
        "restoration",
        "detection",
        "segmentation",
    ]


@pytest.mark.parametrize(
    ("line", "tile", "overlap"),
    [("", "auto", 256), ("tile: off", "off", 256), ("tile: 512\ntile_overlap: 32", 512, 32)],
)
def test_tiles_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, tile: object, overlap: int
) -> None:
    monkeypatch.setenv("RAIN_TEST_FOLDER", "/data")
    config = read_run_config(write(tmp_path, f"{GOOD}{line}\n"))
    assert (config.tile, config.tile_overlap) == (tile, overlap)
