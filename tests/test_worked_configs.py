"""Every configuration that the repository ships is one that the command accepts."""

import re
from pathlib import Path

import pytest

from harness.config import read_run_config, read_yaml
from harness.settings import check_model

CONFIGS = Path(__file__).parent.parent / "configs"


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.name)
def test_runs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RDMC_BENCH_DATA", "/data")
    monkeypatch.setenv("MY_SET", "/my_set")
    assert read_run_config(path).name


@pytest.mark.parametrize(
    "path", sorted(CONFIGS.glob("train/**/*.yaml")), ids=lambda path: path.name
)
def test_trainings(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RDMC_BENCH_DATA", "/data")
    from harness.training.derainer_settings import DerainerTraining
    from harness.training.perception_settings import PerceptionSettings

    settings = read_yaml(path)
    model = DerainerTraining if settings["train"] == "derainer" else PerceptionSettings
    assert check_model(model, settings, str(path))  # type: ignore[type-var]


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("full/*.yaml")), ids=lambda path: path.name)
def test_a_full_configuration_is_the_thinned_one_on_all_images(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RDMC_BENCH_DATA", "/data")
    assert read_run_config(path).name == read_run_config(CONFIGS / path.name).name + "-full"
    full, thinned = read_yaml(path), read_yaml(CONFIGS / path.name)
    for rain_set in thinned["rain_sets"]:
        if rain_set.pop("every", None):
            assert " (every " in rain_set["name"]
            rain_set["name"] = re.sub(r" \(every \w+\)", "", rain_set["name"])
    assert thinned.pop("precision") == "bfloat16" and full.pop("keep_restored")
    assert full | {"name": thinned["name"]} == thinned
