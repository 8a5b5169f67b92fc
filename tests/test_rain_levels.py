"""Several levels of rain in one entry of a configuration."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image

from harness.config import RunConfig, read_run_config
from harness.errors import ConfigError
from harness.plugins import registry
from harness.plugins.options import bind_options
from harness.samples import RainSet

STORM = {"level": "heavy", "opacity": 0.7}


def read(folder: Path, *rain_sets: Any) -> RunConfig:
    path = folder / "run.yaml"
    content = {"name": "sweep", "derainers": ["rainy"], "tasks": ["restoration"]}
    path.write_text(yaml.safe_dump({**content, "rain_sets": list(rain_sets)}, sort_keys=False))
    return read_run_config(path)


def build(config: RunConfig, folder: Path) -> dict[str, RainSet]:
    built = {}
    for entry in config.rain_sets:
        target = registry.load("rain-sets", entry.use)
        options = bind_options(entry.name, target, entry.options, folder)
        built[entry.name] = target(name=entry.name, **options)
    return built


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        (tmp_path / "clean").mkdir(exist_ok=True)
        pixels = rng.integers(0, 256, (64, 96, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"clean/{name}.png")
        (tmp_path / "test/images").mkdir(parents=True, exist_ok=True)
        (tmp_path / "test/labels").mkdir(exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / f"test/images/{name}.png")
        Image.fromarray(pixels[..., 0] % 12).save(tmp_path / f"test/labels/{name}.png")
    return tmp_path


LEVELS = {"light": "light", "storm": STORM, "haze": {"extinction": 0.05}}


@pytest.mark.parametrize(
    "entry",
    [
        {"layout": "files", "root": ".", "pictures": {"clean": "clean", "rain": LEVELS}},
        {"layout": "CamVid", "root": ".", "rain": LEVELS},
        {"layout": "streets", "scenes": 1, "width": 96, "height": 64, "level": LEVELS},
        {
            "layout": "labelled",
            "root": ".",
            "images": "test/images/{id}.png",
            "labels": "test/labels/{id}.png",
            "classes": ["a", "b"],
            "ignore": list(range(2, 12)),
            "rain": LEVELS,
        },
    ],
    ids=lambda entry: entry["layout"],
)
def test_a_set_for_each_level(folder: Path, entry: dict[str, Any]) -> None:
    built = build(read(folder, {"name": "Mine", **entry}), folder)
    assert list(built) == ["Mine (light)", "Mine (storm)", "Mine (haze)"]
    protocols = [one.protocol for one in built.values()]
    assert protocols == ["rain:light", "rain:heavy,opacity=0.7", "rain:extinction=0.05"]
    samples = [one.load(one.ids()[0]) for one in built.values()]
    assert len({one.key(one.ids()[0]) for one in built.values()}) == 3
    assert len({sample.rainy.tobytes() for sample in samples}) == 3
    assert len({sample.clean.tobytes() for sample in samples if sample.clean is not None}) == 1


def test_a_level_of_a_sweep_is_that_level_alone(folder: Path) -> None:
    pictures = {"clean": "clean", "rain": ["light", "heavy"]}
    swept = build(
        read(folder, {"name": "M", "layout": "files", "root": ".", "pictures": pictures}), folder
    )
    alone = build(
        read(
            folder,
            {
                "name": "M",
                "layout": "files",
                "root": ".",
                "pictures": {"clean": "clean", "rain": "heavy"},
            },
        ),
        folder,
    )["M"]
    assert swept["M (heavy)"].key("a") == alone.key("a")
    assert swept["M (heavy)"].protocol == alone.protocol == "rain:heavy"


def test_numbers_of_one_rain_are_no_sweep(folder: Path) -> None:
    pictures = {"clean": "clean", "rain": STORM}
    entry = {"name": "Mine", "layout": "files", "root": ".", "pictures": pictures}
    assert list(build(read(folder, entry), folder)) == ["Mine"]


def test_streets_by_their_own_names_state_no_rain() -> None:
    for layout in ("streets-light", "streets-heavy"):
        assert registry.load("rain-sets", layout)(scenes=1).protocol == ""


@pytest.mark.parametrize(
    ("rain", "message"),
    [
        ([], r"rain_sets\[0\]: rain: several levels are a list of names"),
        (["light", STORM], r"rain: several levels are a list of names"),
        (["light", "light"], "rain: names a level twice: light, light"),
        ({"a/b": "light"}, r"rain_sets\[0\]: name: a name holds letters"),
    ],
)
def test_levels_that_are_none(folder: Path, rain: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(folder, {"name": "Mine", "layout": "CamVid", "root": ".", "rain": rain})


def test_an_unknown_level_is_told_where_the_set_is_built(folder: Path) -> None:
    config = read(folder, {"name": "Mine", "layout": "CamVid", "root": ".", "rain": ["wet"]})
    with pytest.raises(ConfigError, match=r"Mine \(wet\): rain"):
        build(config, folder)


def test_a_level_that_meets_another_set_of_its_name(folder: Path) -> None:
    sweep = {"name": "Mine", "layout": "CamVid", "root": ".", "rain": ["light"]}
    with pytest.raises(ConfigError, match=r"'Mine \(light\)' stands there twice"):
        read(folder, sweep, {"name": "Mine (light)", "layout": "CamVid", "root": "."})
