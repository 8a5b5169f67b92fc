"""Every configuration that the repository ships is one that the command accepts."""

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
